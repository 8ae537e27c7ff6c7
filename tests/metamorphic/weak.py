"""Transformations that still hide attacks, by the reason. The list only shrinks."""

from __future__ import annotations

_WEAK: dict[str, tuple[str, ...]] = {
    "a person's answer of some days ago eases a rule that is alone": ("answered",),
    "a quote below a reference counts only for some families": ("quote_of_invented_mail",),
}

WEAK: dict[str, str] = {name: reason for reason, names in _WEAK.items() for name in names}
"""The reason of each."""
