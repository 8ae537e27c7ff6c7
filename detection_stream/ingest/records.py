"""The index of one input: one record per message, in order."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection_stream.ingest import jsonlines
from detection_stream.ingest.message import has_header
from detection_stream.parsing.content_digest import mail_digest
from detection_stream.parsing.identity import (
    MAX_RECEIVED_MS,
    UNDATED,
    identify,
    identify_json,
    uid,
)

_RECORD = struct.Struct(">qQQqqq")
_FIELDS = ("received_at", "uid_high", "uid_low", "position", "length", "number")
_STORED = np.dtype(list(zip(_FIELDS, (">i8", ">u8", ">u8", ">i8", ">i8", ">i8"), strict=True)))

IndexRows = NDArray[np.void]
"""A 48-byte record per message, sorted by received_at (milliseconds), uid and position.

``position`` and ``length`` are bytes of the unpacked content. ``number`` counts messages or lines
from 1, or, for files with one message each, is the index in the list of files, from 0.
"""


class Builder:
    """Takes the messages of one input; ``readable`` counts the readable ones.

    None has arrived after ``latest`` (milliseconds since 1970), whatever dates are written in it.
    """

    def __init__(self, tenant: str, latest: int = MAX_RECEIVED_MS) -> None:
        self._tenant = tenant
        self._latest = latest
        self._buffer = bytearray()
        self.readable = 0

    def add_mail(
        self, raw: bytes, span: tuple[int, int, int], envelope_date: int | None = None
    ) -> None:
        """A message of RFC 5322; ``place`` is its position, length and number."""
        self.readable += has_header(raw)
        self._add(*identify(raw, self._tenant, envelope_date, self._latest), span)

    def add_json(self, raw: bytes, span: tuple[int, int, int]) -> None:
        """A message in its JSON form, or junk in its place."""
        document = jsonlines.document_of(raw)
        if document is None:
            self._add(UNDATED, uid(self._tenant, "", mail_digest(raw), UNDATED), span)
            return
        self.readable += jsonlines.is_message(document)
        self._add(*identify_json(document, raw, self._tenant, self._latest), span)

    def records(self) -> IndexRows:
        """The records of all messages in order."""
        found: NDArray[Any] = np.frombuffer(self._buffer, _STORED)
        found = found.astype(_STORED.newbyteorder("="))
        # lexsort uses its last key first and is stable.
        order = np.lexsort((found["uid_low"], found["uid_high"], found["received_at"]))
        return found[order]

    def _add(self, received_at: int, name: str, span: tuple[int, int, int]) -> None:
        number = int(name, 16)
        self._buffer += _RECORD.pack(
            received_at, number >> 64, number & 0xFFFF_FFFF_FFFF_FFFF, *span
        )
