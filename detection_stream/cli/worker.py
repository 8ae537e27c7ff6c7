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
from detection_stream.cli.web import web_options


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
@click.option("--no-web", is_flag=True, help="Serve no web view.")
@web_options(None)
@click.option(
    "--advertise",
    default="",
    metavar="HOST",
    help="Name or address by which other workers reach this one's web view. "
    "[default: --web-host, or this machine's name when that is all addresses]",
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
    no_web: bool,
    web_host: str,
    web_port: int,
    access: Path | None,
    snapshots: Path | None,
    advertise: str,
    verbose: bool,
    parent: int,
) -> None:
    """Run stream workers until they are told to stop (SIGTERM, Ctrl-C)."""
    from detection_stream.cli import workers as running
    from detection_stream.runtime.kafka.directories import worker_directory
    from detection_stream.web.serving import open_access
    from topologies import TOPOLOGIES, blueprint

    start_logging(verbose)
    for name in names:
        blueprint(name)
    chosen = list(dict.fromkeys(names)) or list(TOPOLOGIES)
    connection = connect(broker)
    if not no_web:
        # What cannot be served is said before any process starts.
        open_access(web_host, access)

    def job(name: str, directory: Path, number: int) -> running.Job:
        view = running.WebView(
            web_host, web_port + number if web_port else 0, access, snapshots, advertise
        )
        place = port + number if port else 0
        return running.Job(name, state_version, directory, host, place, None if no_web else view)

    jobs = [
        job(name, data / worker_directory(state_version, number), number)
        for number, name in enumerate(chosen * workers)
    ]
    if parent:
        running.run_worker(connection, prefix, job(chosen[0], data, 0), standbys, parent)
    elif len(jobs) == 1:
        running.run_worker(connection, prefix, jobs[0], standbys, 0)
    else:
        running.supervise(broker, prefix, jobs, standbys)
