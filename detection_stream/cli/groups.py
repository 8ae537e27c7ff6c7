"""Command groups that suggest corrections."""

from __future__ import annotations

from collections.abc import Iterable

import click


class Group(click.Group):
    """Prints its help without a command, and suggests one for a typing error."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Print help and exit with 0 without arguments, whatever the version of click."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names.

        Raises:
            UsageError: it is unknown.
        """
        word = args[0]
        if not word.startswith("-") and self.get_command(ctx, word) is None:
            ctx.fail(f"unknown command {word}{did_you_mean(word, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The closest known word, as the end of a message; empty if none is close."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
