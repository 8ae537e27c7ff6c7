"""Every setting of every command: its value and source."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from detection_stream.cli.broker import CONNECTION
from detection_stream.cli.naming import flag, key, settings_of, variable

HIDDEN = "(hidden)"
_SECRET = re.compile(r"password|passphrase|token|secret|credential", re.IGNORECASE)
_USER = re.compile(r"[^\s,/@]+:[^\s,/@]+@")
"""User and password before a host."""
SOURCES: dict[ParameterSource | None, str] = {
    ParameterSource.COMMANDLINE: "flag",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: "settings file",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; ``command`` is the path of commands, and ``value`` as JSON has it.

    ``flag`` is empty if only the environment can set it.
    """

    command: tuple[str, ...]
    key: str
    flag: str
    value: Any
    source: str
    variable: str
    meaning: str
    default: Any
    required: bool

    def row(self) -> dict[str, Any]:
        """The setting as JSON."""
        return {
            "setting": ".".join((*self.command, self.key)),
            "value": self.value,
            "source": self.source,
            "variable": self.variable,
            "meaning": self.meaning,
        }


def commands(
    ctx: click.Context, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Context]]:
    """A context of the program itself and of each command, without any flags of commands."""
    group = ctx.command
    assert isinstance(group, click.Group)
    if not path:
        yield path, ctx
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        inner = command.make_context(name, [], parent=ctx, resilient_parsing=True)
        if isinstance(command, click.Group):
            yield from commands(inner, (*path, name))
        else:
            yield (*path, name), inner


def settings_in(path: tuple[str, ...], ctx: click.Context) -> Iterator[Setting]:
    """The settings of one command."""
    for option in settings_of(ctx.command):
        name, words = str(option.name), variable(*path, key(option))
        source = SOURCES.get(ctx.get_parameter_source(name), "default")
        default = _plain(option.get_default(ctx))
        value = default if source == "default" else _plain(ctx.params.get(name))
        if value is None and source == "environment":
            # An invalid value is shown as it is; the command itself refuses it.
            value = os.environ[words]
        yield Setting(
            command=path,
            key=key(option),
            flag=flag(option),
            value=_shown(key(option), value),
            source=source,
            variable=words,
            meaning=_meaning(option),
            default=default,
            required=option.required,
        )


def connection_settings() -> Iterator[Setting]:
    """Settings that only the environment has: the broker connection."""
    for name, meaning in CONNECTION.items():
        words = variable("kafka", name)
        value = os.environ.get(words) or None
        yield Setting(
            command=("kafka",),
            key=name,
            flag="",
            value=_shown(name, value),
            source="environment" if value else "default",
            variable=words,
            meaning=meaning,
            default=None,
            required=False,
        )


def _meaning(option: click.Option) -> str:
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    words = f" One of {', '.join(choices)}." if choices else ""
    return (option.help or "") + words


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Path):
        return str(value)
    return value if isinstance(value, (bool, int, float, str)) else None


def _shown(name: str, value: Any) -> Any:
    if value and _SECRET.search(name):
        return HIDDEN
    if isinstance(value, list):
        return [_shown(name, one) for one in value]
    return _USER.sub(f"{HIDDEN}@", value) if isinstance(value, str) else value
