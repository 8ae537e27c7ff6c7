"""Exported verdicts and signals, a batch of columns at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from detection_stream.errors import InputError
from detection_stream.model.batch import FloatColumn

BATCH_ROWS = 65_536
MESSAGE_COLUMNS = (
    "uid", "revision", "tenant", "message_id", "received_at", "verdict", "attack_type",
    "detectors", "policy", "sender", "subject",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """``messages`` has the ``MESSAGE_COLUMNS``, ``signals`` float columns, NaN if missing."""

    messages: pa.Table
    signals: dict[str, FloatColumn]

    def __len__(self) -> int:
        return len(self.messages)


class StoredSignals:
    """A folder written by ``export``; ``backfill`` adds missing signals, by uid.

    Raises:
        InputError: it is not one, or lacks requested signals.
    """

    def __init__(
        self, folder: Path, tenant: str | None = None, backfill: Path | None = None
    ) -> None:
        self._dataset = open_export(folder)
        self._backfill = None if backfill is None else open_export(backfill)
        self._filter = None if tenant is None else pc.field("tenant") == tenant
        self._folder = folder
        self._latest = self._latest_revisions()
        if not self._latest:
            raise InputError(f"{folder} has no exported verdicts for {tenant}; check --tenant")

    def _latest_revisions(self) -> dict[str, int]:
        found = self._dataset.to_table(columns=["uid", "revision"], filter=self._filter)
        return latest_revisions(found)

    def __len__(self) -> int:
        return len(self._latest)

    def missing(self, signals: Collection[str]) -> list[str]:
        """The signals that neither the export nor the back-fill has."""
        filled = self._backfill.schema.names if self._backfill else []
        return sorted(set(signals) - {*self._dataset.schema.names, *filled})

    def batches(self, signals: Collection[str]) -> Iterator[StoredBatch]:
        """The last revision of every message, once each."""
        asked = sorted(signals)
        names = [name for name in asked if name in self._dataset.schema.names]
        added = _Backfilled(self._backfill, [name for name in asked if name not in names])
        if lacking := self.missing(asked):
            raise InputError(
                f"{self._folder} has no column {lacking[0]}: the signal is newer than the export; "
                "use --source or --broker to compute it, or --backfill"
            )
        left = dict(self._latest)
        for batch in self._dataset.to_batches(
            columns=[*MESSAGE_COLUMNS, *names], filter=self._filter, batch_size=BATCH_ROWS
        ):
            found = pa.Table.from_batches([batch])
            keep = wanted_rows(found, left)
            if not all(keep):
                found = found.filter(pa.array(keep))
            if len(found):
                columns = {name: floats(found[name]) for name in names}
                columns |= added.columns(found["uid"].to_pylist())
                yield StoredBatch(found.select(list(MESSAGE_COLUMNS)), columns)


class _Backfilled:
    """Columns of a back-fill by uid; NaN for missing messages."""

    def __init__(self, dataset: ds.Dataset | None, names: list[str]) -> None:
        held = dataset.schema.names if dataset else []
        self.names = [name for name in names if name in held]
        self._places: dict[str, int] = {}
        self._values: dict[str, FloatColumn] = {}
        if self.names and dataset:
            found = dataset.to_table(columns=["uid", *self.names])
            self._places = {uid: row for row, uid in enumerate(found["uid"].to_pylist())}
            self._values = {name: np.append(floats(found[name]), np.nan) for name in self.names}

    def columns(self, uids: list[str]) -> dict[str, FloatColumn]:
        """The columns of these messages."""
        rows = np.array([self._places.get(uid, -1) for uid in uids], dtype=np.int64)
        return {name: values[rows] for name, values in self._values.items()}


def open_export(folder: Path) -> ds.Dataset:
    """The rows of a folder that ``export`` has written.

    Raises:
        InputError: it is none.
    """
    if not any(folder.glob("tenant=*/month=*/*.parquet")):
        raise InputError(f"{folder} has no exported verdicts; create it with `export`")
    # Folder names hold the tenant; months stay text.
    partitioning = ds.partitioning(
        pa.schema([("tenant", pa.string()), ("month", pa.string())]), flavor="hive"
    )
    return ds.dataset(folder, format="parquet", partitioning=partitioning)


def latest_revisions(found: pa.Table) -> dict[str, int]:
    """The last revision of each uid."""
    latest: dict[str, int] = {}
    for uid, revision in zip(found["uid"].to_pylist(), found["revision"].to_pylist(), strict=True):
        latest[uid] = max(revision, latest.get(uid, 0))
    return latest


def wanted_rows(found: pa.Table, left: dict[str, int]) -> list[bool]:
    """Which rows are the last revision of a message not seen yet; they are taken from ``left``."""
    keep = []
    for uid, revision in zip(found["uid"].to_pylist(), found["revision"].to_pylist(), strict=True):
        wanted = left.get(uid) == revision
        if wanted:
            del left[uid]
        keep.append(wanted)
    return keep


def floats(column: Any) -> FloatColumn:
    """A column as an array, NaN where it is null."""
    values = column.to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)
