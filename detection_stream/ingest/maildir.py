"""Maildir: a folder whose messages are the files of its folders cur and new."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

_DELIVERED = ("cur", "new")
_FOLDERS = frozenset((*_DELIVERED, "tmp"))


def is_maildir(folders: Collection[str]) -> bool:
    """Whether a folder with these subfolders is a Maildir."""
    return set(_DELIVERED) <= set(folders)


def message_files(folder: Path) -> Iterator[Path]:
    """The files of all delivered messages; those in tmp are still being written."""
    for name in _DELIVERED:
        for path in sorted((folder / name).iterdir()):
            if path.is_file() and not path.name.startswith("."):
                yield path


def other_folders(folders: Collection[str]) -> list[str]:
    """The subfolders of a Maildir other than cur, new and tmp."""
    return sorted(set(folders) - _FOLDERS)
