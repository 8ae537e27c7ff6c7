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
    """``messages`` has the ``MESSAGE_COLUMNS``, ``signals`` float columns with NaN for missing."""

    messages: pa.Table
    signals: dict[str, FloatColumn]

    def __len__(self) -> int:
        return len(self.messages)


class StoredSignals:
    """A folder that ``export`` has written.

    Raises:
        InputError: it is none, or lacks signals that are asked for.
    """

    def __init__(self, folder: Path, tenant: str | None = None) -> None:
        if not any(folder.glob("tenant=*/month=*/*.parquet")):
            raise InputError(f"{folder} holds no exported verdicts; make it with `export`")
        # The folder's names say the tenant; months stay text.
        partitioning = ds.partitioning(
            pa.schema([("tenant", pa.string()), ("month", pa.string())]), flavor="hive"
        )
        self._dataset = ds.dataset(folder, format="parquet", partitioning=partitioning)
        self._filter = None if tenant is None else pc.field("tenant") == tenant
        self._folder = folder
        self._latest = self._latest_revisions()
        if not self._latest:
            raise InputError(f"{folder} holds no exported verdicts of {tenant}; check --tenant")

    def _latest_revisions(self) -> dict[str, int]:
        found = self._dataset.to_table(columns=["uid", "revision"], filter=self._filter)
        latest: dict[str, int] = {}
        for uid, revision in zip(
            found["uid"].to_pylist(), found["revision"].to_pylist(), strict=True
        ):
            latest[uid] = max(revision, latest.get(uid, 0))
        return latest

    def __len__(self) -> int:
        return len(self._latest)

    def batches(self, signals: Collection[str]) -> Iterator[StoredBatch]:
        """The last revision of every message, once each."""
        names = sorted(signals)
        if unknown := [name for name in names if name not in self._dataset.schema.names]:
            raise InputError(
                f"{self._folder} has no column {unknown[0]}: the signal is newer than the export; "
                "run `replay`, then `export` what it gives"
            )
        left = dict(self._latest)
        for batch in self._dataset.to_batches(
            columns=[*MESSAGE_COLUMNS, *names], filter=self._filter, batch_size=BATCH_ROWS
        ):
            found = pa.Table.from_batches([batch])
            keep = _wanted(found, left)
            if not all(keep):
                found = found.filter(pa.array(keep))
            if len(found):
                columns = {name: _floats(found[name]) for name in names}
                yield StoredBatch(found.select(list(MESSAGE_COLUMNS)), columns)


def _wanted(found: pa.Table, left: dict[str, int]) -> list[bool]:
    """Which rows are the last revision of a message that has not come yet."""
    keep = []
    for uid, revision in zip(found["uid"].to_pylist(), found["revision"].to_pylist(), strict=True):
        wanted = left.get(uid) == revision
        if wanted:
            del left[uid]
        keep.append(wanted)
    return keep


def _floats(column: Any) -> FloatColumn:
    values = column.to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)
