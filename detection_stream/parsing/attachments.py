"""Describes parts that are not body text."""

from __future__ import annotations

import hashlib

from detection_stream.model.message import Attachment

_MAGIC = 16
MAX_NAME_LENGTH = 1_000
"""Characters of a file name or content type."""


def describe(filename: str, content_type: str, content: bytes) -> Attachment:
    """Name, type, decoded size in bytes, SHA-256 of the full content, first 16 bytes."""
    return Attachment(
        filename=" ".join(filename[:MAX_NAME_LENGTH].split()),
        content_type=content_type[:MAX_NAME_LENGTH].lower(),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        magic=content[:_MAGIC],
    )
