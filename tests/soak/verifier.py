"""An independent recount of what the workers wrote, from the recorded topics.

``python -m tests.soak.verifier BROKER [PREFIX]`` prints what is lost, repeated with the same
content, repeated with differing content, and every differing state row. It shares no code with
the engine: the layout of stored rows, the windows and the histograms are re-implemented here.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from tests.soak.records import Frame, frame_of, read

DAY = 86_400
MONTH_DAYS = 30
SLOT_LIMIT = 255

_SEEN = [("version", "u1"), ("touched", "<i8"), ("first", "<i8"), ("last", "<i8"), ("count", "<u4")]
_CLAIMS = (
    *(("proven", "<u4"), ("claimed", "<u4")),
    *(("claimed_first", "<i8"), ("claimed_last", "<i8")),
)
_ADDRESS = np.dtype(
    [
        *_SEEN,
        *_CLAIMS,
        *(("hour_head", "<i4"), ("hour", "<u2", (6,)), ("day_head", "<i4"), ("day", "<u2", (24,))),
        *(("month_head", "<i4"), ("month", "<u2", (30,)), ("hours", "u1", (24,))),
        *(("recipients", "u1", (64,)), ("names", "<i8", (4,)), ("names_next", "u1")),
        *(("passed", "<f8"), ("passed_at", "<i8"), ("failed", "<f8"), ("failed_at", "<i8")),
        *(("received", "<u4"), ("received_hour_head", "<i4"), ("received_hour", "<u2", (6,))),
        *(("received_month_head", "<i4"), ("received_month", "<u2", (30,))),
        *(("written_to", "<u4"), ("written_first", "<i8")),
        *(("person", "u1"), ("vip", "u1"), ("finance", "u1")),
    ]
)
_PAIR = np.dtype(
    [
        *_SEEN,
        *(("side_count", "<u4", (2,)), ("side_proven", "<u4", (2,)), ("side_last", "<i8", (2,))),
        *(("month_head", "<i4"), ("month", "<u2", (30,))),
    ]
)


@dataclass
class Entity:
    """What an address or pair should have in its row."""

    count: int = 0
    first: int = 0
    last: int = 0
    received: int = 0
    head: int = 0
    days: Counter[int] = field(default_factory=Counter)
    hours: list[int] = field(default_factory=lambda: [0] * 24)
    sides: list[int] = field(default_factory=lambda: [0, 0])
    proven: list[bool] = field(default_factory=lambda: [False, False])
    """For each side of a pair, and once for an address, whether its sender was ever proven."""

    def owned_by(self, row: dict[str, Any]) -> bool:
        """Whether an act is one of the owner's; only these count."""
        side = row["side"]
        owner = row["proof"] == 2 or (row["proof"] == 1 and not self.proven[side])
        self.proven[side] |= row["proof"] == 2
        return bool(owner)

    def act(self, second: int) -> None:
        """One act of the entity itself."""
        self.first = min(self.first, second) if self.count else second
        self.last = max(self.last, second) if self.count else second
        self.count += 1
        day = second // DAY
        self.head = max(self.head, day)
        if day > self.head - MONTH_DAYS:
            self.days[day] += 1
        hour = second // 3_600 % 24
        if self.hours[hour] >= SLOT_LIMIT:
            self.hours = [slot // 2 for slot in self.hours]
        self.hours[hour] += 1

    def month(self) -> list[int]:
        """The ring of the last 30 days."""
        ring = [0] * MONTH_DAYS
        for day in range(self.head - MONTH_DAYS + 1, self.head + 1):
            ring[day % MONTH_DAYS] = self.days[day]
        return ring


@dataclass
class Report:
    """What the verifier found; all but ``messages``, ``repeated`` and ``rows`` should be 0."""

    messages: int = 0
    rows: int = 0
    repeated: int = 0
    lost: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    rows_differing: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    waiting: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        wrong = (self.lost, self.differing, self.rows_differing, self.partial, self.waiting)
        return not any(wrong)

    def print(self) -> None:
        """Print it."""
        print(f"messages {self.messages:,}, state rows compared {self.rows:,}")
        print(f"repeated with equal content {self.repeated:,}")
        for name in ("lost", "differing", "rows_differing", "partial"):
            found = getattr(self, name)
            print(f"{name} {len(found):,}", *(f"\n  {text}" for text in found[:10]))
        print(f"still waiting {self.waiting:,}")


def verify(broker: str, prefix: str = "") -> Report:
    """Recount everything."""
    report = Report()
    _verdicts(broker, prefix, report)
    _frames(broker, f"{prefix}signals", report)
    entities = _observations(broker, prefix, report)
    _states(broker, prefix, entities, report)
    waiting: dict[bytes, bytes | None] = {}
    for record in read(broker, f"{prefix}message-detection-decision-changelog"):
        if record.key().startswith(b"waiting\0"):
            waiting[record.key()] = record.value()
    report.waiting = sum(value is not None for value in waiting.values())
    return report


def _verdicts(broker: str, prefix: str, report: Report) -> None:
    wanted = set()
    for record in read(broker, f"{prefix}messages.raw"):
        if dict(record.headers()).get("format") != b"person":
            wanted.add(record.key().decode().partition("\0")[2])
    report.messages = len(wanted)
    first: dict[tuple[str, int], bytes] = {}
    final: dict[str, tuple[int, list[str]]] = {}
    for record in read(broker, f"{prefix}verdicts"):
        verdict = orjson.loads(record.value())
        name = verdict["uid"], verdict["revision"]
        if first.setdefault(name, record.value()) is not record.value():
            report.repeated += 1
            if first[name] != record.value():
                report.differing.append(f"verdict {name}")
        final[verdict["uid"]] = max(
            final.get(verdict["uid"], (0, [])), (verdict["revision"], verdict["missing_levels"])
        )
        wanted.discard(verdict["message_id"])
    report.lost += [f"no verdict for {name}" for name in sorted(wanted)]
    report.partial += [f"{uid} lacks {levels}" for uid, (_, levels) in final.items() if levels]


def _frames(broker: str, topic: str, report: Report) -> None:
    for _ in _first_rows(read(broker, topic), topic, report):
        pass


def _first_rows(
    records: Iterable[Any], topic: str, report: Report
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Partition and columns of each row where it counts; repeats are compared with the first.

    A row counts where its sender's frames continue without a gap. A frame after a gap, as a broker
    outage can leave one, counts only when its sender sends it again.
    """
    seen: dict[tuple[int, str, str, int], list[int]] = {}
    marks: dict[tuple[int, str], int] = defaultdict(lambda: -1)
    for record in records:
        frame = frame_of(record.value())
        if frame is None:
            continue
        _compare(record.partition(), frame, seen, topic, report)
        place = record.partition(), frame.sender
        if frame.start <= marks[place] < frame.end:
            for _, number, row in frame.rows:
                if number > marks[place]:
                    yield record.partition(), row
            marks[place] = frame.end


def _compare(
    partition: int,
    frame: Frame,
    seen: dict[tuple[int, str, str, int], list[int]],
    topic: str,
    report: Report,
) -> None:
    hashes: dict[tuple[int, str, str, int], list[int]] = defaultdict(list)
    for level, number, row in frame.rows:
        hashes[partition, frame.sender, level, number].append(hash(orjson.dumps(row)))
    for name, found in hashes.items():
        if seen.setdefault(name, found) is not found:
            report.repeated += len(found)
            if seen[name] != found:
                report.differing.append(f"{topic} {name}")


def _observations(broker: str, prefix: str, report: Report) -> dict[tuple[str, bytes], Entity]:
    topic = f"{prefix}observations"
    entities: dict[tuple[str, bytes], Entity] = defaultdict(Entity)
    for _, row in _first_rows(read(broker, topic), topic, report):
        key = f"{row['tenant']}\0{row['value']}".encode()
        second = row["at"] // 1_000
        if row["role"] == "sender":
            entity = entities["address", key]
            if entity.owned_by(row):
                entity.act(second)
        elif row["role"] == "recipient":
            entities["address", key].received += 1
        elif row["role"] == "pair":
            entity = entities["pair", key]
            if entity.owned_by(row):
                entity.act(second)
                entity.sides[row["side"]] += 1
    return entities


def _states(
    broker: str, prefix: str, entities: dict[tuple[str, bytes], Entity], report: Report
) -> None:
    stored: dict[tuple[str, bytes], bytes | None] = {}
    for record in read(broker, f"{prefix}message-detection-entity-changelog"):
        table, _, key = record.key().partition(b"\0")
        if table in (b"address", b"pair"):
            stored[table.decode(), key] = record.value()
    report.rows = len(stored)
    for name in stored.keys() | entities.keys():
        value, entity = stored.get(name), entities.get(name)
        if value is None or entity is None:
            report.rows_differing.append(f"{name} is {'stored' if value else 'counted'} only")
            continue
        expected, found = _expected(name[0], entity), _found(name[0], value)
        if expected != found:
            report.rows_differing.append(f"{name}: stored {found}, counted {expected}")


def _expected(table: str, entity: Entity) -> list[Any]:
    common = [entity.count, entity.first, entity.last, entity.month() if entity.count else None]
    return (
        [*common, entity.received, entity.hours]
        if table == "address"
        else [
            *common,
            entity.sides,
        ]
    )


def _found(table: str, value: bytes) -> list[Any]:
    row = np.frombuffer(value, _ADDRESS if table == "address" else _PAIR)[0]
    count = int(row["count"])
    common = [count, int(row["first"]), int(row["last"]), row["month"].tolist() if count else None]
    if table == "address":
        return [*common, int(row["received"]), row["hours"].tolist()]
    return [*common, row["side_count"].tolist()]


if __name__ == "__main__":
    outcome = verify(*sys.argv[1:])
    outcome.print()
    sys.exit(0 if outcome.clean else 1)
