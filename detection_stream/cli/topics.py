"""``topics``: creates and checks the topics on a broker."""

from __future__ import annotations

import click

from detection_stream.cli.broker import (
    broker_option,
    connect,
    prefix_option,
    state_version_option,
)
from detection_stream.cli.groups import Group
from detection_stream.cli.options import POSITIVE


@click.group(cls=Group)
def topics() -> None:
    """Create and check the topics on a Kafka broker."""


@topics.command()
@broker_option
@prefix_option
@state_version_option
@click.option(
    "--partitions",
    type=POSITIVE,
    default=8,
    show_default=True,
    help="Partitions per topic; the maximum number of workers sharing the load.",
)
@click.option(
    "--replicas",
    type=POSITIVE,
    default=1,
    show_default=True,
    help="Replicas of each partition; use 3 if there are that many brokers.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be created.")
def create(
    broker: str, prefix: str, state_version: int, partitions: int, replicas: int, dry_run: bool
) -> None:
    """Create every missing topic.

    Existing ones are left unchanged.
    """
    from detection_stream.runtime.kafka import tenants
    from detection_stream.runtime.kafka import topics as kafka
    from topologies import blueprints

    connection = connect(broker)
    for blueprint in blueprints(prefix, state_version):
        topology = blueprint.topology(partitions)
        plan = kafka.plan(connection, topology, partitions)
        if not dry_run:
            kafka.create(connection, plan.create, partitions, replicas)
        verb = "would create" if dry_run else "created"
        for topic in plan.create:
            click.echo(f"{verb} {topic.name} ({partitions} partitions): {topic.description}")
        for name in plan.existing:
            click.echo(f"exists: {name}")
        known = topology.has_topic(tenants.TOPIC)
        if plan.create and state_version > 1 and known and not dry_run:
            # The retained mail may be newer than its tenants' profiles.
            count = tenants.send_again(connection, topology)
            click.echo(f"sent {count} profiles and people to the new version")


@topics.command("list")
@broker_option
@prefix_option
@state_version_option
def list_topics(broker: str, prefix: str, state_version: int) -> None:
    """Print every topic with its partitions, or that it is missing."""
    from detection_stream.runtime.kafka import topics as kafka
    from topologies import blueprints

    counts = kafka.partition_counts(connect(broker))
    for blueprint in blueprints(prefix, state_version):
        for topic in kafka.wanted_topics(blueprint.topology()):
            count = counts.get(topic.name)
            click.echo(f"{topic.name:44} {count or 'missing':>8}  {topic.description}")
