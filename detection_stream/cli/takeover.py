"""``takeover``: switches to another state version."""

from __future__ import annotations

import click

from detection_stream.cli.broker import (
    broker_option,
    connect,
    prefix_option,
    state_version_option,
)


@click.command()
@broker_option
@prefix_option
@state_version_option
def takeover(broker: str, prefix: str, state_version: int) -> None:
    """Switch to another state version.

    Its workers must have caught up and keep running next to the others. To switch back, run the
    same command with the other version.
    """
    from detection_stream.runtime.kafka.takeover import TAKEOVERS, take_over
    from topologies import blueprints

    connection = connect(broker)
    for blueprint in blueprints(prefix, state_version):
        if not blueprint.topology().has_topic(TAKEOVERS):
            continue
        first = take_over(connection, blueprint)
        for partition, offset in first.items():
            click.echo(
                f"partition {partition}: version {state_version} writes from raw offset {offset:,}"
            )
