"""``worker``: runs stream workers on Kafka."""

from __future__ import annotations

import os
from pathlib import Path

import click

from detection_stream.cli.broker import (
    broker_option,
    connect,
    prefix_option,
    start_logging,
    state_version_option,
)
from detection_stream.cli.options import POSITIVE, data_option, operator_key_option, operator_keys
from detection_stream.cli.web import web_options


@click.command()
@broker_option
@prefix_option
@state_version_option
@data_option
@operator_key_option
@click.option(
    "--topology",
    "names",
    multiple=True,
    help="A topology to run; repeatable, all in each process. [default: all]",
)
@click.option(
    "--workers",
    type=POSITIVE,
    default=1,
    show_default=True,
    help="Processes; each keeps its state in its own directory below --data.",
)
@click.option(
    "--standbys",
    type=click.IntRange(0, 3),
    default=0,
    show_default=True,
    help="Copies of each partition's state on other workers, ready to take over.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the status page.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    help="Port of /healthz, /readyz and /metrics; further workers use the next ones. "
    "[default: a free one, which is logged]",
)
@click.option("--no-web", is_flag=True, help="Do not serve the web view.")
@web_options(None)
@click.option(
    "--advertise",
    default="",
    metavar="HOST",
    help="Name or address by which other workers reach this one's web view. "
    "[default: --web-host, or the host name if that means all addresses]",
)
@click.option("--verbose", is_flag=True, help="Log more.")
@click.option("--parent", type=int, default=0, hidden=True, help="Process to end with.")
@click.pass_context
def worker(
    ctx: click.Context,
    *,
    broker: str,
    prefix: str,
    state_version: int,
    data: Path,
    operator_key: Path | None,
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
    """Run stream workers on Kafka.

    They run until stopped (SIGTERM, Ctrl-C).
    """
    from detection_stream.cli import workers as running
    from detection_stream.cli.argv import child
    from detection_stream.runtime.kafka.directories import worker_directory
    from detection_stream.web.serving import open_access
    from topologies import TOPOLOGIES, blueprint

    start_logging(verbose)
    chosen = list(dict.fromkeys(names)) or list(TOPOLOGIES)
    keys = operator_keys(operator_key)
    live = [blueprint(name, prefix, state_version, keys) for name in chosen]
    connection = connect(broker)
    if not no_web:
        # Report unusable web settings before any process starts.
        open_access(web_host, access)

    if workers > 1:
        running.supervise(
            [
                child(
                    ctx,
                    {
                        "workers": 1,
                        "data": data / worker_directory(state_version, number),
                        "port": port + number if port else 0,
                        "web_port": web_port + number if web_port else 0,
                        "parent": os.getpid(),
                    },
                )
                for number in range(workers)
            ]
        )
        return
    # A child gets the directory that it works in.
    directory = data if parent else data / worker_directory(state_version, 0)
    view = None if no_web else running.WebView(web_host, web_port, access, snapshots, advertise)
    job = running.Job(live, directory, host, port, standbys, view)
    running.run_worker(connection, job, parent)
