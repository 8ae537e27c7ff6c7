"""What a state table is, in words for people."""

from __future__ import annotations

from typing import NamedTuple


class TableDescription(NamedTuple):
    """``row`` says what a row is of, ``text`` what it tells, ``kept`` for how long.

    ``by_tenant`` says whether keys begin with a tenant and a zero byte.
    """

    row: str
    text: str
    kept: str
    by_tenant: bool = False
