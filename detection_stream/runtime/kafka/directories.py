"""Where workers keep their data."""

from __future__ import annotations


def worker_directory(version: int, number: int | str) -> str:
    """Name of a worker's directory below the data directory, by version of its state."""
    return f"worker-{number}" if version == 1 else f"v{version}-worker-{number}"
