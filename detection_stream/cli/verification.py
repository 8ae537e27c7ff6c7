"""Prints the result of a verification."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from detection_stream.replay.verify import Findings

COLUMNS = ("inputs", "compared", "repeated", "ahead", "different")


def print_findings(found: list[Findings]) -> int:
    """Print one line per stage and the causes of differences; returns the number of differences."""
    console = Console()
    table = Table(box=None, pad_edge=False)
    table.add_column("stage")
    for name in (*COLUMNS, "seconds"):
        table.add_column(name, justify="right")
    for part in found:
        numbers = [f"{getattr(part, name):,}" for name in COLUMNS]
        table.add_row(part.stage, *numbers, f"{part.seconds:.1f}")
    console.print(table)
    different = sum(part.different for part in found)
    for part in found:
        for cause in part.causes:
            console.print(f"{part.stage}: {cause}", markup=False, highlight=False, soft_wrap=True)
    if different:
        console.print(f"\n{different:,} pieces differ.", style="red", highlight=False)
    else:
        console.print("\nLive output equals the replay.", highlight=False)
    return different
