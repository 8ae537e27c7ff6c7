"""Detects the kind of a file by its name, else by its content."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePath

from detection_stream.ingest.compression import Compression, compression_of, contents
from detection_stream.ingest.mbox import from_line, is_mmdf
from detection_stream.ingest.message import looks_like_mail

_HEAD = 8192


class InputKind(Enum):
    """What a file holds; the value is its name in messages."""

    MESSAGE = "message"
    MBOX = "mbox"
    TAR = "tar archive"
    JSON_LINES = "file of JSON lines"


@dataclass(frozen=True, slots=True)
class Format:
    """What a file holds and how that is compressed."""

    kind: InputKind
    compression: Compression | None = None


_COMPRESSIONS = {
    ".gz": Compression.GZIP,
    ".xz": Compression.XZ,
    ".zst": Compression.ZSTD,
}
_SHORT = {
    ".tgz": Format(InputKind.TAR, Compression.GZIP),
    ".txz": Format(InputKind.TAR, Compression.XZ),
    ".tzst": Format(InputKind.TAR, Compression.ZSTD),
}
_KINDS = {
    ".eml": InputKind.MESSAGE,
    ".mbox": InputKind.MBOX,
    ".mbx": InputKind.MBOX,
    ".tar": InputKind.TAR,
    ".jsonl": InputKind.JSON_LINES,
    ".ndjson": InputKind.JSON_LINES,
    ".json": InputKind.JSON_LINES,
}

# Archives and mailboxes of other programs may hold the text of a mail, stored as it is.
_FOREIGN = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"!BDN", b"Rar!", b"7z\xbc\xaf")


def detect(path: Path) -> Format | None:
    """The format of a file; None if neither name nor content reveals it."""
    name = PurePath(path.name.lower())
    if short := _SHORT.get(name.suffix):
        return short
    compression = _COMPRESSIONS.get(name.suffix)
    kind = kind_of_name(name.with_suffix("").name if compression else name.name)
    if kind is None:
        compression = compression or compression_of(path)
        kind = kind_of_content(_head(path, compression))
    return Format(kind, compression) if kind else None


def kind_of_name(name: str) -> InputKind | None:
    """The kind indicated by a file name's last suffix."""
    return _KINDS.get(PurePath(name.lower()).suffix)


def kind_of_content(head: bytes) -> InputKind | None:
    """The kind indicated by the first bytes of the unpacked content."""
    if head[257:262] == b"ustar":
        return InputKind.TAR
    if head.startswith(_FOREIGN):
        return None
    if from_line(head.lstrip(b"\r\n")) or is_mmdf(head):
        return InputKind.MBOX
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return InputKind.JSON_LINES
    return InputKind.MESSAGE if looks_like_mail(head) else None


def _head(path: Path, compression: Compression | None) -> bytes:
    head = b""
    with closing(contents(path, compression)) as blocks:
        for block in blocks:
            head += block
            if len(head) >= _HEAD:
                break
    return head
