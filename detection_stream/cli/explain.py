"""``explain``: prints one verdict with its signals and baselines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from detection_stream.cli.options import data_option


@click.command()
@click.argument("message")
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(message: str, data: Path, as_json: bool) -> None:
    """Explain one verdict with its signals.

    MESSAGE is a uid, a prefix of one, or a Message-ID.
    """
    import orjson

    from detection_stream.errors import InputError
    from detection_stream.runtime.embedded.log import Logs
    from detection_stream.state.database import Database

    database = Database(data, create=False)
    try:
        logs = Logs(database, {})
        found = _find(logs.partition("verdicts", 0), message)
        if not found:
            raise InputError(
                f"{data} has no verdict on {message}; use a uid or Message-ID from verdicts.jsonl"
            )
        offset, verdict = found
        record = logs.partition("attributions", 0).read(offset)
    finally:
        database.close()
    attribution: dict[str, Any] = next(
        (loaded for loaded in map(_load, record) if loaded["uid"] == verdict["uid"]),
        {"signals": {}, "detectors": [], "shadow": []},
    )
    if as_json:
        both = {"verdict": verdict, "attribution": attribution}
        click.echo(orjson.dumps(both, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(verdict, attribution)


def _load(record: Any) -> dict[str, Any]:
    import orjson

    loaded: dict[str, Any] = orjson.loads(record.value)
    return loaded


def _find(log: Any, wanted: str) -> tuple[int, dict[str, Any]] | None:
    """The last verdict of a message; attributions have the same offsets."""
    bare = wanted.strip("<>")
    found = None
    offset = log.extent.start
    needle = bare.encode()
    while records := log.read(offset):
        for record in records:
            if needle in record.value:
                verdict = _load(record)
                if verdict["uid"].startswith(bare) or verdict["message_id"] == bare:
                    found = record.offset, verdict
        offset = records[-1].offset + 1
    return found


def _print(verdict: dict[str, Any], attribution: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from detection_stream.cli.summary import COLOURS

    console = Console()
    head = Text(verdict["verdict"], COLOURS.get(verdict["verdict"], "green"))
    head.append(f"  score {verdict['score']:.2f}  {verdict['attack_type'] or ''}", "default")
    console.print(head, highlight=False)
    for name in ("subject", "sender_name", "sender", "received_at", "direction", "uid"):
        console.print(Text(f"  {name:12} {verdict[name]}"))
    console.print(Text(f"  {'recipients':12} {', '.join(verdict['recipients'][:5])}"))
    if verdict["missing_levels"]:
        console.print(Text(f"  without      {', '.join(verdict['missing_levels'])}"))
    if reasons := attribution.get("reasons"):
        _reasons(console, reasons)
    used = {name for found in attribution["detectors"] for name in found["signals"]}
    for found in attribution["detectors"]:
        console.print(Text(f"\n{found['id']}  {found['attack_type']}, {found['score']}"))
    for found in attribution["shadow"]:
        console.print(Text(f"\n{found['id']}  {found['score']} (in shadow: not counted)"))
    _signals(console, Table, attribution["signals"], used)


def _reasons(console: Any, reasons: dict[str, Any]) -> None:
    from rich.text import Text

    from detection_stream.decision.telling import named, told

    impersonated = reasons["impersonated"]
    console.print(
        Text(
            f"  {'strategy':12} {reasons['strategy']}, by {reasons['vector']}"
            + (f", in the name of: {impersonated}" if impersonated else "")
        )
    )
    console.print("\n[bold]why[/bold] (log-odds of harm that each fact adds)")
    console.print(Text(f"  {reasons['base']:+.2f}  any message"))
    for fact in reasons["facts"]:
        console.print(Text(f"  {fact['adds']:+.2f}  {told(fact)}"), soft_wrap=True)
    console.print(Text(f"  {reasons['rest']:+.2f}  everything else"))
    if reasons["decisive"]:
        facts = "; ".join(map(named, reasons["decisive"]))
        console.print(Text(f"  without this it would not be flagged: {facts}"), soft_wrap=True)


def _signals(console: Any, table_type: Any, values: dict[str, float], used: set[str]) -> None:
    from detection_stream.signals.registry import all_signals

    levels: dict[str, list[Any]] = {}
    for signal in all_signals():
        value = values.get(signal.name)
        if (
            value
            or (signal.name in used and value is not None)
            or (value is not None and signal.level != "message" and signal.type != "flag")
        ):
            levels.setdefault(signal.level, []).append((signal, value))
    for level, entries in levels.items():
        console.print(f"\n[bold]{level}[/bold]")
        table = table_type(box=None, pad_edge=False, show_header=False, padding=(0, 2))
        for number in range(4):
            table.add_column(no_wrap=number < 3)
        for signal, value in entries:
            mark = "*" if signal.name in used else ""
            table.add_row(mark, signal.name, f"{value:g}", signal.description)
        console.print(table, highlight=False)
    console.print("\n* read by a detector that fired")
