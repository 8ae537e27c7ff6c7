"""Names of files as text: on most systems they are bytes that need not be any."""

from __future__ import annotations

import os


def shown(name: str | os.PathLike[str]) -> str:
    """The name, bytes that are not UTF-8 as ``\\xff``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
