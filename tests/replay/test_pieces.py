"""Pieces of frames are the same however the rows were cut, and differ when a value does."""

from __future__ import annotations

import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.model.batch import Rows
from detection_stream.replay.pieces import Piece, compare, content, event_digest, frame_digests
from detection_stream.runtime.frames import encode_frame, encode_tick
from detection_stream.runtime.outgoing import cut

INPUTS = np.array([3, 3, 5, 6, 6, 6, 9], dtype=np.int64)


def _rows(third: float = 2.5) -> Rows:
    values = np.array([0.1, np.nan, third, -0.0, 1e300, 5.0, 6.0])
    return Rows(len(INPUTS), {"input": INPUTS, "value": values, "name": list("abcdefg")})


def _frames(rows: Rows, most: int) -> list[bytes]:
    frames, start = [], -1
    for end, chunk in cut({"sender": rows}, 10, most):
        frames.append(encode_frame("messages.raw/0", start, end, chunk))
        start = end
    return frames


def _digests(frames: list[bytes]) -> dict[Piece, int]:
    return dict(pair for frame in frames for pair in frame_digests("signals", 1, frame))


@given(most=st.integers(1, 8))
def test_frames_may_be_cut_anywhere(most: int) -> None:
    whole = _digests(_frames(_rows(), 100))
    assert {piece.input for piece in whole} == {3, 5, 6, 9}
    assert _digests(_frames(_rows(), most)) == whole


def test_the_last_bit_of_a_value_counts() -> None:
    before = _digests(_frames(_rows(), 2))
    after = _digests(_frames(_rows(np.nextafter(2.5, 3.0)), 2))
    assert [piece.input for piece in before if before[piece] != after[piece]] == [5]


def test_ticks_hold_nothing() -> None:
    assert not list(frame_digests("signals", 0, encode_tick(5)))


def test_a_difference_is_named_by_its_column() -> None:
    piece = Piece("signals", 1, "messages.raw/0", "sender", 5)
    (old,) = (rows for frame in _frames(_rows(), 1) if (rows := content(piece, frame)))
    (new,) = (rows for frame in _frames(_rows(3.5), 9) if (rows := content(piece, frame)))
    assert compare(old, new) == "value is 2.5 live, 3.5 in the replay"
    assert compare([], new) == "in the replay, not in live"
    assert compare(old, []) == "in live, not in the replay"
    assert compare(old, [*new, *new]) == "1 rows live, 2 in the replay"


def test_events_are_named_by_what_they_are_about() -> None:
    first, again, revised = (
        event_digest(
            "verdicts",
            0,
            orjson.dumps({"uid": "u", "revision": revision, "score": score}),
            ("uid", "revision"),
        )
        for revision, score in ((1, 0.5), (1, 0.6), (2, 0.5))
    )
    assert first[0] == again[0] != revised[0]
    assert first[1] != again[1]
    assert str(first[0]) == "verdicts/0, uid u, revision 1"
