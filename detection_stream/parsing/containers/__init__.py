"""Opens containers: each module reads one format, within the caps of ``limits``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from detection_stream.parsing.containers.archives import open_gzip, open_tar, open_zip
from detection_stream.parsing.containers.calendars import open_calendar
from detection_stream.parsing.containers.encoded_files import open_encoded
from detection_stream.parsing.containers.opened import Opened
from detection_stream.parsing.containers.outlook import open_outlook
from detection_stream.parsing.containers.rich_text import open_rich_text
from detection_stream.parsing.containers.signed import open_signed
from detection_stream.parsing.containers.tnef import open_tnef
from detection_stream.parsing.enclosure import Enclosure, EnclosureKind

OPENERS: Final[dict[EnclosureKind, Callable[[Enclosure, int], Opened]]] = {
    "calendar": open_calendar,
    "encoded": open_encoded,
    "gzip": open_gzip,
    "outlook": open_outlook,
    "rtf": open_rich_text,
    "signed": open_signed,
    "tar": open_tar,
    "tnef": open_tnef,
    "zip": open_zip,
}
"""For each kind what opens it, unpacking at most a number of bytes."""
