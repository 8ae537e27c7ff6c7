"""``replay``: runs recorded topics again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import click

from detection_stream.cli.broker import connect, prefix_option, state_version_option
from detection_stream.cli.options import POSITIVE, operator_key_option
from detection_stream.cli.recorded import open_recorded, recorded_keys, recorded_options
from detection_stream.errors import InputError
from detection_stream.runtime.blueprint import Blueprint

DATA = "detection-stream-replay"
OUT = "replay-out"


@click.command()
@recorded_options
@operator_key_option
@prefix_option
@state_version_option
@click.option(
    "--verify",
    is_flag=True,
    help="Rerun every stage on its recorded input and compare with what it wrote.",
)
@click.option("--tenant", help="Replay only one organisation.")
@click.option("--from", "start", help="First time or offset. [default: the first]")
@click.option("--until", help="End time or offset, excluded. [default: the last]")
@click.option(
    "--warm-up",
    help="Start time of the warm-up: messages from here update the state but produce no output.",
)
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path, file_okay=False),
    help="State to start from, as written by `snapshot`. [default: none]",
)
@click.option(
    "--signal",
    "signals",
    multiple=True,
    help="Back-fill: a signal to write for each message as Parquet in OUT/signals; repeatable.",
)
@click.option("--topic", help="Back-fill also into this topic; created if needed.")
@click.option("--partial", is_flag=True, help="Use what is left of an expired range.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA,
    show_default=True,
    help="Directory for the replay's own state; a new one means starting over.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=OUT,
    show_default=True,
    help="Directory for verdicts.jsonl, attributions.jsonl and manifest.json.",
)
@click.option(
    "--topology", "name", default="message-detection", show_default=True, help="Topology to run."
)
@click.option(
    "--processes",
    type=POSITIVE,
    help="Processes to split the tenants over, or with --verify the partitions. "
    "[default: one; with --verify one for each core]",
)
def replay(broker: str | None, source: Path | None, name: str, **options: Any) -> None:
    """Run recorded messages again, or verify what live workers wrote.

    They run from empty state or a snapshot, in time order. Nothing live is touched: a replay has
    its own state and writes files. To resume one that was interrupted, run the same command again.

    With --verify, exit code 0 means everything is equal, 1 something differs (the first
    differences are shown), 2 there is nothing to compare or some input has expired.
    """
    from topologies import blueprint

    keys = recorded_keys(options["operator_key"], source)
    live = blueprint(name, options["prefix"], options["state_version"], keys)
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
            "keep; use --broker HOST:PORT"
        )
    processes = options["processes"] or len(os.sched_getaffinity(0))
    found = verify_topology(connect(broker), live, processes, options["snapshot"])
    if print_findings(found):
        raise click.exceptions.Exit(1)


def _replay(
    broker: str | None, source: Path | None, live: Blueprint, options: dict[str, Any]
) -> None:
    from detection_stream.cli.progress import ProgressBar
    from detection_stream.replay.replay import Options, Places
    from detection_stream.replay.replay import replay as run
    from detection_stream.replay.selection import Selection

    selection = Selection.parse(
        options["tenant"], options["start"], options["until"], options["warm_up"]
    )
    _check_backfill(broker, live, options)
    recorded = open_recorded(broker, source)
    with ProgressBar() as bar:
        done = asyncio.run(
            run(
                recorded,
                live.topology().sources,
                Blueprint(live.build, keys=live.keys),
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
        click.echo(f"{done.before:,} messages had been replayed before the interruption.")
    click.echo(f"Results and manifest: {options['out']}.")
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
        raise InputError("--topic requires --broker and at least one --signal")
    topology = live.topology()
    if any(topic == known.name for known in topology.topics):
        raise InputError(f"--topic {topic} belongs to the workers; use another one")
    make_topic(connect(broker), topic, topology.source("mail").name)


def _backfill(broker: str | None, options: dict[str, Any], since: int) -> None:
    from detection_stream.replay.backfill import FOLDER, to_parquet, to_topic

    data, out, signals = options["data"], options["out"], options["signals"]
    rows = to_parquet(data, out, signals, since, lambda *_: None)
    click.echo(f"{rows:,} rows of {len(signals)} signals are in {out / FOLDER}.")
    if options["topic"] and broker is not None:
        sent = to_topic(data, connect(broker), options["topic"], signals, since)
        click.echo(f"{sent:,} records are in the topic {options['topic']}.")
