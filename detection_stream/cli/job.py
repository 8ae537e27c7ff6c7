"""Behind ``run`` and ``demo``: check inputs, start the engine, feed it, stop it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detection_stream.cli.options import known_profile
from detection_stream.cli.progress import ProgressBar
from detection_stream.errors import InputError
from detection_stream.ingest.feed import FeedResult, feed
from detection_stream.ingest.inputs import Inputs, open_inputs
from detection_stream.model.organisation import Organisation
from detection_stream.model.person import Person
from detection_stream.onboarding.history import reception_in
from detection_stream.runtime.embedded.running import running
from detection_stream.state.own_directory import check_own
from topologies import blueprint


@dataclass(frozen=True, slots=True)
class RunResult:
    """Result of a run: messages fed, totals per stage, and where the files are."""

    fed: FeedResult
    counts: dict[str, dict[str, int]]
    data: Path
    out: Path


def run_job(
    paths: Sequence[Path],
    tenant: str,
    own_domains: frozenset[str],
    people: Sequence[Person],
    data: Path,
    out: Path,
    *,
    journal: bool = False,
) -> RunResult:
    """Run mail files through message detection.

    Raises:
        InputError: an input, the output or the data directory cannot be used; nothing is written.
    """
    _check_directories(data, out)
    check_own(data)
    new = not data.exists()
    profile = known_profile(data, tenant)
    try:
        with (
            ProgressBar() as bar,
            open_inputs(paths, data / "spool", tenant, bar.reading) as inputs,
        ):
            # The same for the same files, so that a run can be continued.
            reception = profile.reception if profile else reception_in(inputs, own_domains)
            organisation = Organisation(tenant, own_domains, people, reception, journal)
            return asyncio.run(_run(inputs, organisation, data, out, bar))
    except InputError:
        if new:
            shutil.rmtree(data, ignore_errors=True)
        raise


def _check_directories(*directories: Path) -> None:
    for directory in directories:
        nearest = next(path for path in (directory, *directory.absolute().parents) if path.exists())
        if not nearest.is_dir():
            raise InputError(f"{directory}: {nearest} is a file; use another directory")


async def _run(
    inputs: Inputs, organisation: Organisation, data: Path, out: Path, bar: ProgressBar
) -> RunResult:
    topology = blueprint().topology()
    raw = topology.source("mail").name
    async with running(data, topology, out) as engine:
        fed = await feed(engine, inputs, organisation, raw, bar.feeding)
    return RunResult(fed, engine.counts(), data, out)
