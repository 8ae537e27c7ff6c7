"""The arguments that start a command with given values, for child processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click

from detection_stream.cli.naming import flag


def words(command: click.Command, values: Mapping[str, Any]) -> list[str]:
    """Arguments that click parses back to these values of a command's parameters."""
    positional: list[str] = []
    found: list[str] = []
    for parameter in command.params:
        value = values.get(parameter.name or "")
        if isinstance(parameter, click.Option):
            found += _option(parameter, value)
        elif value is not None:
            positional += map(str, value if parameter.nargs != 1 else [value])
    return [*found, "--", *positional] if positional else found


def _option(option: click.Option, value: Any) -> Iterator[str]:
    if value is None or value is False:
        return
    if value is True:
        yield flag(option)
        return
    for one in value if option.multiple else [value]:
        yield from (flag(option), str(one))


def child(ctx: click.Context, changes: Mapping[str, Any]) -> list[str]:
    """The running command with some values changed, for a child process.

    The child reads the same settings file and environment, so a change must be a flag, which
    overrides both; a change cannot remove a flag.
    """
    if ctx.parent is None:
        before = [sys.executable, "-m", "detection_stream"]
    else:
        before = [*child(ctx.parent, {}), str(ctx.info_name)]
    return [*before, *words(ctx.command, {**ctx.params, **changes})]
