"""The entity stage: observations to profiles, and signals of every level but the message's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar

import numpy as np

from detection_stream.model.batch import IntColumn, Rows, concatenate, number, occurrence_rounds
from detection_stream.model.observation import OBSERVATION_COLUMNS, ROLE_CODES, ROLES, entity_key
from detection_stream.profiles.kinds import PROFILES
from detection_stream.profiles.profile import Profile
from detection_stream.profiles.row import Records
from detection_stream.runtime.inputs import PARTITION, Input
from detection_stream.runtime.preparation import Prepare
from detection_stream.runtime.stage import PartitionInput, RowsOut
from detection_stream.signals.registry import signals_of
from detection_stream.state.partition import PartitionState, Transaction
from detection_stream.state.sweep import Sweep

_KINDS = list(PROFILES)
_KIND_OF_ROLE = np.array([_KINDS.index(role.kind) for role in ROLES], dtype=np.int64)
"""Place of each role's kind among the profiles."""


class EntityStage:
    """Keeps one table a kind of entity; rows of one entity are applied in the log's order."""

    name: ClassVar[str] = "entity"
    framed: ClassVar[bool] = True
    tables: ClassVar[tuple[str, ...]] = tuple(PROFILES)

    def __init__(self, signals: str) -> None:
        self._signals = signals

    def columns(self, level: str) -> Mapping[str, type]:
        """Columns of an observation."""
        return OBSERVATION_COLUMNS

    def preparation(self) -> Prepare | None:
        """Everything takes state."""
        return None

    def open(self, state: PartitionState) -> None:
        """Let the sweep collect what has expired."""
        state.sweeps = {kind: Sweep(profile.expired) for kind, profile in PROFILES.items()}

    def pending(self, state: PartitionState, applied: int | None = None) -> int:
        """Never waits for other rows."""
        return 0

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Update profiles and send each signal role's signals back to the message's partition."""
        rows = [_timed(rows, given.transaction) for given in inputs for rows in _blocks(given)]
        if rows:
            self._apply(concatenate(rows), [transaction for _, transaction in inputs])

    def _apply(self, rows: Rows, transactions: list[Transaction]) -> None:
        codes = np.array([ROLE_CODES[role] for role in rows["role"]], dtype=np.int64)
        seen = Rows(len(rows), {**rows.columns, "role": codes})
        kinds = _KIND_OF_ROLE[codes]
        by_kind = seen.take(np.argsort(kinds, kind="stable"))
        stop = 0
        for profile, count in zip(
            PROFILES.values(), np.bincount(kinds, minlength=len(_KINDS)).tolist(), strict=True
        ):
            start, stop = stop, stop + count
            if count:
                part = by_kind.slice(start, stop)
                before = _learn(profile, part, transactions)
                self._emit(profile.kind, before, part, transactions)

    def _emit(
        self, kind: str, before: Records, seen: Rows, transactions: list[Transaction]
    ) -> None:
        for role in ROLES:
            if role.kind != kind or not role.signals:
                continue
            chosen = np.flatnonzero(seen["role"] == ROLE_CODES[role.name])
            if len(chosen) == 0:
                continue
            profiles, part = before, seen
            if len(chosen) < len(seen):
                profiles, part = before[chosen], seen.take(chosen)
            columns = _origin(part, failed=0)
            columns |= {s.name: s.function(profiles, part) for s in signals_of(role.name)}
            rows = Rows(len(chosen), columns)
            for transaction, (start, stop) in _stretches(part, transactions):
                self._send(role.name, rows.slice(start, stop), transaction)

    def _send(self, level: str, rows: Rows, transaction: Transaction) -> None:
        partitions: IntColumn = rows["origin_partition"]
        transaction.outputs.append(RowsOut(self._signals, level, rows, partitions))

    def give_up(self, segments: Input, transaction: Transaction, reason: str) -> None:
        """Tell the decision stage which level failed, so that it does not wait for it."""
        for segment in segments:
            for rows in segment.blocks.values():
                for place, name in enumerate(rows["role"]):
                    if name in ROLE_CODES and ROLES[ROLE_CODES[name]].signals:
                        columns = _origin(rows.slice(place, place + 1), failed=1)
                        columns |= {s.name: np.array([np.nan]) for s in signals_of(name)}
                        self._send(name, Rows(1, columns), transaction)


def _blocks(given: PartitionInput) -> Iterator[Rows]:
    return (rows for segment in given.segments for rows in segment.blocks.values())


def _timed(rows: Rows, transaction: Transaction) -> Rows:
    seconds = rows["at"] // 1_000
    watermark = transaction.progress.advance(seconds)
    return Rows(len(rows), {**rows.columns, "seconds": seconds, "watermark": watermark})


def _stretches(
    rows: Rows, transactions: list[Transaction]
) -> Iterator[tuple[Transaction, tuple[int, int]]]:
    """The rows of each partition, as the places where they begin and end.

    Rows of one partition stand together, in the order of the transactions.
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


def _learn(profile: Profile, seen: Rows, transactions: list[Transaction]) -> Records:
    """Apply observations of one kind; returns each one's profile as it was before."""
    keys: list[bytes] = []
    places: list[IntColumn] = []
    stored: list[bytes | None] = []
    owned: list[tuple[Transaction, int]] = []
    named = list(map(entity_key, seen["tenant"], seen["value"]))
    for transaction, (start, stop) in _stretches(seen, transactions):
        own, numbered = number(named[start:stop])
        places.append(numbered + len(keys))
        stored += transaction.get(profile.kind, own)
        owned.append((transaction, len(own)))
        keys += own
    entities = np.concatenate(places)
    rows = profile.row.decode(stored)
    before = profile.row.empty(len(seen))
    for chosen in occurrence_rounds(entities):
        current = rows[entities[chosen]]
        part = seen if len(chosen) == len(seen) else seen.take(chosen)
        profile.expire(current, part["watermark"])
        before[chosen] = current
        profile.update(current, part)
        rows[entities[chosen]] = current
    changed = iter(zip(keys, profile.row.encode(rows), strict=True))
    for transaction, count in owned:
        transaction.put(profile.kind, dict(islice(changed, count)))
    return before


def _origin(seen: Rows, failed: int) -> dict[str, Any]:
    return {
        "input": seen["offset"],
        "origin": seen["origin"],
        "origin_partition": seen["origin_partition"],
        "failed": np.full(len(seen), failed, dtype=np.int64),
    }
