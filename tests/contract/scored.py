"""Signals of demo mail as detectors get them, and a model beside the rules."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson

from detection_stream.detectors.detector import Detector, State
from detection_stream.detectors.registry import load_detector, load_detectors
from detection_stream.detectors.rule import Rule
from detection_stream.model.batch import FloatColumn
from detection_stream.signals.registry import all_signals
from tests.contract.flow import MESSAGES, recorded
from topologies import MAIL, blueprint

MODEL = "unread_sender"
_FILE: dict[str, Any] = {
    "id": MODEL,
    "name": "An unread sender",
    "description": "Mail from outside by somebody whom nobody of the organisation wrote to before.",
    "attack_type": "credential_phishing",
    "severity": "high",
    "threshold": 0.75,
    "techniques": ["T1566.002"],
    "intercept": -1.0,
    "weights": {
        "message.inbound": {"weight": 1.0},
        "pair.first_contact": {"weight": 1.5, "missing": 0.5},
        "message.link_count": {"weight": 0.25},
    },
    "tests": [
        {
            "name": "links of a stranger",
            "signals": {"message.inbound": 1, "pair.first_contact": 1, "message.link_count": 4},
            "at_least": 0.9,
        },
        {"name": "mail inside", "signals": {"message.inbound": 0}, "at_most": 0.4},
    ],
}


def write_model(folder: Path, state: State = State.ACTIVE) -> Path:
    """The model as a file of a folder."""
    path = folder / f"{MODEL}.json"
    path.write_text(json.dumps({**_FILE, "state": state.value}))
    return path


@cache
def model(state: State = State.ACTIVE) -> Detector:
    """The model."""
    with TemporaryDirectory() as folder:
        return load_detector(write_model(Path(folder), state))


@cache
def attributions() -> list[dict[str, Any]]:
    """Those of demo mail."""
    topic = blueprint(MAIL).topology().topic("attributions").name
    return [orjson.loads(record.value) for record in recorded(MAIL)[topic]]


@cache
def columns() -> dict[str, FloatColumn]:
    """A column for each signal: of demo mail, and behind it of what the rules' own tests say."""
    rows = [one["signals"] for one in attributions()]
    assert len(rows) == MESSAGES
    for rule in (one for one in load_detectors().detectors if isinstance(one, Rule)):
        for test in rule.tests:
            rows.append({name: column[0] for name, column in rule.columns_of(test).items()})
    return {
        signal.name: np.array([one.get(signal.name, np.nan) for one in rows])
        for signal in all_signals()
    }


def size() -> int:
    """The number of rows."""
    return len(next(iter(columns().values())))
