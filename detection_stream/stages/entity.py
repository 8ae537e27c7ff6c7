"""The entity stage: observations to profiles, and signals of every level but the message's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar

import numpy as np

from detection_stream.model.batch import IntColumn, Rows, concatenate, number, occurrence_rounds
from detection_stream.model.entity import entity_key
from detection_stream.model.origin import ORIGIN_COLUMNS
from detection_stream.profiles.kind import Kind
from detection_stream.profiles.kind_set import KindSet
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.observation import timed
from detection_stream.profiles.records import Records
from detection_stream.runtime.inputs import PARTITION, Input
from detection_stream.runtime.stage import PartitionInput, RowsOut, Stage
from detection_stream.signals.registry import signals_of
from detection_stream.state.description import TableDescription
from detection_stream.state.partition import PartitionState, Transaction
from detection_stream.state.sweep import Sweep


class EntityStage(Stage):
    """Keeps one table per kind of entity; an entity's rows are applied in log order."""

    name: ClassVar[str] = "entity"
    framed: ClassVar[bool] = True

    def __init__(self, signals: str, kinds: KindSet = KINDS) -> None:
        self._signals = signals
        self._kinds = kinds
        self.tables = {
            kind.name: TableDescription(
                kind.entity,
                kind.text,
                f"{kind.keep_days} days after it was last seen",
                by_tenant=True,
            )
            for kind in kinds
        }

    def columns(self, level: str) -> Mapping[str, type]:
        """Columns of an observation."""
        return self._kinds.column_types

    def open(self, state: PartitionState) -> None:
        """Let the sweep collect what has expired."""
        state.sweeps = {kind.name: Sweep(kind.expired) for kind in self._kinds}

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Update profiles and send each signal role's signals back to the message's partition."""
        rows = [_timed(rows, given.transaction) for given in inputs for rows in _blocks(given)]
        if rows:
            self._apply(concatenate(rows), [transaction for _, transaction in inputs])

    def _apply(self, rows: Rows, transactions: list[Transaction]) -> None:
        numbers, codes = self._kinds.numbered(rows["role"])
        seen = Rows(len(rows), {**rows.columns, "role": codes})
        by_kind = seen.take(np.argsort(numbers, kind="stable"))
        counts = np.bincount(numbers, minlength=len(self._kinds)).tolist()
        stop = 0
        for kind, count in zip(self._kinds, counts, strict=True):
            start, stop = stop, stop + count
            if count:
                part = by_kind.slice(start, stop)
                before = _learn(kind, part, transactions)
                self._emit(kind, before, part, transactions)

    def _emit(
        self, kind: Kind, before: Records, seen: Rows, transactions: list[Transaction]
    ) -> None:
        for observed in kind.observations:
            if not observed.signals:
                continue
            chosen = np.flatnonzero(seen["role"] == kind.codes[observed.role])
            if len(chosen) == 0:
                continue
            profiles, part = before, seen
            if len(chosen) < len(seen):
                profiles, part = before[chosen], seen.take(chosen)
            if "proof" in observed.fields:
                profiles = kind.as_seen_by(profiles, part)
            columns = _origin(part, failed=0)
            columns |= {s.name: s.function(profiles, part) for s in signals_of(observed.role)}
            rows = Rows(len(chosen), columns)
            for transaction, (start, stop) in _stretches(part, transactions):
                self._send(observed.role, rows.slice(start, stop), transaction)

    def _send(self, level: str, rows: Rows, transaction: Transaction) -> None:
        partitions: IntColumn = rows["origin_partition"]
        transaction.outputs.append(RowsOut(self._signals, level, rows, partitions))

    def give_up(self, segments: Input, transaction: Transaction, reason: str) -> None:
        """Tell the decision stage which level failed, so that it stops waiting for it."""
        for segment in segments:
            for rows in segment.blocks.values():
                for row, role in enumerate(rows["role"]):
                    if role in self._kinds.levels:
                        columns = _origin(rows.slice(row, row + 1), failed=1)
                        columns |= {s.name: np.array([np.nan]) for s in signals_of(role)}
                        self._send(role, Rows(1, columns), transaction)


def _blocks(given: PartitionInput) -> Iterator[Rows]:
    return (rows for segment in given.segments for rows in segment.blocks.values())


def _timed(rows: Rows, transaction: Transaction) -> Rows:
    return timed(rows, transaction.progress.advance)


def _stretches(
    rows: Rows, transactions: list[Transaction]
) -> Iterator[tuple[Transaction, tuple[int, int]]]:
    """Start and end index of each partition's rows.

    Each partition's rows are contiguous, in the order of the transactions.
    """
    if len(transactions) == 1:
        yield transactions[0], (0, len(rows))
        return
    counts = Counter(rows[PARTITION].tolist())
    start = 0
    for transaction in transactions:
        if count := counts[transaction.partition]:
            yield transaction, (start, start + count)
            start += count


def _learn(kind: Kind, seen: Rows, transactions: list[Transaction]) -> Records:
    """Apply observations of one kind; returns each entity's profile before it."""
    keys: list[bytes] = []
    numbers: list[IntColumn] = []
    stored: list[bytes | None] = []
    owned: list[tuple[Transaction, int]] = []
    named = list(map(entity_key, seen["tenant"], seen["value"]))
    for transaction, (start, stop) in _stretches(seen, transactions):
        own, numbered = number(named[start:stop])
        numbers.append(numbered + len(keys))
        stored += transaction.get(kind.name, own)
        owned.append((transaction, len(own)))
        keys += own
    entities = np.concatenate(numbers)
    rows = kind.row.decode(stored)
    before = kind.row.empty(len(seen))
    for chosen in occurrence_rounds(entities):
        current = rows[entities[chosen]]
        part = seen if len(chosen) == len(seen) else seen.take(chosen)
        kind.expire(current, part["clock"])
        before[chosen] = current
        kind.update(current, part)
        rows[entities[chosen]] = current
    changed = iter(zip(keys, kind.row.encode(rows), strict=True))
    for transaction, count in owned:
        transaction.put(kind.name, dict(islice(changed, count)))
    return before


def _origin(seen: Rows, failed: int) -> dict[str, Any]:
    return {
        "input": seen["offset"],
        **{name: seen[name] for name in ORIGIN_COLUMNS},
        "failed": np.full(len(seen), failed, dtype=np.int64),
    }
