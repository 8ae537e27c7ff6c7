"""The demo's mail as a file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from time import asctime, gmtime

import orjson

from detection_stream.demo.stream import DemoMessage

LABELS = "labels.jsonl"

_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)


def write_mbox(path: Path, messages: Iterable[DemoMessage]) -> dict[str, int]:
    """Write an mboxrd file and ``labels.jsonl`` next to it; returns the count of each kind.

    Lines end with a line feed, as mbox readers expect; each object of the labels has
    ``message_id``, ``kind`` and ``scenario``.
    """
    counts: Counter[str] = Counter()
    with path.open("wb") as mbox, path.with_name(LABELS).open("wb") as labels:
        for message in messages:
            arrived = asctime(gmtime(message.received_at // 1000))
            text = _FROM_LINE.sub(rb">\1", message.raw.replace(b"\r\n", b"\n"))
            mbox.write(b"From MAILER-DAEMON %b\n%b\n" % (arrived.encode(), text))
            label = {
                "message_id": message.message_id,
                "kind": message.kind,
                "scenario": message.scenario,
            }
            labels.write(orjson.dumps(label, option=orjson.OPT_APPEND_NEWLINE))
            counts[message.kind] += 1
    return dict(sorted(counts.items()))
