"""What a decision model is trained on: exported signals and scores with labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from detection_stream.decision.decision_model import RULE_PREFIX
from detection_stream.errors import InputError
from detection_stream.evaluation.labels import Label
from detection_stream.evaluation.stored import (
    floats,
    latest_revisions,
    open_export,
    wanted_rows,
)

GIVE_AWAYS: Final = frozenset(
    {
        *("message.body_length", "message.date_skew_hours", "message.remote_images"),
        *("message.recipient_count", "message.results_ignored", "message.received_hops"),
    }
)
"""Signals that tell where a sample of attacks is from rather than that it is one."""
EARLY_SHARE: Final = 0.02
"""First part of a history in which hardly anybody is known."""
GENERAL_ROWS: Final = Path(__file__).parent / "general.parquet"
"""Rows of several organisations that the general model is trained with."""


@dataclass(frozen=True)
class TrainingRows:
    """Messages as rows, inputs (NaN if missing) as columns.

    ``types`` are attack types, ``""`` for harmless messages. Messages of one group (scenario or
    campaign) are never split. ``labelled`` says which have a label; the others are presumed to be
    harmless. ``source`` names where each is from. ``early`` ones stand at the very beginning of
    their history: they show what an engine knows that knows nothing yet.
    """

    inputs: tuple[str, ...]
    values: NDArray[np.float64]
    types: NDArray[np.str_]
    groups: NDArray[np.str_]
    labelled: NDArray[np.bool_]
    source: NDArray[np.str_]
    early: NDArray[np.bool_]

    @property
    def harmful(self) -> NDArray[np.bool_]:
        """Which are attacks or spam."""
        harmful: NDArray[np.bool_] = self.types != ""
        return harmful

    def __len__(self) -> int:
        return len(self.values)

    def take(self, kept: NDArray[np.bool_]) -> TrainingRows:
        """Only some of the rows."""
        return replace(self, **{name: getattr(self, name)[kept] for name in _BY_ROW})


_BY_ROW: Final = tuple(field.name for field in fields(TrainingRows) if field.name != "inputs")


def read_rows(
    folder: Path,
    labels: Mapping[str, Label],
    inputs: Sequence[str],
    warm_up: float,
    source: str,
) -> TrainingRows:
    """The last revision of every message of an export, later than the first ``warm_up`` of it.

    Of those before, the first ``EARLY_SHARE`` of the export are read as early ones. Messages
    without a label are presumed to be harmless. ``labels`` are by uid or Message-ID.

    Raises:
        InputError: the export lacks a signal.
    """
    dataset = open_export(folder)
    signals = [name for name in inputs if not name.startswith(RULE_PREFIX)]
    lacking = sorted(set(signals) - set(dataset.schema.names))
    if lacking:
        raise InputError(f"{folder} has no column {lacking[0]}; export it again")
    names = ["uid", "revision", "message_id", "received_at", "detector_scores", *signals]
    table = dataset.to_table(columns=names)
    table = table.filter(pa.array(wanted_rows(table, latest_revisions(table))))
    at = np.array([moment.timestamp() for moment in table["received_at"].to_pylist()])
    early = at <= np.quantile(at, min(EARLY_SHARE, warm_up))
    kept = early | (at >= np.quantile(at, warm_up))
    table, early = table.filter(pa.array(kept)), early[kept]
    uids = table["uid"].to_pylist()
    found = [
        labels.get(uid) or labels.get(message_id)
        for uid, message_id in zip(uids, table["message_id"].to_pylist(), strict=True)
    ]
    return TrainingRows(
        tuple(inputs),
        _values(table, inputs),
        np.array([_type(label) for label in found]),
        np.array([_group(label) or uid for label, uid in zip(found, uids, strict=True)]),
        np.array([label is not None for label in found]),
        np.full(len(found), source),
        early,
    )


def concatenate_rows(parts: Sequence[TrainingRows]) -> TrainingRows:
    """All rows of parts with equal inputs."""
    joined = {name: np.concatenate([getattr(one, name) for one in parts]) for name in _BY_ROW}
    return TrainingRows(parts[0].inputs, **joined)


def write_rows(path: Path, rows: TrainingRows) -> None:
    """Keep rows as a Parquet file, which holds numbers and attack types alone."""
    columns = {
        name: pa.array(rows.values[:, place].astype(np.float32), from_pandas=True)
        for place, name in enumerate(rows.inputs)
    }
    _, groups = np.unique(rows.groups, return_inverse=True)
    columns |= {
        "attack_type": pa.array(rows.types.tolist()).dictionary_encode(),
        "group": pa.array(groups.astype(np.int32)),
        "labelled": pa.array(rows.labelled),
        "early": pa.array(rows.early),
        "source": pa.array(rows.source.tolist()).dictionary_encode(),
    }
    pq.write_table(pa.table(columns), path, compression="zstd", compression_level=19)


def kept_rows(path: Path, inputs: Sequence[str]) -> TrainingRows:
    """Rows of a file of `write_rows`; an input that it does not have is missing everywhere."""
    table = pq.read_table(path)
    absent = np.full(len(table), np.nan)
    source = table["source"].to_pylist()
    return TrainingRows(
        tuple(inputs),
        np.column_stack(
            [floats(table[name]) if name in table.column_names else absent for name in inputs]
        ),
        np.array(table["attack_type"].to_pylist()),
        np.array([f"{s}-{c}" for s, c in zip(source, table["group"].to_pylist(), strict=True)]),
        np.array(table["labelled"].to_pylist()),
        np.array(source),
        np.array(table["early"].to_pylist()),
    )


def _values(table: pa.Table, inputs: Sequence[str]) -> NDArray[np.float64]:
    values = np.full((len(table), len(inputs)), np.nan)
    rules: dict[str, int] = {}
    for place, name in enumerate(inputs):
        if name.startswith(RULE_PREFIX):
            rules[name.removeprefix(RULE_PREFIX)] = place
        else:
            values[:, place] = floats(table[name])
    for row, opinions in enumerate(table["detector_scores"].to_pylist()):
        for name, score in opinions:
            if name in rules:
                values[row, rules[name]] = score
    return values


def _type(label: Label | None) -> str:
    if label is None or label.is_harmless:
        return ""
    return label.groups.get("attack_type") or label.kind


def _group(label: Label | None) -> str:
    return (label.groups.get("scenario") or label.campaign) if label else ""
