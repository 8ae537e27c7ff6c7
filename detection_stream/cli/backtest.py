"""``backtest``: evaluates changed detectors on stored signals."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detection_stream.cli.broker import prefix_option
from detection_stream.cli.options import operator_key_option, printable
from detection_stream.cli.recorded import open_recorded, recorded_keys, recorded_options
from detection_stream.errors import InputError
from detection_stream.private_files import new_directory, write_private

if TYPE_CHECKING:
    from detection_stream.evaluation.backtest import Backtest
    from detection_stream.runtime.blueprint import Blueprint


@click.command()
@click.argument("detectors", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path),
    default="export",
    show_default=True,
    help="Folder written by `export`.",
)
@click.option("--tenant", help="Only messages of one organisation.")
@click.option(
    "--model",
    "model_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Decision model to decide with. [default: the general one]",
)
@click.option(
    "--labels",
    "label_file",
    type=click.Path(path_type=Path),
    help="JSON lines of labels: kind, and uid or message_id.",
)
@click.option(
    "--backfill",
    type=click.Path(path_type=Path),
    help="Folder of signals that the export lacks (OUT/signals of `replay --signal`).",
)
@recorded_options
@operator_key_option
@prefix_option
@click.option("--partial", is_flag=True, help="Replay what is left of expired mail.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page.")
def backtest(
    *,
    detectors: tuple[Path, ...],
    folder: Path,
    tenant: str | None,
    model_file: Path | None,
    label_file: Path | None,
    backfill: Path | None,
    broker: str | None,
    source: Path | None,
    operator_key: Path | None,
    prefix: str,
    partial: bool,
    as_json: bool,
    html: Path | None,
) -> None:
    """Show what changed detectors would have decided.

    The result is compared with the live verdicts on the exported messages. DETECTORS are rules
    (.yml) and models (.json), each replacing the shipped one with its id or adding a new one; or
    one directory that replaces the whole set. Without any, the shipped ones decide, by --model.

    Signals that the export lacks come from --backfill, or are computed by replaying the mail in
    --source or --broker.
    """
    import orjson

    from detection_stream.decision.decision_model import load_decision_model
    from detection_stream.evaluation import backtest_report as report
    from detection_stream.evaluation.backtest import backtest as run
    from detection_stream.evaluation.candidates import candidates
    from detection_stream.evaluation.labels import read_labels
    from detection_stream.evaluation.stored import StoredSignals
    from topologies import blueprint

    if not detectors and model_file is None:
        raise InputError("nothing to try; pass DETECTORS or --model FILE")
    tried = candidates(detectors)
    model = load_decision_model(model_file) if model_file else load_decision_model()
    labels = read_labels(label_file) if label_file else None
    if backfill and (broker or source):
        raise InputError("use --backfill, or --source or --broker to compute the signals, not both")
    stored = StoredSignals(folder, tenant or None, backfill)
    missing = stored.missing(tried.signals_used | model.signals)
    if missing and (broker is not None or source is not None):
        live = blueprint(prefix=prefix, keys=recorded_keys(operator_key, source))
        with _computed(tuple(missing), broker, source, live, tenant, partial) as computed:
            result = run(StoredSignals(folder, tenant or None, computed), tried, model, labels)
    else:
        result = run(stored, tried, model, labels)
    found = report.as_json(result)
    if html:
        new_directory(html.parent)
        page = report.as_page(result, "Back-test of " + ", ".join(map(str, detectors)))
        write_private(html, page.encode())
    if as_json:
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    else:
        _print(result, found)


@contextmanager
def _computed(
    signals: tuple[str, ...],
    broker: str | None,
    source: Path | None,
    live: Blueprint,
    tenant: str | None,
    partial: bool,
) -> Iterator[Path]:
    """Compute these signals by replaying all recorded mail; returns their folder."""
    from detection_stream.cli.progress import ProgressBar
    from detection_stream.replay.backfill import FOLDER, to_parquet
    from detection_stream.replay.replay import Options, Places, replay
    from detection_stream.replay.selection import Selection
    from detection_stream.runtime.blueprint import Blueprint

    recorded = open_recorded(broker, source)
    click.echo(f"computing {', '.join(signals)} by replay", err=True)
    with tempfile.TemporaryDirectory(prefix="detection-stream-") as apart, ProgressBar() as bar:
        data, out = Path(apart, "data"), Path(apart, "out")
        asyncio.run(
            replay(
                recorded,
                live.topology().sources,
                Blueprint(live.build, keys=live.keys),
                Selection(tenant=tenant or None),
                Places(data, out),
                reading=lambda done, total: bar.reading(recorded.name, done, total),
                feeding=bar.feeding,
                options=Options(partial=partial, signals=signals),
            )
        )
        to_parquet(data, out, signals, 0, lambda *_: None)
        yield out / FOLDER


def _print(result: Backtest, found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    rate = result.messages / result.seconds if result.seconds else 0.0
    console.print(
        f"{result.messages:,} messages in {result.seconds:.1f} s, {rate:,.0f} messages/s.",
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
            console.print(printable(line + label), markup=False, highlight=False, soft_wrap=True)
    if found["quality"]:
        before, after = found["quality"]
        table = Table("against labels", "before", "after", box=None, pad_edge=False)
        for name in ("caught", "attacks", "false_positives", "harmless", "precision", "recall"):
            table.add_row(name.replace("_", " "), f"{before[name]:,}", f"{after[name]:,}")
        console.print(table)
