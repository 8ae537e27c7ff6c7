"""``doctor``: checks a broker and what runs on it."""

from __future__ import annotations

from pathlib import Path

import click

from detection_stream.cli.broker import (
    broker_option,
    connect,
    prefix_option,
    state_version_option,
)
from detection_stream.cli.options import data_option


@click.command()
@broker_option
@prefix_option
@state_version_option
@data_option
@click.pass_context
def doctor(ctx: click.Context, broker: str, prefix: str, state_version: int, data: Path) -> None:
    """Check a broker and what runs on it.

    It checks topics, permissions, versions, disk and lag, and suggests fixes. The exit code is 0
    if everything is fine, 1 if something needs fixing.
    """
    from detection_stream.runtime.kafka.checks import check_all
    from topologies import blueprints

    failed = False
    connection = connect(broker)
    for blueprint in blueprints(prefix, state_version):
        for check in check_all(connection, blueprint.topology(), data):
            failed |= check.mend is not None
            mark = "ok  " if check.mend is None else "MEND"
            click.echo(f"{mark}  {check.what}: {check.found}")
            if check.mend:
                click.echo(f"      {check.mend}")
    ctx.exit(1 if failed else 0)
