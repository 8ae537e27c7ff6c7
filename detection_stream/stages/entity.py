"""The entity stage: observations to profiles, and signals of every level but the message's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from detection_stream.model.batch import IntColumn, Rows, number, occurrence_rounds
from detection_stream.model.observation import OBSERVATION_COLUMNS, ROLE_CODES, ROLES, entity_key
from detection_stream.profiles.kinds import PROFILES
from detection_stream.profiles.profile import Profile
from detection_stream.profiles.row import Records
from detection_stream.runtime.inputs import Input
from detection_stream.runtime.preparation import Prepare
from detection_stream.runtime.stage import RowsOut
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

    def pending(self, state: PartitionState) -> int:
        """Never waits for other rows."""
        return 0

    def apply(self, segments: Input, transaction: Transaction) -> None:
        """Update profiles and send each signal role's signals back to the message's partition."""
        for segment in segments:
            for rows in segment.blocks.values():
                self._apply(rows, transaction)

    def _apply(self, rows: Rows, transaction: Transaction) -> None:
        seconds = rows["at"] // 1_000
        extra = {
            "role": np.array([ROLE_CODES[role] for role in rows["role"]], dtype=np.int64),
            "seconds": seconds,
            "watermark": transaction.progress.advance(seconds),
        }
        seen = Rows(len(rows), {**rows.columns, **extra})
        kinds = _KIND_OF_ROLE[extra["role"]]
        for place, (kind, profile) in enumerate(PROFILES.items()):
            chosen = np.flatnonzero(kinds == place)
            if len(chosen):
                part = seen.take(chosen)
                before = _learn(profile, part, transaction)
                self._emit(kind, before, part, transaction)

    def _emit(self, kind: str, before: Records, seen: Rows, transaction: Transaction) -> None:
        for role in ROLES:
            if role.kind != kind or not role.signals:
                continue
            chosen = np.flatnonzero(seen["role"] == ROLE_CODES[role.name])
            if len(chosen) == 0:
                continue
            profiles, part = before[chosen], seen.take(chosen)
            columns = _origin(part, failed=0)
            columns |= {s.name: s.function(profiles, part) for s in signals_of(role.name)}
            self._send(role.name, Rows(len(chosen), columns), transaction)

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


def _learn(profile: Profile, seen: Rows, transaction: Transaction) -> Records:
    """Apply observations of one kind; returns each one's profile as it was before."""
    keys, entities = number(
        entity_key(tenant, value)
        for tenant, value in zip(seen["tenant"], seen["value"], strict=True)
    )
    rows = profile.row.decode(transaction.get(profile.kind, keys))
    before = profile.row.empty(len(seen))
    for chosen in occurrence_rounds(entities):
        current = rows[entities[chosen]]
        part = seen.take(chosen)
        profile.expire(current, part["watermark"])
        before[chosen] = current
        profile.update(current, part)
        rows[entities[chosen]] = current
    encoded: dict[bytes, bytes | None] = dict(zip(keys, profile.row.encode(rows), strict=True))
    transaction.put(profile.kind, encoded)
    return before


def _origin(seen: Rows, failed: int) -> dict[str, Any]:
    return {
        "input": seen["offset"],
        "origin": seen["origin"],
        "origin_partition": seen["origin_partition"],
        "failed": np.full(len(seen), failed, dtype=np.int64),
    }
