"""Markdown from plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import fill

MADE = "<!-- Made by `make docs`; change the code instead. -->"
COLUMNS = 100


def page(title: str, lead: str, *parts: str) -> str:
    """A page that says that it is made."""
    return "\n\n".join([f"# {title}", MADE, fill(lead, COLUMNS), *parts]) + "\n"


def section(title: str, *parts: str) -> str:
    """A section of a page."""
    return "\n\n".join([f"## {title}", *parts])


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; a bar in a cell stays a bar."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def code(names: Iterable[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
