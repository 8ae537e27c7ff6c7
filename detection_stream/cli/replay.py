"""``replay``: read historical topics again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import click

from detection_stream.cli.broker import connect, prefix_option, state_version_option
from detection_stream.cli.options import POSITIVE
from detection_stream.cli.recorded import open_recorded, recorded_options
from detection_stream.errors import InputError
from detection_stream.runtime.topology import Blueprint

DATA = "detection-stream-replay"
OUT = "replay-out"


@click.command()
@recorded_options
@prefix_option
@state_version_option
@click.option(
    "--verify",
    is_flag=True,
    help="Run every stage again on its recorded input and compare with what it wrote.",
)
@click.option("--tenant", help="Replay the messages of one organisation.")
@click.option("--from", "start", help="Time or offset at which to begin. [default: the first]")
@click.option("--until", help="Time or offset before which to end. [default: the last]")
@click.option(
    "--warm-up",
    help="Time from which on messages update the state, though nothing of them is written.",
)
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path, file_okay=False),
    help="State to begin from, as `snapshot` has written it. [default: none]",
)
@click.option(
    "--signal",
    "signals",
    multiple=True,
    help="Back-fill: a signal to write for each message as Parquet in OUT/signals; repeatable.",
)
@click.option("--topic", help="Back-fill into this topic of the broker too; made if need be.")
@click.option("--partial", is_flag=True, help="Take what is left of a range that was cut.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA,
    show_default=True,
    help="Directory of the replay's own state; a new one means a new start.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=OUT,
    show_default=True,
    help="Directory for verdicts.jsonl, attributions.jsonl and manifest.json.",
)
@click.option(
    "--topology", "name", default="message-detection", show_default=True, help="The flow to run."
)
@click.option(
    "--processes",
    type=POSITIVE,
    help="Processes that share the tenants or, with --verify, the partitions. "
    "[default: one; with --verify one for each core]",
)
def replay(broker: str | None, source: Path | None, name: str, **options: Any) -> None:
    """Run recorded messages again, or prove that live was right.

    They run from empty state or a snapshot, in order of time. Nothing live is touched: the replay
    has its own state and writes files. One that was stopped goes on when the same command is given
    again.

    With --verify, exit code 0 means that all is equal, 1 that something differs (the first
    differences are shown), 2 that there is nothing to compare or not all of the input is left.
    """
    from topologies import blueprint

    live = blueprint(name, options["prefix"], options["state_version"])
    if options["verify"]:
        _verify(broker, live, options)
    else:
        _replay(broker, source, live, options)


def _verify(broker: str | None, live: Blueprint, options: dict[str, Any]) -> None:
    from detection_stream.cli.verification import print_findings
    from detection_stream.replay.parity import verify_topology

    if broker is None:
        raise InputError(
            "--verify needs the topics between the stages, which an embedded engine does not "
            "keep; give --broker HOST:PORT"
        )
    processes = options["processes"] or len(os.sched_getaffinity(0))
    found = verify_topology(connect(broker), live, processes, options["snapshot"])
    if print_findings(found):
        raise click.exceptions.Exit(1)


def _replay(
    broker: str | None, source: Path | None, live: Blueprint, options: dict[str, Any]
) -> None:
    from detection_stream.cli.progress import Bar
    from detection_stream.replay.replay import Options, Places
    from detection_stream.replay.replay import replay as run
    from detection_stream.replay.selection import Selection

    selection = Selection.parse(
        options["tenant"], options["start"], options["until"], options["warm_up"]
    )
    _check_backfill(broker, live, options)
    recorded = open_recorded(broker, source)
    with Bar() as bar:
        done = asyncio.run(
            run(
                recorded,
                live.topology().sources,
                Blueprint(live.build),
                selection,
                Places(options["data"], options["out"]),
                reading=lambda count, total: bar.reading(recorded.name, count, total),
                feeding=bar.feeding,
                options=Options(
                    partial=options["partial"],
                    snapshot=options["snapshot"],
                    signals=options["signals"],
                    processes=options["processes"] or 1,
                ),
            )
        )
    rate = done.messages / done.seconds if done.seconds else 0.0
    click.echo(f"{done.messages:,} messages in {done.seconds:.1f} s, {rate:,.0f} messages/s.")
    if done.before:
        click.echo(f"{done.before:,} messages were replayed before this was stopped.")
    click.echo(f"Results and manifest are in {options['out']}.")
    if options["signals"]:
        _backfill(broker, options, selection.start or 0)


def _check_backfill(broker: str | None, live: Blueprint, options: dict[str, Any]) -> None:
    from detection_stream.export.dataset import check_signals
    from detection_stream.replay.backfill import make_topic

    check_signals(options["signals"])
    topic = options["topic"]
    if topic is None:
        return
    if broker is None or not options["signals"]:
        raise InputError("--topic needs --broker and at least one --signal")
    topology = live.topology()
    if any(topic == known.name for known in topology.topics):
        raise InputError(f"--topic {topic} is a topic of the workers; name another one")
    make_topic(connect(broker), topic, topology.source("mail").name)


def _backfill(broker: str | None, options: dict[str, Any], since: int) -> None:
    from detection_stream.replay.backfill import FOLDER, to_parquet, to_topic

    data, out, signals = options["data"], options["out"], options["signals"]
    rows = to_parquet(data, out, signals, since, lambda *_: None)
    click.echo(f"{rows:,} rows of {len(signals)} signals are in {out / FOLDER}.")
    if options["topic"] and broker is not None:
        sent = to_topic(data, connect(broker), options["topic"], signals, since)
        click.echo(f"{sent:,} records are in the topic {options['topic']}.")
