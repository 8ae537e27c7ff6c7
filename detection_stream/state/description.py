"""Descriptions of state tables, for users."""

from __future__ import annotations

from typing import NamedTuple


class TableDescription(NamedTuple):
    """``row`` says what a row is about, ``text`` what it contains, ``kept`` how long it is kept.

    ``by_tenant`` says whether keys start with a tenant and a zero byte.
    """

    row: str
    text: str
    kept: str
    by_tenant: bool = False
