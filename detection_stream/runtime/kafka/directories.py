"""Where workers keep their data, each in a directory locked for it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from detection_stream.errors import DataDirectoryError
from detection_stream.private_files import private_directory
from detection_stream.state.own_directory import check_own

LOCK = "lock"


def worker_directory(version: int, number: int | str) -> str:
    """Name of a worker's directory below the data directory, by state version."""
    return f"worker-{number}" if version == 1 else f"v{version}-worker-{number}"


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Lock a data directory for this process.

    Raises:
        DataDirectoryError: it cannot be created, holds files of others, or another worker has it.
    """
    try:
        check_own(data)
        private_directory(data)
        lock = (data / LOCK).open("w")
    except OSError as error:
        raise DataDirectoryError(
            f"{data}: {error.strerror}; use another directory with --data"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataDirectoryError(
                f"{data} is in use by another worker; stop it or use another --data"
            ) from error
        yield


def in_use(data: Path) -> bool:
    """Whether a worker holds a data directory."""
    if not (data / LOCK).exists():
        return False
    try:
        with held(data):
            return False
    except DataDirectoryError:
        return True
