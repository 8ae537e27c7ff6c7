"""An entity's row at a past time: an earlier row plus the observations recorded since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from detection_stream.errors import RecordError
from detection_stream.model.batch import Rows
from detection_stream.profiles.kind import Kind
from detection_stream.profiles.kind_set import KindSet
from detection_stream.profiles.observation import timed
from detection_stream.runtime.frames import INPUT, columns_of, decode_frame
from detection_stream.runtime.records import Record
from detection_stream.state.progress import Progress


@dataclass
class RowReplay:
    """Replays a partition's log onto one entity's row.

    It stops before the first row of the record ``before`` (its sender and input offset there), or
    else ignores what was seen after ``at`` (milliseconds since 1970). ``progress`` has the marks
    and the watermark of the initial row; ``row`` is that row, None for an entity never seen.
    """

    kind: Kind
    tenant: str
    value: str
    at: int
    before: tuple[str, int] | None = None
    row: bytes | None = None
    progress: Progress = field(default_factory=Progress)
    applied: int = 0
    """Observations applied."""
    done: bool = False
    """Whether the message was reached."""
    _holes: dict[str, int] = field(default_factory=dict)
    """Start of each sender's first frame that left a gap after its mark."""

    def __post_init__(self) -> None:
        self._columns = KindSet((self.kind,)).column_types

    def take(self, partition: int, records: Iterable[Record]) -> None:
        """Apply the entity's rows in recorded frames."""
        for record in records:
            if self.done:
                return
            try:
                frame = decode_frame(record.value)
            except RecordError:
                # The live stage dead-lettered it too.
                continue
            mark = self.progress.marks.get(frame.sender, -1)
            if frame.tick is not None or frame.control is not None or frame.end <= mark:
                continue
            if frame.start > mark:
                # Its sender resent it later, or earlier frames have expired.
                self._holes.setdefault(frame.sender, frame.start)
                continue
            self.progress.marks[frame.sender] = frame.end
            stop = self._stop(frame.sender)
            self.done = stop is not None and frame.end >= stop
            for _, columns in frame.blocks:
                if columns.get(INPUT):
                    parts = [(record.offset, columns)]
                    self._apply(columns_of(partition, parts, self._columns), mark, stop)

    def _stop(self, sender: str) -> int | None:
        """The input offset of a sender before which to stop, None for no limit."""
        if self.before is None or sender != self.before[0]:
            return None
        return self.before[1]

    @property
    def broken(self) -> bool:
        """Whether observations between the row and what was read are missing."""
        marks = self.progress.marks
        return any(marks.get(sender, -1) < start for sender, start in self._holes.items())

    def _apply(self, rows: Rows, mark: int, stop: int | None) -> None:
        fresh = np.flatnonzero(rows[INPUT] > mark)
        if stop is not None:
            fresh = fresh[rows[INPUT][fresh] < stop]
        if self.before is None:
            fresh = fresh[rows["at"][fresh] <= self.at]
        if not len(fresh):
            return
        rows = rows.take(fresh)
        rows = timed(rows, self.progress.advance)
        for row in self._places(rows):
            self._learn(rows, row)

    def _places(self, rows: Rows) -> list[int]:
        """Indexes of the entity's rows."""
        return [
            row
            for row, (value, tenant, role) in enumerate(
                zip(rows["value"], rows["tenant"], rows["role"], strict=True)
            )
            if value == self.value and tenant == self.tenant and role in self.kind.codes
        ]

    def _learn(self, rows: Rows, place: int) -> None:
        one = rows.take(np.array([place]))
        columns = {
            **one.columns,
            "role": np.array([self.kind.codes[rows["role"][place]]], dtype=np.int64),
        }
        current = self.kind.row.decode([self.row])
        self.kind.expire(current, one["clock"])
        self.kind.update(current, Rows(1, columns))
        (self.row,) = self.kind.row.encode(current)
        self.applied += 1
