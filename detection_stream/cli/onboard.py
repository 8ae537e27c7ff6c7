"""``onboard``: learns a new tenant from its history."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detection_stream.cli.broker import connect, prefix_option
from detection_stream.cli.options import (
    DATA,
    directory_option,
    domains,
    operator_key_option,
    operator_keys,
)
from detection_stream.cli.progress import ProgressBar
from detection_stream.errors import InputError
from detection_stream.model.reception import RESULTS
from detection_stream.model.tenant import STATUSES, Thresholds

if TYPE_CHECKING:
    from detection_stream.ingest.inputs import Inputs
    from detection_stream.onboarding.adapt import Workshop
    from detection_stream.onboarding.history import MailHistory
    from detection_stream.onboarding.onboard import Onboarded, Wishes
    from detection_stream.onboarding.target import Target


@click.command()
@click.argument("tenant")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--broker", metavar="HOST:PORT", help="Kafka brokers of the workers.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"Data directory of an embedded engine instead. [default: {DATA}]",
)
@prefix_option
@operator_key_option
@click.option("--from", "start", help="Without PATHS: first time or offset.")
@click.option("--until", help="Without PATHS: end time or offset (excluded).")
@click.option("--partial", is_flag=True, help="Use what is left of an expired range.")
@click.option(
    "--own-domain", "own_domains", multiple=True, help="An own domain; skips the search for them."
)
@directory_option
@click.option(
    "--false-alerts",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.001,
    show_default=True,
    help="Share of harmless messages allowed to alert.",
)
@click.option("--labels", type=click.Path(path_type=Path), help="JSON lines of labels.")
@click.option(
    "--threshold", "scores", multiple=True, metavar="NAME=SCORE", help="A fixed threshold."
)
@click.option("--mute", multiple=True, metavar="DETECTOR", help="A detector to ignore.")
@click.option(
    "--authserv-id",
    "authserv_ids",
    multiple=True,
    metavar="NAME",
    help="Name under which the organisation's hosts write authentication results; repeatable.",
)
@click.option(
    "--arc-sealer",
    "arc_sealers",
    multiple=True,
    metavar="DOMAIN",
    help="Signing domain of a forwarder whose ARC results are believed; repeatable.",
)
@click.option(
    "--internal-host",
    "internal_hosts",
    multiple=True,
    metavar="HOST",
    help="Host, domain or address that sends own mail without proof; repeatable.",
)
@click.option(
    "--results",
    type=click.Choice([name for name in RESULTS if name]),
    help="Whether inbound mail carries authentication results.",
)
@click.option(
    "--general-model",
    is_flag=True,
    help="Keep the general decision model instead of training one.",
)
@click.option("--status", type=click.Choice(STATUSES), help="Status to set.")
@click.option("--dry-run", is_flag=True, help="Only report; send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the profile as JSON.")
def onboard(tenant: str, paths: tuple[Path, ...], **options: Any) -> None:
    """Learn a new tenant from its history and activate it.

    The history of TENANT is the mail in PATHS (as for `run`) or, without PATHS, what the broker or
    data directory has of it. It is first run in isolation: own domains, people, vendors, bulk
    senders, hours, languages, and thresholds that keep false alerts within the target are found,
    and a decision model is trained on it with simulated attacks.
    Then people, the mail in PATHS and the profile go to the broker or into the data directory. The
    tenant becomes active if its history is long and calm enough, else learning; run the command
    again when there is more. Values given as options are never changed.
    """
    from detection_stream.cli.onboarded import print_onboarded

    if not tenant.strip() or "\0" in tenant:
        raise InputError("TENANT is empty; pass the organisation's name")
    if options["broker"] and options["data"]:
        raise InputError("use --broker or --data, not both")
    wishes = _wishes(options)
    target = None if options["dry_run"] else _target(options)
    with ProgressBar() as bar, _history(tenant, paths, options, bar) as (history, inputs):
        workshop = None if options["general_model"] else _workshop(tenant)
        found = _learn(tenant, history, wishes, bar, workshop)
        if target is not None:
            target.take_over(found, inputs, bar.feeding)
    print_onboarded(found, target.name if target else None, as_json=options["as_json"])


def _learn(
    tenant: str,
    history: MailHistory,
    wishes: Wishes,
    bar: ProgressBar,
    workshop: Workshop | None,
) -> Onboarded:
    from detection_stream.onboarding.onboard import learn

    with tempfile.TemporaryDirectory(prefix="detection-stream-") as apart:
        place = Path(apart, "data")
        return asyncio.run(learn(tenant, history, wishes, place, bar.feeding, workshop))


def _workshop(tenant: str) -> Workshop | None:
    """What a model is trained with; None, with a word about it, if LightGBM is missing."""
    from detection_stream.ingest.inputs import open_inputs
    from detection_stream.onboarding.adapt import Workshop
    from detection_stream.training.boosting import lightgbm
    from topologies import blueprint

    try:
        lightgbm()
    except InputError as error:
        click.echo(f"the general model is kept: {error}", err=True)
        return None
    return Workshop(blueprint(), lambda paths, spool: open_inputs(paths, spool, tenant))


def _wishes(options: dict[str, Any]) -> Wishes:
    from detection_stream.detectors.registry import load_detectors
    from detection_stream.evaluation.labels import read_labelled
    from detection_stream.ingest.directory import read_directory
    from detection_stream.onboarding.onboard import Wishes

    known = load_detectors().ids
    for name in options["mute"]:
        if name not in known:
            raise InputError(f"--mute {name}: no such detector; see `detectors list`")
    return Wishes(
        options["false_alerts"],
        domains(options["own_domains"]) if options["own_domains"] else None,
        read_directory(options["directory"]) if options["directory"] else None,
        _thresholds(options["scores"]),
        options["mute"],
        options["status"],
        read_labelled(options["labels"]) if options["labels"] else None,
        _reception(options),
    )


def _reception(options: dict[str, Any]) -> dict[str, Any]:
    """What is given of the reception; an empty name is that of hosts that leave theirs out."""
    from detection_stream.parsing.domains import registrable

    names = {
        "authserv_ids": options["authserv_ids"],
        "arc_sealers": map(registrable, options["arc_sealers"]),
        "internal_hosts": options["internal_hosts"],
    }
    found: dict[str, Any] = {
        field: frozenset(name.strip().lower() for name in given)
        for field, given in names.items()
        if options[field]
    }
    if options["results"]:
        found["results"] = options["results"]
    return found


def _thresholds(given: tuple[str, ...]) -> dict[str, float]:
    names = [item.name for item in fields(Thresholds)]
    found = {}
    for text in given:
        name, _, score = text.partition("=")
        try:
            value = float(score)
        except ValueError:
            value = 0.0
        if name not in names or not 0.0 < value <= 1.0:
            raise InputError(
                f"--threshold {text}: use one of {', '.join(names)} and a score up to 1, like "
                "suspicious=0.6"
            )
        found[name] = value
    return found


def _target(options: dict[str, Any]) -> Target:
    from detection_stream.onboarding.target import EmbeddedTarget, KafkaTarget
    from topologies import blueprint

    if options["broker"]:
        keys = operator_keys(options["operator_key"])
        live = blueprint(prefix=options["prefix"], keys=keys)
        return KafkaTarget(connect(options["broker"]), live)
    return EmbeddedTarget(options["data"] or Path(DATA), blueprint())


@contextmanager
def _history(
    tenant: str, paths: tuple[Path, ...], options: dict[str, Any], bar: ProgressBar
) -> Iterator[tuple[MailHistory, Inputs | None]]:
    """The history, and the inputs that the target does not have yet."""
    from detection_stream.cli.recorded import open_recorded, recorded_keys
    from detection_stream.ingest.inputs import open_inputs
    from detection_stream.onboarding.history import MailFiles, RecordedMail
    from detection_stream.replay.selection import Selection
    from topologies import blueprint

    start, until = options["start"], options["until"]
    if paths:
        if start or until or options["partial"]:
            raise InputError("--from, --until and --partial apply to recorded mail, not PATHS")
        with (
            tempfile.TemporaryDirectory(prefix="detection-stream-") as spool,
            open_inputs(paths, Path(spool), tenant, bar.reading) as inputs,
        ):
            yield MailFiles(inputs, blueprint()), inputs
        return
    broker, data = options["broker"], options["data"] or Path(DATA)
    selection = Selection.parse(tenant, start, until, None)
    keys = recorded_keys(options["operator_key"], None if broker else data)
    yield (
        RecordedMail(
            lambda: open_recorded(broker, None if broker else data),
            blueprint(prefix=options["prefix"], keys=keys),
            selection,
            options["partial"],
            lambda done, total: bar.reading("recorded mail", done, total),
        ),
        None,
    )
