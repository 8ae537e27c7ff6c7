"""``replay``: read historical topics again."""

from __future__ import annotations

import os

import click

from detection_stream.cli.broker import broker_option, connect, prefix_option
from detection_stream.cli.options import positive
from detection_stream.errors import InputError


@click.command()
@broker_option
@prefix_option
@click.option(
    "--verify",
    is_flag=True,
    required=True,
    help="Run every stage again on its recorded input and compare with what it wrote.",
)
@click.option(
    "--topology",
    "name",
    default="message-detection",
    show_default=True,
    help="The topology whose workers wrote the topics.",
)
@click.option(
    "--processes",
    type=int,
    callback=positive,
    help="Processes that share the partitions. [default: one for each core]",
)
def replay(broker: str, prefix: str, verify: bool, name: str, processes: int | None) -> None:
    """Prove that the topics on a broker hold what their inputs give.

    Nothing is written to the broker. Exit code 0: all is equal; 1: something differs, and the
    first differences are shown; 2: there is nothing to compare, or not all of the input is left.
    """
    from detection_stream.cli.verification import print_findings
    from detection_stream.replay.side_by_side import verify_topology
    from topologies import TOPOLOGIES

    if name not in TOPOLOGIES:
        known = ", ".join(TOPOLOGIES)
        raise InputError(f"--topology {name}: there is none of that name; known: {known}")
    cores = len(os.sched_getaffinity(0))
    found = verify_topology(connect(broker), prefix, name, processes or cores)
    if print_findings(found):
        raise click.exceptions.Exit(1)
