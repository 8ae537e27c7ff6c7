"""Where messages and lines begin and end, whatever the blocks in which a file is read."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.ingest import jsonlines, mbox

FROM = b"From a@b Wed May  1 10:00:00 2024\n"
MAY_1 = 1_714_557_600_000


def messages(content: bytes) -> list[bytes]:
    found = mbox.split(BytesIO(content))
    return [content[one.position : one.position + one.length] for one in found]


def test_the_empty_line_behind_a_message_is_not_part_of_it() -> None:
    content = FROM + b"A: 1\n\nx\n\n" + FROM + b"B: 2\n\ny\n"
    assert messages(content) == [b"A: 1\n\nx\n", b"B: 2\n\ny\n"]
    assert messages(content + b"\n") == messages(content)
    crlf = content.replace(b"\n", b"\r\n")
    assert messages(crlf) == [one.replace(b"\n", b"\r\n") for one in messages(content)]


def test_messages_without_content() -> None:
    assert messages(FROM + b"\n" + FROM + b"\n" + FROM) == [b"", b"", b""]
    assert messages(b"\n\n" + FROM + b"x\n") == [b"x\n"]


@pytest.mark.parametrize(
    "line",
    [b"From here on\n", b"From a@b\n", b"From 1 May 2024\n", b">" + FROM, b" " + FROM, b"x" + FROM],
)
def test_lines_that_are_no_from_lines(line: bytes) -> None:
    assert messages(FROM + b"A: 1\n\n" + line) == [b"A: 1\n\n" + line]


def test_a_from_line_counts_only_behind_an_empty_line() -> None:
    assert len(messages(FROM + b"A: 1\n" + FROM + b"x\n")) == 1


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (b"From a@b Wed May  1 10:00:00 2024", MAY_1),
        (b"From - Wed May 01 10:00:00 2024", MAY_1),
        (b"From a b@c Wed May 1 10:00 2024", MAY_1),
        (b"From a@b Wed May  1 12:00:00 2024 +0200", MAY_1),
        (b"From a@b Wed May  1 06:00:00 EDT 2024", MAY_1),
        (b"From a@b  Wed May  1 10:00:00 2024 remote from x", MAY_1),
        (b"From a@b Wed May 32 10:00:00 2024", None),
        (b"From a@b Wed May  1 10:00:00 102", None),
    ],
)
def test_dates_of_from_lines(line: bytes, at: int | None) -> None:
    assert [one.envelope_date for one in mbox.split(BytesIO(line + b"\nA: 1\n"))] == [at]
    assert mbox.from_line(line + b"\nA: 1\n") == (len(line) + 1, at)


def test_only_quoted_from_lines_are_unquoted() -> None:
    quoted = b">From 0\n>From a\n>>From b\n>Fromage\n> From c\nx >From d\n"
    assert mbox.unquote(quoted) == b"From 0\nFrom a\n>From b\n>Fromage\n> From c\nx >From d\n"


_PIECES = st.sampled_from(
    [FROM, b"\n", b"\r\n", b"x\n", b"From a\n", b"y" * 700, b">From z\n", b"\nFrom y\n"]
)


@given(st.lists(_PIECES, max_size=30), st.integers(1, 3000))
def test_blocks_do_not_matter_for_an_mbox(pieces: list[bytes], block: int) -> None:
    content = b"".join([FROM, *pieces])
    whole = list(mbox.split(BytesIO(content)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mbox, "BLOCK", block)
        assert list(mbox.split(BytesIO(content))) == whole
    starts = [m.end() for m in re.finditer(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))" + FROM, content)]
    assert [one.position for one in whole] == starts


@given(st.lists(st.sampled_from([b"\n", b"{}", b" ", b"\r\n", b"x"])), st.integers(1, 9))
def test_blocks_do_not_matter_for_lines(pieces: list[bytes], block: int) -> None:
    content = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonlines, "BLOCK", block)
        found = list(jsonlines.split(BytesIO(content)))
    lines = enumerate(content.split(b"\n"), 1)
    assert [(one.number, content[one.position : one.position + one.length]) for one in found] == [
        (number, line) for number, line in lines if line.strip()
    ]
