"""The demo's mail as a file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from detection_stream.demo.stream import DemoMessage
from detection_stream.simulation import mbox


def write_mbox(path: Path, messages: Iterable[DemoMessage]) -> dict[str, int]:
    """Write an mboxrd file and ``labels.jsonl`` next to it; returns the count of each kind.

    Each object of the labels has ``message_id``, ``kind`` and ``scenario``.
    """
    return mbox.write_mbox(path, map(_labelled, messages))


def _labelled(message: DemoMessage) -> mbox.LabelledMail:
    label = {"message_id": message.message_id, "kind": message.kind, "scenario": message.scenario}
    return mbox.LabelledMail(message.raw, message.received_at, label)
