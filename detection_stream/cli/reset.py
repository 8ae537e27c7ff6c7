"""``reset``: removes what workers keep, to start over."""

from __future__ import annotations

from pathlib import Path

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
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Data directory of local workers to empty as well.",
)
@click.option("--yes", is_flag=True, help="Remove it; without this, only list what would go.")
def reset(broker: str, prefix: str, state_version: int, data: Path | None, yes: bool) -> None:
    """Remove all state, so that workers start over.

    State, the topics between the stages and the group's offsets are removed. Mail, verdicts,
    attributions and dead letters stay. After `topics create`, workers decide the mail still in the
    topic again, from empty state.
    """
    from detection_stream.runtime.kafka import reset as kafka
    from detection_stream.runtime.kafka import tenants
    from topologies import blueprints

    connection = connect(broker)
    for blueprint in blueprints(prefix, state_version):
        topology = blueprint.topology()
        remains = kafka.find(connection, topology, data)
        verb = "removed" if yes else "would remove"
        if yes:
            kafka.remove(connection, remains)
        for topic in remains.topics:
            click.echo(f"{verb} the topic {topic}")
        for directory in remains.directories:
            click.echo(f"{verb} {directory}")
        if remains.group:
            click.echo(f"{verb} the group {remains.group}")
        if not remains:
            click.echo(f"{topology.group} has nothing to remove.")
        known = topology.has_topic(tenants.TOPIC)
        if remains and yes and known and (sent := tenants.send_again(connection, topology)):
            click.echo(f"sent {sent} profiles and people to the workers again")
        for reason in remains.busy:
            click.echo(f"First: {reason}.")
        if remains and not yes:
            click.echo("Nothing was removed; use --yes to remove it.")
