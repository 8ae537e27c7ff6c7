"""Labelled messages with what was decided about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.dataset as ds
from numpy.typing import NDArray

from detection_stream.errors import InputError
from detection_stream.evaluation.labels import Label
from detection_stream.evaluation.quality import ATTACK_VERDICTS
from detection_stream.evaluation.stored import open_export
from detection_stream.model.batch import FloatColumn

VERDICTS_FILE = "verdicts.jsonl"
_COLUMNS = ("uid", "revision", "message_id", "tenant", "verdict", "score", "detectors")

Mask = NDArray[np.bool_]
"""One value for each message."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Labelled messages, one in each row: name, label, score (0 to 1), detectors that fired.

    ``flagged`` says whether the verdict names an attack. ``lacking`` counts labelled messages
    without a verdict, which are rows of score 0; ``unlabelled`` verdicts are no rows.
    """

    names: list[str]
    labels: list[Label]
    scores: FloatColumn
    flagged: Mask
    detectors: list[tuple[str, ...]]
    lacking: int
    unlabelled: int

    @property
    def attacks(self) -> Mask:
        """Which are attacks."""
        return np.array([label.is_attack for label in self.labels], dtype=np.bool_)

    @property
    def harmless(self) -> Mask:
        """Which are harmless; spam is neither."""
        return np.array([label.is_harmless for label in self.labels], dtype=np.bool_)

    def campaigns(self, rows: Mask) -> dict[str, NDArray[np.int64]]:
        """The rows of each campaign among some; a message without one is its own."""
        found: dict[str, list[int]] = {}
        for row in np.flatnonzero(rows).tolist():
            found.setdefault(self.labels[row].campaign or self.names[row], []).append(row)
        return {name: np.array(each) for name, each in found.items()}


def read_outcomes(path: Path, labels: Mapping[str, Label], tenant: str | None = None) -> Outcomes:
    """What was decided about labelled messages; the last revision of each counts.

    ``path`` is a file of verdicts (JSON lines), a directory with ``verdicts.jsonl``, or a folder
    written by ``export``.

    Raises:
        InputError: it is none of these, or none of its messages is labelled.
    """
    latest: dict[str, Mapping[str, Any]] = {}
    for verdict in _verdicts(path):
        known = latest.get(verdict["uid"])
        if tenant not in (None, verdict["tenant"]):
            continue
        if known is None or known["revision"] <= verdict["revision"]:
            latest[verdict["uid"]] = verdict
    found: dict[str, Mapping[str, Any]] = {}
    for verdict in latest.values():
        name = verdict["uid"] if verdict["uid"] in labels else verdict["message_id"]
        if name in labels:
            found[name] = verdict
    if not found:
        raise InputError(
            f"no message in {path} is labelled; labels are joined by uid or message_id"
        )
    decided = [found.get(name) for name in labels]
    return Outcomes(
        names=list(labels),
        labels=list(labels.values()),
        scores=np.array([one["score"] if one else 0.0 for one in decided], dtype=np.float64),
        flagged=np.array(
            [one is not None and one["verdict"] in ATTACK_VERDICTS for one in decided]
        ),
        detectors=[tuple(one["detectors"]) if one else () for one in decided],
        lacking=decided.count(None),
        unlabelled=len(latest) - len(found),
    )


def _verdicts(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.is_dir() and not (path / VERDICTS_FILE).exists():
        yield from _exported(open_export(path))
        return
    file = path / VERDICTS_FILE if path.is_dir() else path
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    verdict = orjson.loads(line)
                    yield {name: verdict[name] for name in _COLUMNS}
                except (orjson.JSONDecodeError, KeyError, TypeError) as error:
                    raise InputError(f"{file} line {number} is not a verdict") from error
    except OSError as error:
        raise InputError(
            f"{file}: {error.strerror}; use the --out directory of a run, its verdicts.jsonl, or "
            "a folder written by export"
        ) from error


def _exported(dataset: ds.Dataset) -> Iterator[Mapping[str, Any]]:
    for batch in dataset.to_batches(columns=list(_COLUMNS)):
        yield from batch.to_pylist()
