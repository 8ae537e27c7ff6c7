"""Describes parts that are not body text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from detection_stream.model.message import Attachment
from detection_stream.parsing import limits
from detection_stream.parsing.content_format import PAGES, format_of, runs_script
from detection_stream.parsing.encryption import is_encrypted

_MAGIC = 16
MAX_NAME_LENGTH = 1_000
"""Characters of a file name or content type."""
MAX_OTHER_NAMES = 8
"""Further names of one file that are kept."""


def describe(
    filename: str,
    content_type: str,
    content: bytes,
    other_names: Sequence[str] = (),
    *,
    size: int | None = None,
) -> Attachment:
    """A file by its decoded content, or by the first bytes of it if its ``size`` is given."""
    kind = format_of(content)
    return Attachment(
        filename=_shown(filename),
        content_type=content_type[:MAX_NAME_LENGTH].lower(),
        size=len(content) if size is None else size,
        sha256=hashlib.sha256(content).hexdigest() if size is None else "",
        magic=content[:_MAGIC],
        other_names=tuple(map(_shown, other_names[:MAX_OTHER_NAMES])),
        format=kind,
        encrypted=is_encrypted(content, kind),
        scripted=kind in PAGES and runs_script(content[: limits.MAX_BODY_BYTES]),
    )


def _shown(filename: str) -> str:
    return " ".join(filename[:MAX_NAME_LENGTH].split())
