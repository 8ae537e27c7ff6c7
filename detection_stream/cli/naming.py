"""Names of options: as flags, in the settings file, in the environment."""

from __future__ import annotations

import click

ENVIRONMENT = "DETECTION_STREAM"


def flag(option: click.Option) -> str:
    """The longest flag of an option, such as ``--own-domain``."""
    return max(option.opts, key=len)


def key(option: click.Option) -> str:
    """Its name in the settings file, such as ``own-domain``."""
    return flag(option).lstrip("-")


def settings_of(command: click.Command) -> list[click.Option]:
    """The settable options of a command: all but hidden ones."""
    return [
        option
        for option in command.params
        if isinstance(option, click.Option) and option.expose_value and not option.hidden
    ]


def variable(*words: str) -> str:
    """The environment variable of a path of commands and a key."""
    return "_".join((ENVIRONMENT, *words)).upper().replace("-", "_")


def name_variables(command: click.Command, path: tuple[str, ...]) -> None:
    """Give each option of a command and its subcommands the environment variable of its flag.

    Click's own naming goes by the function's parameters, which users never see.
    """
    for option in settings_of(command):
        option.envvar = variable(*path, key(option))
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            name_variables(inner, (*path, name))
