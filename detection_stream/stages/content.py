"""The content stage: raw messages to message signals and observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
import xxhash

from detection_stream.decision.columns import MODEL_LEVEL
from detection_stream.model.batch import IntColumn, Rows, concatenate
from detection_stream.model.signature import NO_KEYS, OperatorKeys
from detection_stream.profiles.kinds import KINDS
from detection_stream.runtime.frames import INPUT
from detection_stream.runtime.inputs import Segment
from detection_stream.runtime.preparation import Prepare
from detection_stream.runtime.stage import PartitionInput, Rejected, RowsOut, Stage
from detection_stream.stages import tenants
from detection_stream.stages.reading import Reading, read
from detection_stream.state.description import TableDescription
from detection_stream.state.partition import Transaction

MAX_SEEN_MESSAGES = 10_000_000
"""Records of a partition within which repeats of a message are recognised."""


class ContentStage(Stage):
    """Reads records, drops messages seen before, emits signals and observations.

    Tenant profiles among the records are kept and apply to what follows.
    ``source`` is the id of the topic that it reads, ``partitions`` the count of every topic.
    """

    name: ClassVar[str] = "content"
    framed: ClassVar[bool] = False
    tables: Mapping[str, TableDescription] = {
        "seen": TableDescription(
            "a message (uid)",
            "each message's raw offset, to recognise repeats",
            f"{MAX_SEEN_MESSAGES:,} records of its partition",
        ),
        **tenants.TABLES,
    }

    def __init__(self, source: int, observations: str, signals: str, partitions: int) -> None:
        self._source = source
        self._keys = NO_KEYS
        self._read = partial(read, source, self._keys)
        self._observations = observations
        self._signals = signals
        self._partitions = partitions

    def trust(self, keys: OperatorKeys) -> None:
        """Believe profiles and people that these keys have signed, too."""
        self._keys = self._keys.also(keys)
        self._read = partial(read, self._source, self._keys)

    def preparation(self) -> Prepare | None:
        """Parsing needs no state, so it can run anywhere."""
        return self._read

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Each input is one segment of raw records; they are parsed together."""
        known = [
            tenants.with_profiles(segments[0].blocks["record"], transaction, self._keys)
            for segments, transaction in inputs
        ]
        unread = [
            found.rows
            for (segments, _), found in zip(inputs, known, strict=True)
            if segments[0].prepared is None
        ]
        here = (self._read([Segment({"record": concatenate(unread)})]),) if unread else ()
        for (segments, transaction), found in zip(inputs, known, strict=True):
            prepared = segments[0].prepared
            if found.models:
                self._send_models(found.models, transaction)
            for reading in here if prepared is None else prepared:
                self._take(reading.of(found.rows), found, transaction)

    def completed(self, records: Rows, transaction: Transaction) -> Rows:
        """Records with what the profiles before them say of their tenants."""
        part = transaction.child()
        try:
            rows = tenants.with_profiles(records, part, self._keys).rows
        except Rejected:
            # As when they are applied, what is no profile changes nothing.
            if len(records) == 1:
                return records
        else:
            transaction.merge(part)
            return rows
        middle = len(records) // 2
        halves = records.slice(0, middle), records.slice(middle, len(records))
        return concatenate([self.completed(half, transaction) for half in halves])

    def _take(
        self, reading: Reading, known: tenants.ProfiledRecords, transaction: Transaction
    ) -> None:
        for person in reading.people:
            self._observe(person, transaction)
        if reading.messages is not None and reading.observations is not None:
            messages = _with_policies(reading.messages, known)
            self._emit(messages, reading.observations, transaction)

    def _emit(self, messages: Rows, observations: Rows, transaction: Transaction) -> None:
        fresh = _fresh(messages, transaction)
        if not len(fresh):
            return
        if len(fresh) < len(messages):
            messages = messages.take(fresh)
            kept = np.isin(observations["origin_offset"], messages["origin_offset"])
            observations = observations.take(np.flatnonzero(kept))
        # The message's own row goes first, so that the join knows what to wait for.
        transaction.outputs.append(RowsOut(self._signals, "message", messages, None))
        if len(observations):
            self._observe(observations, transaction)

    def _send_models(self, models: list[tenants.TenantModel], transaction: Transaction) -> None:
        rows = Rows(
            len(models),
            {
                INPUT: np.array([model.offset for model in models], dtype=np.int64),
                "tenant": [model.tenant for model in models],
                "version": [model.version for model in models],
                "model": [model.packed for model in models],
            },
        )
        transaction.outputs.append(RowsOut(self._signals, MODEL_LEVEL, rows, None))

    def _observe(self, rows: Rows, transaction: Transaction) -> None:
        partitions = None
        if self._partitions > 1:
            partitions = entity_partition(rows, self._partitions)
        transaction.outputs.append(RowsOut(self._observations, "observation", rows, partitions))


def _with_policies(messages: Rows, known: tenants.ProfiledRecords) -> Rows:
    origins = (messages[name].tolist() for name in ("origin_partition", "origin_offset"))
    column = [known.policies.get(key, "") for key in zip(*origins, strict=True)]
    return Rows(len(messages), {**messages.columns, "policy": column})


_KINDS = {role: kind.name for role, kind in KINDS.kind_of.items()}


def entity_partition(rows: Rows, partitions: int) -> IntColumn:
    """Partition of each observation: by tenant, kind of entity and value."""
    return np.array(
        [
            xxhash.xxh3_64_intdigest(f"{tenant}\0{_KINDS[role]}\0{value}".encode()) % partitions
            for tenant, role, value in zip(rows["tenant"], rows["role"], rows["value"], strict=True)
        ],
        dtype=np.int64,
    )


def _fresh(messages: Rows, transaction: Transaction) -> Any:
    """Indexes of messages whose uid was not seen in the last ``MAX_SEEN_MESSAGES`` records."""
    keys = [identity.encode() for identity in messages["uid"]]
    stored = transaction.get("seen", keys)
    seen: dict[bytes, int] = {
        key: int(value) for key, value in zip(keys, stored, strict=True) if value is not None
    }
    fresh: list[int] = []
    changes: dict[bytes, bytes | None] = {}
    for row, (key, offset) in enumerate(zip(keys, messages["origin_offset"].tolist(), strict=True)):
        before = seen.get(key)
        if before is not None and before > offset - MAX_SEEN_MESSAGES:
            transaction.progress.count("repeats")
            continue
        seen[key] = offset
        changes[key] = b"%d" % offset
        fresh.append(row)
    transaction.put("seen", changes)
    transaction.progress.count("messages", len(fresh))
    return np.array(fresh, dtype=np.int64)
