"""``tail``: prints what the workers write, as JSON lines."""

from __future__ import annotations

import click

from detection_stream.cli.broker import broker_option, connect, prefix_option


@click.command()
@click.argument(
    "topic", metavar="TOPIC", type=click.Choice(["verdicts", "attributions", "dead-letters"])
)
@broker_option
@prefix_option
@click.option(
    "--from",
    "start",
    type=click.Choice(["beginning", "now"]),
    default="now",
    show_default=True,
    help="Where to start.",
)
@click.option(
    "--until-idle",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Stop after this many seconds without records. [default: run until Ctrl-C]",
)
def tail(topic: str, broker: str, prefix: str, start: str, until_idle: float | None) -> None:
    """Print verdicts, attributions or dead letters from Kafka.

    TOPIC is verdicts, attributions or dead-letters; each record is one JSON object per line.
    """
    from detection_stream.runtime.kafka.follow import follow

    for value in follow(connect(broker), prefix + topic, start == "beginning", until_idle):
        click.echo(value)
