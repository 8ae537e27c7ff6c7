"""JSON lines: one message per line, in its JSON form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from detection_stream.errors import MessageError
from detection_stream.ingest.compression import BLOCK
from detection_stream.parsing.json_document import read_document

_FIELDS = frozenset(
    ("message_id", "subject", "from", "to", "cc", "headers", "text", "html", "date", "received_at")
)
_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line that is not blank: its first byte, its length in bytes and its number from 1."""

    position: int
    length: int
    number: int


def split(file: BinaryIO) -> Iterator[Line]:
    """Every line that is not blank, without line end and byte order mark."""
    file.seek(0)
    start = len(_BOM) if file.read(len(_BOM)) == _BOM else 0
    file.seek(start)
    offset, number, blank = start, 1, True
    while block := file.read(BLOCK):
        done = 0
        while (end := block.find(b"\n", done)) >= 0:
            if not blank or block[done:end].strip():
                yield Line(start, offset + end - start, number)
            done = end + 1
            start, number, blank = offset + done, number + 1, True
        blank = blank and not block[done:].strip()
        offset += len(block)
    if not blank:
        yield Line(start, offset - start, number)


def document_of(line: bytes) -> Mapping[str, Any] | None:
    """The fields of a message in the line's JSON object; None if it is anything else."""
    try:
        return read_document(line).fields
    except MessageError:
        return None


def is_message(document: Mapping[str, Any]) -> bool:
    """Whether the object has any field of a message."""
    return not _FIELDS.isdisjoint(document)
