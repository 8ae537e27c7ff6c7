"""Simulated mail as files: an mbox, and labels next to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import asctime, gmtime
from typing import NamedTuple

import orjson

LABELS = "labels.jsonl"

_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)


class LabelledMail(NamedTuple):
    """A raw message, its arrival (milliseconds since 1970), and its label, None if it has none.

    A label has ``message_id``, ``kind`` and any further fields.
    """

    raw: bytes
    received_at: int
    label: Mapping[str, str] | None


def write_mbox(path: Path, messages: Iterable[LabelledMail]) -> dict[str, int]:
    """Write an mboxrd file and ``labels.jsonl`` next to it; returns the count of each kind.

    Lines end with a line feed, as mbox readers expect. Messages without a label count as ``""``.
    """
    counts: Counter[str] = Counter()
    with path.open("wb") as mbox, path.with_name(LABELS).open("wb") as labels:
        for raw, received_at, label in messages:
            arrived = asctime(gmtime(received_at // 1000))
            text = _FROM_LINE.sub(rb">\1", raw.replace(b"\r\n", b"\n"))
            mbox.write(b"From MAILER-DAEMON %b\n%b\n" % (arrived.encode(), text))
            if label is not None:
                labels.write(orjson.dumps(label, option=orjson.OPT_APPEND_NEWLINE))
            counts[label["kind"] if label else ""] += 1
    return dict(sorted(counts.items()))
