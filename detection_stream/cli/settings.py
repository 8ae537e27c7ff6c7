"""``settings``: each setting with its value, source and meaning."""

from __future__ import annotations

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def settings(ctx: click.Context, as_json: bool) -> None:
    """Print each setting with its value, where that comes from, and its meaning.

    A flag counts before the environment, that before the TOML file, that before the default.
    """
    import importlib
    import os

    import orjson
    from rich.console import Console
    from rich.table import Table

    from detection_stream.cli.main import COMMANDS, ENVIRONMENT

    entries = []
    file = ctx.parent.default_map if ctx.parent and ctx.parent.default_map else {}
    for command in ("run", "demo", "explain"):
        module = importlib.import_module(f"detection_stream.cli.{COMMANDS[command][0]}")
        for option in getattr(module, command).params:
            if not isinstance(option, click.Option) or option.name is None:
                continue
            variable = f"{ENVIRONMENT}_{command.upper()}_{option.name.upper()}"
            if variable in os.environ:
                value, source = os.environ[variable], variable
            elif option.name in file.get(command, {}):
                value, source = file[command][option.name], "settings file"
            else:
                value, source = option.to_info_dict()["default"], "default"
            entries.append(
                {
                    "setting": f"{command}.{option.name}",
                    "value": value if value is None else str(value),
                    "source": source,
                    "variable": variable,
                    "meaning": option.help or "",
                }
            )
    if as_json:
        click.echo(orjson.dumps(entries, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("setting", "value", "source", "meaning", box=None, pad_edge=False)
    for entry in entries:
        table.add_row(*(str(entry[name]) for name in ("setting", "value", "source", "meaning")))
    Console().print(table)
