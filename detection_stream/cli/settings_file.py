"""The TOML settings file: one table per command, with its options as keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from detection_stream.cli.groups import did_you_mean
from detection_stream.cli.naming import key, settings_of
from detection_stream.errors import SettingsError

SETTINGS_FILE = "detection-stream.toml"


def read_settings(path: Path | None, ctx: click.Context) -> dict[str, Any]:
    """Settings by command and parameter, as click takes them for defaults.

    Without a path, the file in the working directory is used, if it exists.

    Raises:
        SettingsError: it cannot be read, or has an unknown name or an invalid value.
    """
    import tomllib

    file = path or Path(SETTINGS_FILE)
    if path is None and not file.exists():
        return {}
    try:
        with file.open("rb") as stream:
            tables = tomllib.load(stream)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}; pass a TOML settings file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not valid TOML: {error}") from error
    assert isinstance(ctx.command, click.Group)
    return _commands(file, (), ctx.command, ctx, tables)


def _commands(
    file: Path, path: tuple[str, ...], group: click.Group, ctx: click.Context, tables: Any
) -> dict[str, Any]:
    known = group.list_commands(ctx)
    found: dict[str, Any] = {}
    for word, table in tables.items():
        name = word.replace("_", "-")
        where = ".".join((*path, name))
        if name not in known:
            guess = did_you_mean(name, known)
            if not isinstance(table, dict):
                example = ".".join((*path, known[0]))
                guess = f"; put settings into the table of their command, such as [{example}]"
            raise SettingsError(f"{file}: unknown command {where}{guess}")
        if name in found:
            raise SettingsError(f"{file}: the table [{where}] is given twice")
        if not isinstance(table, dict):
            raise SettingsError(f"{file}: {where} is a command; make it a table, [{where}]")
        command = group.get_command(ctx, name)
        assert command is not None
        inner = click.Context(command, parent=ctx, info_name=name)
        if isinstance(command, click.Group):
            found[name] = _commands(file, (*path, name), command, inner, table)
        else:
            found[name] = _options(f"{file}: [{where}]", command, inner, table)
    return found


def _options(
    where: str, command: click.Command, ctx: click.Context, table: dict[str, Any]
) -> dict[str, Any]:
    known = {key(option): option for option in settings_of(command)}
    found: dict[str, Any] = {}
    for word, value in table.items():
        name = word.replace("_", "-")
        option = known.get(name)
        if option is None:
            listed = "; " + (f"its settings are {', '.join(known)}" if known else "it has none")
            guess = did_you_mean(name, known) or listed
            raise SettingsError(f"{where} has no setting {word}{guess}")
        if option.name in found:
            raise SettingsError(f"{where} has {name} twice")
        _check(f"{where} {name}", option, ctx, value)
        found[str(option.name)] = value
    return found


def _check(where: str, option: click.Option, ctx: click.Context, value: Any) -> None:
    wanted = _kind(option)
    values = value if option.multiple and isinstance(value, list) else [value]
    wrong = [one for one in values if not _is(one, wanted)]
    if wrong or (option.multiple and values is not value):
        words = f"a list, each {NAMES[wanted]}" if option.multiple else NAMES[wanted]
        given = NAMES.get(type((wrong or values)[0]), "a date or time")
        raise SettingsError(f"{where}: this is {given}; give {words}")
    try:
        option.type_cast_value(ctx, value)
    except click.BadParameter as error:
        raise SettingsError(f"{where}: {error.message.rstrip('.')}") from error


NAMES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "a table",
}


def _kind(option: click.Option) -> type:
    if option.is_flag:
        return bool
    if isinstance(option.type, click.types.IntParamType):
        return int
    return float if isinstance(option.type, click.types.FloatParamType) else str


def _is(value: Any, wanted: type) -> bool:
    # TOML's true and false are Python's, which are whole numbers there.
    if isinstance(value, bool):
        return wanted is bool
    return isinstance(value, wanted) or (wanted is float and isinstance(value, int))
