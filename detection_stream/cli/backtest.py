"""``backtest``: changed rules over stored signals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from detection_stream.evaluation.backtest import Backtest


@click.command()
@click.argument("rules", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path),
    default="export",
    show_default=True,
    help="Folder that `export` has written.",
)
@click.option("--tenant", help="Messages of one organisation.")
@click.option(
    "--labels",
    "label_file",
    type=click.Path(path_type=Path),
    help="JSON lines of what messages really were: kind, and uid or message_id.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page.")
def backtest(
    rules: tuple[Path, ...],
    folder: Path,
    tenant: str | None,
    label_file: Path | None,
    as_json: bool,
    html: Path | None,
) -> None:
    """Say what RULES would have changed, had they decided the exported messages.

    RULES are .yml files, each in place of the shipped rule of its id or added to the shipped ones;
    or one directory, which is taken as the whole set.
    """
    import orjson

    from detection_stream.evaluation import report
    from detection_stream.evaluation.backtest import backtest as run
    from detection_stream.evaluation.candidates import candidates
    from detection_stream.evaluation.labels import read_labels
    from detection_stream.evaluation.stored import StoredSignals

    detectors = candidates(rules)
    labels = read_labels(label_file) if label_file else None
    result = run(StoredSignals(folder, tenant or None), detectors, labels)
    found = report.as_json(result)
    if html:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(report.as_page(result, "Back-test of " + ", ".join(map(str, rules))))
    if as_json:
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    else:
        _print(result, found)


def _print(result: Backtest, found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    rate = result.messages / result.seconds if result.seconds else 0.0
    console.print(
        f"{result.messages:,} messages in {result.seconds:.1f} s, {rate:,.0f} a second.",
        highlight=False,
    )
    for name, words in (("flagged", "newly flagged"), ("cleared", "no longer flagged")):
        table = Table("tenant", "attack type", words, box=None, pad_edge=False)
        for tenant, kinds in found[name].items():
            for kind, count in kinds.items():
                table.add_row(tenant, str(kind), f"{count:,}")
        console.print(table if table.rows else f"{words}: none", highlight=False)
        for change in result.examples[name]:
            detectors = " ".join(
                [*(f"+{i}" for i in change.added), *(f"-{i}" for i in change.removed)]
            )
            line = f"  {change.uid}  {change.sender}  {change.subject[:60]!r}  {detectors}"
            label = f"  (labelled {change.kind})" if change.kind else ""
            # Control characters of a mail must not reach the terminal.
            shown = "".join(char if char.isprintable() else "?" for char in line + label)
            console.print(shown, markup=False, highlight=False, soft_wrap=True)
    if found["quality"]:
        before, after = found["quality"]
        table = Table("against labels", "before", "after", box=None, pad_edge=False)
        for name in ("caught", "attacks", "false_positives", "harmless", "precision", "recall"):
            table.add_row(name.replace("_", " "), f"{before[name]:,}", f"{after[name]:,}")
        console.print(table)
