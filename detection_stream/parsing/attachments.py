"""Describes parts that are not body text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from detection_stream.model.message import Attachment

_MAGIC = 16
MAX_NAME_LENGTH = 1_000
"""Characters of a file name or content type."""
MAX_OTHER_NAMES = 8
"""Further names of one file that are kept."""


def describe(
    filename: str, content_type: str, content: bytes, other_names: Sequence[str] = ()
) -> Attachment:
    """Name, type, decoded size in bytes, SHA-256 of the full content, first 16 bytes."""
    return Attachment(
        filename=_shown(filename),
        content_type=content_type[:MAX_NAME_LENGTH].lower(),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        magic=content[:_MAGIC],
        other_names=tuple(map(_shown, other_names[:MAX_OTHER_NAMES])),
    )


def _shown(filename: str) -> str:
    return " ".join(filename[:MAX_NAME_LENGTH].split())
