"""Trains a tenant's decision model on its own history with simulated attacks in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from detection_stream.decision.additive import UNIT
from detection_stream.decision.decision_model import DecisionModel
from detection_stream.evaluation.labels import Label, read_labelled
from detection_stream.export.dataset import Dataset
from detection_stream.export.pairs import TOPICS
from detection_stream.ingest.inputs import Inputs
from detection_stream.model.person import Person
from detection_stream.model.tenant import TenantProfile
from detection_stream.onboarding.history import MailFiles
from detection_stream.onboarding.thresholds import USUAL
from detection_stream.reporting import ReportFeed
from detection_stream.runtime.blueprint import Blueprint
from detection_stream.runtime.embedded.recorded import RecordedDirectory
from detection_stream.simulation.mbox import LABELS, write_mbox
from detection_stream.simulation.scenario import load_scenarios
from detection_stream.simulation.simulate import RawMail, SimulatedMail, Simulation, SourceMail
from detection_stream.training.boosting import lightgbm
from detection_stream.training.dataset import (
    GENERAL_ROWS,
    TrainingRows,
    concatenate_rows,
    kept_rows,
    read_rows,
)
from detection_stream.training.decision import Trained, TrainingPlan, all_inputs, recall_at, train

MIN_MESSAGES: Final = 500
"""Minimum messages of a history that a model is trained on."""
SIMULATED_SHARE, MIN_SIMULATED, MAX_SIMULATED = 0.4, 400, 4_000
"""Simulated attacks: a share of the inbound mail, within these bounds; as many harmless ones."""
WARM_UP: Final = 0.4
"""First part of the history that is not trained on: too little is known yet."""
_OWN: Final = "own"

OpenInputs = Callable[[Sequence[Path], Path], AbstractContextManager[Inputs]]


@dataclass(frozen=True, slots=True)
class Adapted:
    """A tenant's model.

    ``scores`` are probabilities of harm of its own messages by uid, given by models that were not
    trained with them; ``found`` is the share of held-out simulated attacks of each type above the
    score that the target share of its own messages exceeds, presumed attacks left out.
    """

    model: DecisionModel
    scores: Mapping[str, float]
    found: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What it takes to run mail: a topology, and a way to open files."""

    blueprint: Blueprint
    open_inputs: OpenInputs


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What a model is trained from: the history's mail, who it is of, and where to work."""

    read: Callable[[], Iterator[RawMail]]
    profile: TenantProfile
    people: Sequence[Person]
    languages: dict[str, float]
    labels: Mapping[str, Label]
    target: float
    directory: Path


async def adapt(given: Adaptation, workshop: Workshop, progress: ReportFeed) -> Adapted:
    """Simulate attacks into the history, run it, and train.

    Raises:
        InputError: there is no inbound mail, or LightGBM is not installed.
    """
    lightgbm()
    made = _simulated(given)
    mail = given.directory / "mail"
    mail.mkdir(parents=True)
    write_mbox(mail / "mail.mbox", made.messages())
    labels = {**given.labels, **read_labelled(mail / LABELS)}
    with workshop.open_inputs([mail / "mail.mbox"], given.directory / "spool") as inputs:
        run = given.directory / "data"
        await MailFiles(inputs, workshop.blueprint).run(
            run, given.profile, [*given.people], progress
        )
    export = given.directory / "export"
    _export(run, export)
    inputs_used = all_inputs()
    own = read_rows(export, labels, inputs_used, WARM_UP, _OWN)
    general = [kept_rows(GENERAL_ROWS, inputs_used)] if GENERAL_ROWS.is_file() else []
    rows = concatenate_rows([own, *general])
    trained = train(rows, TrainingPlan(given.profile.tenant, licence="the tenant's own"))
    return _adapted(trained, own, given.target)


def _simulated(given: Adaptation) -> SimulatedMail:
    source = SourceMail(given.read, given.profile.own_domains, given.people, given.languages)
    plan = Simulation(
        load_scenarios(), SIMULATED_SHARE, SIMULATED_SHARE, 1, MIN_SIMULATED, MAX_SIMULATED
    )
    return SimulatedMail(source, plan)


def _export(directory: Path, folder: Path) -> None:
    with RecordedDirectory(directory) as recorded:
        Dataset(folder, recorded, TOPICS, None).grow(lambda _done, _total: None)


def _adapted(trained: Trained, own: TrainingRows, target: float) -> Adapted:
    """``own`` are the first rows that were trained with."""
    own = own.take(~own.early)
    scores = trained.held_out[: len(own)]
    units = np.rint(scores * UNIT).astype(np.int64)
    chances = trained.model.probability(units)
    history = ~own.labelled
    # As for the threshold, what is surely an attack is no false alert.
    counted = own.harmful | (history & (chances < USUAL.malicious))
    found = recall_at(scores[counted], own.harmful[counted], target)
    types = own.types[counted]
    return Adapted(
        trained.model,
        dict(zip(own.groups[history].tolist(), chances[history].tolist(), strict=True)),
        {
            name: round(float(found[types == name].mean()), 3)
            for name in sorted(set(types[types != ""].tolist()))
        },
    )
