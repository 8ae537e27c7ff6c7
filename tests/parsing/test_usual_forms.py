"""The usual forms of header values are read faster, and as all others are."""

from __future__ import annotations

import re
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from detection_stream.parsing import addresses, header_values

_VALUES = st.sampled_from(
    (
        *("text/plain", "Multipart/Mixed", "attachment", ";", "; ", ";\t", "=", '"', "boundary"),
        *("charset", "name", "*", "0", "x-y", "utf-8", '"a b"', '"x;y"', "\\", " ", "(c)", "/"),
        *("=?utf-8?q?a?=", '"=?utf-8?q?a?="', "é", 'filename="a.pdf"', "; name=b.c", '"a>b"', "'"),
    )
)
_MAILBOXES = st.sampled_from(
    (
        *('"', "Gemma", "Lambert, G", "\\", "<", ">", "a@b.c", "x.y+z@d.example", " ", "'", ","),
        *("=?utf-8?q?a?=", "(c)", "é", ";", ":", '"Q N" ', "<a@b.c>"),
    )
)


@given(st.lists(_VALUES, min_size=1, max_size=9).map("".join))
def test_structured_values(text: str) -> None:
    assert header_values.read_value(text) == header_values._read_any(text)


@given(st.lists(_MAILBOXES, max_size=8).map("".join))
def test_mailboxes(text: str) -> None:
    found = addresses._mailboxes(text)
    with patch.object(addresses, "_USUAL", re.compile(r"(?!)")):
        assert addresses._mailboxes(text) == found
