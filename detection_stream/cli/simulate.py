"""``simulate``: injects labelled attacks into an organisation's mail."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detection_stream.cli.options import directory_option, domains, own_domains_option
from detection_stream.errors import InputError

if TYPE_CHECKING:
    from detection_stream.ingest.inputs import Inputs
    from detection_stream.simulation.scenario import MailScenario
    from detection_stream.simulation.simulate import SimulatedMail

_LANGUAGE_SAMPLE = 2_000
_SHARE = click.FloatRange(0, 1)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="simulated",
    show_default=True,
    help="New directory for mail.mbox and labels.jsonl.",
)
@own_domains_option
@directory_option
@click.option(
    "--attacks",
    type=_SHARE,
    default=0.05,
    show_default=True,
    help="Simulated attacks and spam, as a share of inbound mail.",
)
@click.option(
    "--harmless",
    type=_SHARE,
    default=0.05,
    show_default=True,
    help="Simulated harmless mail that looks like attacks, as a share of inbound mail.",
)
@click.option(
    "--scenarios",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory of further scenarios; repeatable.",
)
@click.option("--only", multiple=True, metavar="SCENARIO", help="Simulate only these; repeatable.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of all that is drawn.")
def simulate(
    *,
    paths: tuple[Path, ...],
    out: Path,
    own_domains: tuple[str, ...],
    directory: Path | None,
    attacks: float,
    harmless: float,
    folders: tuple[Path, ...],
    only: tuple[str, ...],
    seed: int,
) -> None:
    """Inject labelled attacks into an organisation's mail.

    PATHS is mail as for `run`. Attacks of many kinds, and harmless mail that looks like them, are
    written into its timeline: to its people, in the names of its executives and partners, within
    its conversations, with heads such as its own mail has. The result is mail.mbox with all mail
    and labels.jsonl with a label for each simulated message. Mail of an archive without Received
    fields is given heads as well.
    """
    from detection_stream.cli.progress import ProgressBar
    from detection_stream.ingest.directory import read_directory
    from detection_stream.ingest.inputs import open_inputs
    from detection_stream.simulation.mbox import write_mbox
    from detection_stream.simulation.simulate import RawMail, SimulatedMail, Simulation, SourceMail

    if out.exists() and any(out.iterdir()):
        raise InputError(f"--out {out} is not empty; use a new directory")
    own = domains(own_domains)
    people = read_directory(directory) if directory else []
    plan = Simulation(_scenarios(folders, only), attacks, harmless, seed)
    with (
        ProgressBar() as bar,
        tempfile.TemporaryDirectory(prefix="detection-stream-") as spool,
        open_inputs(paths, Path(spool), "", bar.reading) as inputs,
    ):

        def read() -> Iterator[RawMail]:
            for message in inputs.messages({}):
                if message.format == "rfc5322":
                    yield message.raw, message.received_at

        made = SimulatedMail(SourceMail(read, own, people, _languages(inputs)), plan)
        out.mkdir(parents=True, exist_ok=True)
        counts = write_mbox(out / "mail.mbox", made.messages())
    _print(made, counts, out)


def _languages(inputs: Inputs) -> dict[str, float]:
    """Shares of the languages of a sample, English if too little text was found."""
    from detection_stream.onboarding.history import parsed_sample
    from detection_stream.onboarding.languages import find_languages

    return find_languages(parsed_sample(inputs, _LANGUAGE_SAMPLE)) or {"en": 1.0}


def _scenarios(folders: tuple[Path, ...], only: tuple[str, ...]) -> list[MailScenario]:
    from detection_stream.simulation.scenario import load_scenarios

    found = {one.id: one for one in load_scenarios()}
    for folder in folders:
        found |= {one.id: one for one in load_scenarios(folder)}
    for name in only:
        if name not in found:
            raise InputError(f"--only {name}: no such scenario; there are {', '.join(found)}")
    return [one for name, one in found.items() if not only or name in only]


def _print(made: SimulatedMail, counts: dict[str, int], out: Path) -> None:
    organisation = made.organisation
    click.echo(
        f"{sum(counts.values())} messages of {organisation.name}: {len(organisation.members)} "
        f"people, {len(organisation.partners)} outside whom they write to, "
        f"{len(organisation.exchanges)} messages of conversations"
    )
    for kind, count in counts.items():
        click.echo(f"  {kind or 'as they were':24} {count:>8}")
    click.echo(f"written to {out / 'mail.mbox'} and {out / 'labels.jsonl'}")
