"""Whether a directory is ours: nothing is written among the files of others."""

from __future__ import annotations

from pathlib import Path

from detection_stream.errors import DataDirectoryError

MARKS = ("db/CURRENT", "lock", "group-instance")
"""A directory that has one of these was made by an engine or a worker."""
BEFORE = frozenset(
    {"db", "db.part", "spool", "manifest.json", "operator.key", "damaged", "lost+found"}
)
"""What a directory may have before: what a start left that was cut short, a key that was put there,
and what file systems make in a new volume."""
MAX_NAMED = 3
"""Foreign files that an error names."""


def check_own(directory: Path) -> None:
    """Refuse a directory with files of others, before anything is written.

    Raises:
        DataDirectoryError: it is not a directory, cannot be read, or is neither empty nor ours.
    """
    if any((directory / mark).exists() for mark in MARKS):
        return
    try:
        names = sorted(path.name for path in directory.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise DataDirectoryError(f"{directory}: {error.strerror}; use another directory") from error
    foreign = [name for name in names if name not in BEFORE]
    if foreign:
        named = ", ".join(foreign[:MAX_NAMED]) + ("..." if len(foreign) > MAX_NAMED else "")
        raise DataDirectoryError(
            f"{directory} is not a data directory: it holds {named}; use an empty directory, or "
            "one that was written before"
        )
