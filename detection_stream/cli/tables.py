"""``tables list`` and ``tables show``: print state as of the last checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from detection_stream.cli.groups import Group
from detection_stream.cli.options import data_option

if TYPE_CHECKING:
    from detection_stream.profiles.block import FieldValue


@click.group(cls=Group)
def tables() -> None:
    """Show state tables."""


@tables.command("list")
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tables(data: Path, as_json: bool) -> None:
    """List tables with rows and bytes."""
    import orjson
    from rich.console import Console
    from rich.table import Table

    from detection_stream.state.database import Database

    database = Database(data, create=False)
    try:
        entries = []
        for name in database.names:
            if name.startswith("state:"):
                _, stage, table, partition = name.split(":")
                family = database.family(name)
                rows = stored = 0
                for key, value in family.items():
                    rows += 1
                    stored += len(key) + len(value)
                entries.append(
                    {
                        "stage": stage,
                        "table": table,
                        "partition": int(partition),
                        "rows": rows,
                        "bytes": stored,
                        "bytes_on_disk": family.size(),
                    }
                )
    finally:
        database.close()
    if as_json:
        click.echo(orjson.dumps(entries, option=orjson.OPT_INDENT_2).decode())
        return
    printed = Table("stage", "table", "rows", "bytes", "on disk", box=None, pad_edge=False)
    for entry in entries:
        sizes = (f"{entry[name]:,}" for name in ("rows", "bytes", "bytes_on_disk"))
        printed.add_row(str(entry["stage"]), str(entry["table"]), *sizes)
    Console().print(printed)


@tables.command("show")
@click.argument("table")
@click.argument("value", required=False)
@click.option("--tenant", default=None, help="Tenant of the entity. [default: the only one]")
@data_option
def show_table(table: str, value: str | None, tenant: str | None, data: Path) -> None:
    """Print the decoded row of one entity.

    It is the row of VALUE in TABLE; without VALUE, the first keys are printed.
    """
    from detection_stream.errors import InputError
    from detection_stream.profiles.kinds import KINDS
    from detection_stream.state.database import Database
    from detection_stream.state.partition import table_family
    from topologies import blueprint

    node = blueprint().topology().keeper(table)
    if node is None or table not in KINDS:
        raise InputError(f"unknown table {table}; the tables are {', '.join(KINDS.names)}")
    database = Database(data, create=False)
    try:
        family = database.family(table_family(node.name, table, 0))
        at = node.stage.open_state(database, 0).progress.watermark
        rows = [
            (key.decode().partition("\0"), stored)
            for key, stored in family.items()
            if value is None or key.decode().partition("\0")[2] == value
        ]
    finally:
        database.close()
    rows = [row for row in rows if tenant in {None, row[0][0]}]
    if not rows:
        raise InputError(f"{data}: table {table} has no row for {value or 'any entity'}")
    for (owner, _, name), stored in rows[:20]:
        if value is None:
            click.echo(f"{owner}\t{name}")
        else:
            click.echo(f"{owner} {table} {name}")
            for field in KINDS[table].describe(stored, at):
                click.echo(f"  {field.words:70} {_shown(field)}")


def _shown(field: FieldValue) -> str:
    numbers = field.slots if field.slots else [field.value]
    return " ".join(_number(number, field.unit) for number in numbers)


def _number(number: float | None, unit: str) -> str:
    from datetime import UTC, datetime

    if unit == "time":
        return (
            f"{datetime.fromtimestamp(number / 1_000, UTC):%Y-%m-%d %H:%M:%S}"
            if number
            else "never"
        )
    if unit == "flag":
        return "yes" if number else "no"
    return f"{number or 0:g}"
