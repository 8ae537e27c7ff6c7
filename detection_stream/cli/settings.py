"""``settings``: prints each setting with its value, source and meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from detection_stream.cli.groups import did_you_mean
from detection_stream.errors import InputError

if TYPE_CHECKING:
    from detection_stream.cli.effective import Setting

HEAD = """# Settings

<!-- Made by `detection-stream settings --markdown`; change the commands instead. -->

Flags override environment variables, which override the settings file, which overrides defaults.
`detection-stream settings` prints all settings with value and source,
`detection-stream settings worker` those of one command; passwords and tokens are never printed.

In the environment, a flag without a value is `1` or `0`, and the values of a repeatable one are
separated by spaces. The settings file is `detection-stream.toml` in the working directory, or the
one given by `--config FILE` (`DETECTION_STREAM_CONFIG`). It has one table per command and one key
per flag, with dashes or underscores; unknown names are errors:

```toml
[run]
tenant = "acme"
own-domain = ["acme.com", "acme.example"]

[tables.list]
json = true
```
"""


@click.command()
@click.argument("command", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print docs/settings.md: defaults, not values.")
@click.pass_context
def settings(ctx: click.Context, command: tuple[str, ...], as_json: bool, markdown: bool) -> None:
    """Print each setting with its value and source.

    With COMMAND, such as `run` or `tables list`, only its own. Flags override the environment,
    which overrides the settings file, which overrides defaults.
    """
    import orjson

    root = ctx.find_root()
    if markdown:
        click.echo(_markdown(root), nl=False)
        return
    found = list(_chosen(root, command))
    if as_json:
        rows = [setting.row() for setting in found]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo("\n".join(_lines(found)))


def _chosen(root: click.Context, wanted: tuple[str, ...]) -> Iterator[Setting]:
    from detection_stream.cli.effective import commands, connection_settings, settings_in

    paths = dict(commands(root))
    known = {path[:length] for path in paths for length in (1, 2)} | {("kafka",)}
    if wanted and wanted not in known:
        word = " ".join(wanted)
        guess = did_you_mean(word, map(" ".join, known))
        raise InputError(f"unknown command {word}{guess or '; --help lists all'}")
    for path, ctx in paths.items():
        if path[: len(wanted)] == wanted:
            yield from settings_in(path, ctx)
    if wanted in {(), ("kafka",)}:
        yield from connection_settings()


def _lines(settings: Iterable[Setting]) -> Iterator[str]:
    for number, (command, those) in enumerate(groupby(settings, lambda one: one.command)):
        if number:
            yield ""
        yield " ".join(command) or "detection-stream"
        for setting in those:
            shown = f"{setting.flag or setting.key} = {_text(setting.value) or '-'}"
            missing = setting.required and setting.value is None
            source = "required" if missing else setting.source
            yield f"  {shown}  ({source}; {setting.variable})"
            yield f"      {setting.meaning}"


def _text(value: Any) -> str:
    """A value as a user would write it; empty where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _markdown(root: click.Context) -> str:
    from detection_stream.cli.effective import commands, connection_settings, settings_in

    parts = [HEAD]
    for path, ctx in commands(root):
        name = " ".join(path) or "detection-stream"
        parts.append(f"\n## {name}\n\n{ctx.command.get_short_help_str(200)}\n")
        parts.append(_table(settings_in(path, ctx)))
    parts.append(
        "\n## Connection to Kafka\n\nFor every command with `--broker`; only as variables.\n"
    )
    parts.append(_table(connection_settings()))
    return "".join(parts)


def _table(settings: Iterable[Setting]) -> str:
    lines = ["\n| flag | environment | default | meaning |\n|---|---|---|---|\n"]
    for setting in settings:
        default = "required" if setting.required else _code(_text(setting.default))
        flag, meaning = _code(setting.flag), setting.meaning.replace("|", "\\|")
        lines.append(f"| {flag} | `{setting.variable}` | {default} | {meaning} |\n")
    return "".join(lines)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
