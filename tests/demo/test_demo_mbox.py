"""The demo's mail as a file."""

from __future__ import annotations

import mailbox
from collections import Counter
from pathlib import Path

import orjson

from detection_stream.demo import DemoMessage, generate, write_mbox


def test_labels_line_up_with_the_messages(tmp_path: Path) -> None:
    path = tmp_path / "demo.mbox"
    stream = list(generate(300, seed=4))
    counts = write_mbox(path, iter(stream))
    labels = [orjson.loads(line) for line in (tmp_path / "labels.jsonl").read_bytes().splitlines()]
    assert labels == [
        {"message_id": one.message_id, "kind": one.kind, "scenario": one.scenario} for one in stream
    ]
    assert counts == Counter(one.kind for one in stream)
    box = mailbox.mbox(path)
    try:
        assert [str(message["Message-ID"]).strip("<>") for message in box] == [
            label["message_id"] for label in labels
        ]
    finally:
        box.close()


def test_lines_that_begin_with_from_are_quoted(tmp_path: Path) -> None:
    raw = b"Subject: x\r\n\r\nFrom here\r\n>From there\r\n"
    path = tmp_path / "demo.mbox"
    write_mbox(path, [DemoMessage(raw, "a@b.example", 1_736_150_400_000, "safe", "hand_made")])
    assert path.read_bytes() == (
        b"From MAILER-DAEMON Mon Jan  6 08:00:00 2025\nSubject: x\n\n>From here\n>>From there\n\n"
    )
