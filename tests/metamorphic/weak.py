"""Transformations that still hide attacks, by the reason. The list only shrinks."""

from __future__ import annotations

_WEAK: dict[str, tuple[str, ...]] = {
    "a person's answer eases what asks for money or credentials": ("answered",),
    "links in HTML of UTF-16 are not read": ("in_utf_16",),
}

WEAK: dict[str, str] = {name: reason for reason, names in _WEAK.items() for name in names}
"""The reason of each."""
