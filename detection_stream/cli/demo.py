"""``demo``: generates and runs a synthetic organisation's mail."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from detection_stream.cli.options import POSITIVE, data_option, out_option


@click.command()
@click.option(
    "--messages",
    type=POSITIVE,
    default=10_000,
    show_default=True,
    help="Number of messages.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the generator.")
@data_option
@out_option
@click.option(
    "--write",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory to keep the mail in, as demo.mbox and labels.jsonl.",
)
def demo(messages: int, seed: int, data: Path, out: Path, write: Path | None) -> None:
    """Generate a synthetic organisation's mail and run it.

    It covers months and includes attacks; every message is decided.
    """
    from detection_stream.cli.job import run_job
    from detection_stream.cli.summary import print_quality, print_run
    from detection_stream.demo import OWN_DOMAINS, TENANT, generate, people, write_mbox

    with tempfile.TemporaryDirectory(prefix="detection-stream-") as scratch:
        place = write or Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        mail = place / "demo.mbox"
        write_mbox(mail, generate(messages, seed))
        result = run_job([mail], TENANT, frozenset(OWN_DOMAINS), people(seed), data, out)
        verdicts = print_run(result)
        print_quality(verdicts, place / "labels.jsonl", result)
