"""One batch of demo mail with what its signals are computed from, made once a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from detection_stream.demo import OWN_DOMAINS, TENANT
from detection_stream.model.batch import FloatColumn, Rows, number, occurrence_rounds
from detection_stream.model.envelope import Envelope
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.records import Records
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import Signal
from detection_stream.stages.observe import observe
from tests.topology.harness import demo

MESSAGES = 3_000
"""Messages from which profiles are learnt."""
LOOKED_AT = 200
"""Rows of a batch that signals are held against."""


@dataclass(frozen=True)
class Batch:
    """What the signals of a level are computed from: rows that can be taken, and the call."""

    size: int
    given: Callable[[np.ndarray[Any, np.dtype[np.int64]]], tuple[Any, ...]]
    fingerprint: Callable[[tuple[Any, ...]], Any]

    def column(self, signal: Signal, places: Any = None) -> FloatColumn:
        """A signal over the rows at these places, all by default."""
        chosen = np.arange(self.size) if places is None else np.asarray(places, dtype=np.int64)
        return signal.function(*self.given(chosen))


@cache
def messages() -> MessageBatch:
    """Demo mail, parsed."""
    mail = demo(MESSAGES)
    envelopes = [Envelope(TENANT, frozenset(OWN_DOMAINS), one.received_at) for one in mail]
    return MessageBatch([parse_message(one.raw) for one in mail], envelopes)


@cache
def levels() -> dict[str, Batch]:
    """For each level of signals a batch."""
    batches = {"message": _message_level()}
    for role, (before, seen) in _learnt().items():
        batches[role] = _profile_level(role, before, seen)
    return batches


def _message_level() -> Batch:
    every = messages()
    places = np.linspace(0, MESSAGES - 1, LOOKED_AT).astype(np.int64)
    made: dict[bytes, MessageBatch] = {}

    def given(chosen: Any) -> tuple[MessageBatch]:
        key = chosen.tobytes()
        if key not in made:
            picked = [places[place] for place in chosen.tolist()]
            made[key] = MessageBatch(
                [every.messages[place] for place in picked],
                [every.envelopes[place] for place in picked],
            )
        return (made[key],)

    def fingerprint(arguments: tuple[Any, ...]) -> str:
        (batch,) = arguments
        return repr((batch.messages, batch.envelopes, vars(batch).get("texts")))

    return Batch(LOOKED_AT, given, fingerprint)


def _profile_level(role: str, before: Records, seen: Rows) -> Batch:
    """Some rows and those of the entities seen most, behind as many that were never seen."""
    share = min(len(seen), LOOKED_AT // 4)
    evenly = np.linspace(0, len(seen) - 1, share).astype(np.int64)
    places = np.r_[evenly, np.argsort(before["count"], kind="stable")[-share:]]
    looked_at = np.tile(places, 2)
    blank = KINDS.kind_of[role].row.empty(len(places))
    rows, columns = np.concatenate([blank, before[places]]), seen.take(looked_at)

    def given(chosen: Any) -> tuple[Records, Rows]:
        return rows[chosen], columns.take(chosen)

    def fingerprint(arguments: tuple[Any, ...]) -> bytes:
        records, taken = arguments
        return bytes(records.tobytes() + repr(taken.columns).encode())

    return Batch(len(looked_at), given, fingerprint)


def _learnt() -> dict[str, tuple[Records, Rows]]:
    """For each level the profiles as they were before each observation, and the observations."""
    batch = messages()
    rows, _ = observe(batch, [(1, 0, offset) for offset in range(len(batch))])
    found: dict[str, tuple[Records, Rows]] = {}
    for kind in KINDS:
        own = rows.take(np.flatnonzero([role in kind.codes for role in rows["role"]]))
        codes = np.array([kind.codes[role] for role in own["role"]], dtype=np.int64)
        seconds = own["at"] // 1_000
        timed = {"role": codes, "seconds": seconds, "clock": seconds}
        seen = Rows(len(own), {**own.columns, **timed})
        _, entities = number(value.encode() for value in seen["value"])
        profiles = kind.row.empty(int(entities.max()) + 1)
        before = kind.row.empty(len(seen))
        for chosen in occurrence_rounds(entities):
            current = profiles[entities[chosen]]
            before[chosen] = current
            kind.update(current, seen.take(chosen))
            profiles[entities[chosen]] = current
        for observed in kind.observations:
            if observed.signals:
                at = np.flatnonzero(codes == kind.codes[observed.role])
                found[observed.role] = before[at], seen.take(at)
    return found


def frozen(arguments: tuple[Any, ...]) -> Iterator[Any]:
    """The same arguments, their arrays such that writing to them is an error."""
    for one in arguments:
        if isinstance(one, Rows):
            yield Rows(len(one), {name: _locked(column) for name, column in one.columns.items()})
        else:
            yield _locked(one)


def _locked(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    copied = value.copy()
    copied.flags.writeable = False
    return copied
