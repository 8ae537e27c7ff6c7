"""``signals list`` and ``detectors list``."""

from __future__ import annotations

from typing import Any

import click

from detection_stream.cli.groups import Group


def _print(entries: list[dict[str, Any]], shown: tuple[str, ...], as_json: bool) -> None:
    import orjson
    from rich.console import Console
    from rich.table import Table

    if as_json:
        click.echo(orjson.dumps(entries, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table(*shown, box=None, pad_edge=False)
    for entry in entries:
        table.add_row(*(str(entry[name]) for name in shown))
    Console().print(table)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=Group)
def signals() -> None:
    """List the signals: what is known about each message."""


@signals.command("list")
@json_option
def list_signals(as_json: bool) -> None:
    """List every signal: name, type and meaning."""
    from detection_stream.signals.registry import all_signals

    entries = [
        {
            "name": signal.name,
            "level": signal.level,
            "type": signal.type,
            "combine": signal.combine,
            "description": signal.description,
        }
        for signal in all_signals()
    ]
    _print(entries, ("name", "type", "description"), as_json)


@click.group(cls=Group)
def detectors() -> None:
    """List the detectors: what decides."""


@detectors.command("list")
@json_option
def list_detectors(as_json: bool) -> None:
    """List every detector with state, attack type, threshold, meaning."""
    from detection_stream.detectors.registry import load_detectors

    entries = [
        {
            "id": detector.id,
            "form": detector.form,
            "state": detector.state.value,
            "attack_type": detector.attack_type,
            "severity": detector.severity,
            "threshold": detector.threshold,
            "techniques": list(detector.techniques),
            "signals": detector.signals_listed,
            "description": detector.description,
        }
        for detector in load_detectors().detectors
    ]
    _print(entries, ("id", "attack_type", "threshold", "description"), as_json)
