"""``snapshot``: copies the state."""

from __future__ import annotations

from pathlib import Path

import click

from detection_stream.cli.broker import (
    connect,
    prefix_option,
    state_version_option,
    topology_option,
)
from detection_stream.cli.recorded import recorded_options
from detection_stream.errors import InputError


@click.command()
@recorded_options
@prefix_option
@state_version_option
@topology_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="New folder for the snapshot.",
)
def snapshot(
    broker: str | None,
    source: Path | None,
    prefix: str,
    state_version: int,
    name: str,
    out: Path,
) -> None:
    """Copy the state, to replay or verify from.

    The state is what workers have committed, or that of a data directory. Workers may keep running;
    a data directory must not be in use. `replay --snapshot` starts from the copy, `replay --verify
    --snapshot` verifies what came after it.
    """
    from detection_stream.replay.take_snapshot import snapshot_directory, snapshot_topics
    from topologies import blueprint

    topology = blueprint(name, prefix, state_version).topology()
    if broker is not None and source is None:
        taken = snapshot_topics(connect(broker), topology, out)
    elif source is not None and broker is None:
        taken = snapshot_directory(source, topology, out)
    else:
        raise InputError("say where the state is: --broker HOST:PORT or --source DIR")
    messages = sum(end + 1 for found in taken.cut.values() for end in found.values())
    click.echo(f"{out} holds the state after {messages:,} records of its sources.")
