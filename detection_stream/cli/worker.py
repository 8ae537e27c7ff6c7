"""``worker``: stream workers on Kafka."""

from __future__ import annotations

from pathlib import Path

import click

from detection_stream.cli.broker import (
    broker_option,
    connect,
    prefix_option,
    start_logging,
    state_version_option,
)
from detection_stream.cli.options import data_option, positive


@click.command()
@broker_option
@prefix_option
@state_version_option
@data_option
@click.option(
    "--topology",
    "names",
    multiple=True,
    help="A topology to run; repeatable. [default: all]",
)
@click.option(
    "--workers",
    type=int,
    default=1,
    show_default=True,
    callback=positive,
    help="Processes; each keeps its state in a directory of its own below --data.",
)
@click.option(
    "--standbys",
    type=click.IntRange(0, 3),
    default=0,
    show_default=True,
    help="Copies of each partition's state on other workers, ready to take over.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where status is served.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    help="Port of /healthz, /readyz and /metrics; the next ones for more workers. "
    "[default: a free one, which is logged]",
)
@click.option("--verbose", is_flag=True, help="Log more.")
@click.option("--parent", type=int, default=0, hidden=True)
def worker(
    broker: str,
    prefix: str,
    state_version: int,
    data: Path,
    names: tuple[str, ...],
    workers: int,
    standbys: int,
    host: str,
    port: int,
    verbose: bool,
    parent: int,
) -> None:
    """Run stream workers until they are told to stop (SIGTERM, Ctrl-C)."""
    from detection_stream.cli import workers as running
    from detection_stream.runtime.kafka.directories import worker_directory
    from topologies import TOPOLOGIES, check_name

    start_logging(verbose)
    for name in names:
        check_name(name)
    chosen = list(dict.fromkeys(names)) or list(TOPOLOGIES)
    connection = connect(broker)
    jobs = [
        running.Job(
            name,
            state_version,
            data / worker_directory(state_version, number),
            host,
            port + number if port else 0,
        )
        for number, name in enumerate(chosen * workers)
    ]
    if parent:
        job = running.Job(chosen[0], state_version, data, host, port)
        running.run_worker(connection, prefix, job, standbys, parent)
    elif len(jobs) == 1:
        running.run_worker(connection, prefix, jobs[0], standbys, 0)
    else:
        running.supervise(broker, prefix, jobs, standbys)
