"""Files and directories that only their owner can read: mail, and what was learnt from it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Literal

from detection_stream.errors import InputError

OTHERS = 0o077
"""The permissions of everybody but the owner."""


def keep_files_private() -> None:
    """Let this process and those that it starts create files for their owner only."""
    os.umask(OTHERS)


def private_directory(directory: Path) -> Path:
    """A directory for its owner only, created if missing; others lose what they could do in it.

    Raises:
        OSError: it cannot be created.
    """
    directory.mkdir(0o700, parents=True, exist_ok=True)
    mode = directory.stat().st_mode
    if mode & OTHERS:
        # Mounted volumes may belong to somebody else.
        with suppress(PermissionError):
            directory.chmod(mode & ~OTHERS & 0o7777)
    return directory


def new_directory(directory: Path) -> Path:
    """A directory for results: for its owner only if it is new, else as it is.

    Raises:
        OSError: it cannot be created.
    """
    directory.mkdir(0o700, parents=True, exist_ok=True)
    return directory


def refuse_shared(file: Path) -> None:
    """Check that nobody but its owner can read a file of secrets.

    Raises:
        InputError: others can.
        OSError: it cannot be looked at.
    """
    if file.stat().st_mode & OTHERS:
        raise InputError(f"{file}: others can read it; `chmod 600 {file}`")


def open_private(file: Path, mode: Literal["wb", "ab"]) -> BinaryIO:
    """Open a binary file; a new one is for its owner only, an old one stays as it is.

    Raises:
        OSError: it cannot be opened.
    """
    # Path.open has no opener.
    return open(file, mode, opener=lambda path, flags: os.open(path, flags, 0o600))


def write_private(file: Path, content: bytes) -> None:
    """Write a whole file.

    Raises:
        OSError: it cannot be written.
    """
    with open_private(file, "wb") as opened:
        opened.write(content)
