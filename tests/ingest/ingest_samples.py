"""Mail for the tests, and the ways to store it."""

from __future__ import annotations

import gzip
import lzma
import tarfile
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path

import zstandard

from detection_stream.ingest import InputMessage, open_inputs

PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


def mail(day: int, name: str = "", body: str = "Hello\n") -> bytes:
    """A message that arrived on that day of May 2024, at ten."""
    return (
        f"Received: from a by b; {day} May 2024 10:00:00 +0000\n"
        f"Message-ID: <{name or day}@example.com>\nFrom: ann@example.com\n\n{body}"
    ).encode()


def mbox_of(messages: Iterable[bytes]) -> bytes:
    """An mbox without quoting."""
    return b"".join(b"From a@b Mon Jan  1 00:00:00 2001\n" + one + b"\n" for one in messages)


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """A tar archive of these files."""
    target = BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    return target.getvalue()


def write(path: Path, content: bytes) -> Path:
    """The path, with that content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read(*paths: Path, done: Mapping[str, int] | None = None) -> list[InputMessage]:
    """All messages of these inputs."""
    with open_inputs(paths, paths[0].parent / "spool", "tenant") as inputs:
        return list(inputs.messages(done or {}))
