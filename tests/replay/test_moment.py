"""Where a lookup of a past time stops, and when it cannot be trusted."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import Rows
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.ownership import PROVEN
from detection_stream.replay.moment import RowReplay
from detection_stream.runtime.frames import encode_frame
from detection_stream.runtime.records import Record
from detection_stream.state.progress import Progress

WHO = "ann@acme.example"


def frame(sender: str, start: int, end: int, *inputs: int, who: str = WHO) -> bytes:
    """A frame with one message of the sender's at each of the inputs."""
    count = len(inputs)
    columns: dict[str, object] = {
        name: [""] * count if kind is str else np.zeros(count, dtype=np.int64)
        for name, kind in KINDS.column_types.items()
    }
    partition = int(sender.rpartition("/")[2])
    columns |= {
        "input": np.array(inputs),
        "origin_offset": np.array(inputs),
        "origin_partition": np.full(count, partition),
        "tenant": ["acme"] * count,
        "role": ["sender"] * count,
        "value": [who] * count,
        "at": 1_000_000 * np.array(inputs),
        "proof": np.full(count, PROVEN),
    }
    return encode_frame(sender, start, end, [("observation", Rows(count, columns))])  # type: ignore[arg-type]


def count_of(moment: RowReplay, *frames: bytes) -> int:
    """Messages in the row after these frames."""
    records = [Record(offset, 0, None, value, {}) for offset, value in enumerate(frames)]
    moment.take(0, records)
    return int(KINDS["address"].row.decode([moment.row])["count"][0])


def moment(at: int = 10**15, before: tuple[str, int] | None = None) -> RowReplay:
    return RowReplay(KINDS["address"], "acme", WHO, at, before)


def test_it_stops_before_the_message() -> None:
    frames = frame("raw/0", -1, 5, 1, 2, 5), frame("raw/0", 5, 9, 6, 8)
    assert count_of(moment(before=("raw/0", 5)), *frames) == 2
    assert count_of(moment(before=("raw/0", 8)), *frames) == 4
    assert count_of(moment(), *frames) == 5


def test_it_stops_where_the_message_would_stand_when_it_says_nothing_of_the_partition() -> None:
    frames = (
        frame("raw/0", -1, 5, 1, 2),
        frame("raw/1", -1, 4, 3),
        frame("raw/0", 5, 9, 6, 8),
        frame("raw/1", 4, 9, 7),
    )
    looked = moment(before=("raw/0", 7))
    assert count_of(looked, *frames) == 4
    assert looked.done


def test_times_leave_out_what_came_later() -> None:
    frames = frame("raw/0", -1, 5, 1, 4), frame("raw/0", 5, 9, 6, 8)
    assert count_of(moment(at=6_000_000), *frames) == 3


def test_repeats_count_once_and_others_are_others() -> None:
    first = frame("raw/0", -1, 5, 1, 4)
    looked = moment()
    assert count_of(looked, first, first, frame("raw/0", 5, 6, 6, who="ben@acme.example")) == 2
    assert not looked.broken


def test_a_frame_that_was_sent_too_early_is_awaited() -> None:
    looked = moment()
    late, early = frame("raw/0", -1, 5, 1), frame("raw/0", 5, 9, 8)
    assert count_of(looked, early, late, early) == 2
    assert not looked.broken


def test_observations_that_are_gone_are_noticed() -> None:
    looked = moment()
    looked.progress = Progress(marks={"raw/0": 10})
    count_of(looked, frame("raw/0", 50, 53, 52))
    assert looked.broken
    assert looked.applied == 0
