"""``export``: writes verdicts with their signals as Parquet."""

from __future__ import annotations

from pathlib import Path

import click

from detection_stream.cli.broker import prefix_option
from detection_stream.cli.recorded import open_recorded, recorded_options


@click.command()
@recorded_options
@prefix_option
@click.option("--tenant", help="Export only one organisation.")
@click.option(
    "--signal",
    "signals",
    multiple=True,
    help="A signal to export, besides the message's identifiers; repeatable. [default: all]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="export",
    show_default=True,
    help="Folder of Parquet files by tenant and month.",
)
def export(
    broker: str | None,
    source: Path | None,
    prefix: str,
    tenant: str | None,
    signals: tuple[str, ...],
    out: Path,
) -> None:
    """Write verdicts with their signals as Parquet.

    Running the same command again adds what is new.
    """
    from detection_stream.cli.progress import ProgressBar
    from detection_stream.export.dataset import Dataset
    from topologies import blueprint

    topology = blueprint(prefix=prefix).topology()
    topics = (topology.topic("verdicts").name, topology.topic("attributions").name)
    with open_recorded(broker, source) as recorded, ProgressBar() as bar:
        dataset = Dataset(out, recorded, topics, tenant or None, signals)
        rows, repeated = dataset.grow(lambda done, total: bar.reading("topics", done, total))
    click.echo(f"{rows:,} rows added to {out}, which now holds {dataset.contents.rows:,}.")
    if repeated:
        click.echo(f"Skipped {repeated:,} records that were rewritten after a crash.")
