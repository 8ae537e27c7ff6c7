"""Mail dated 2099 moves no clock: not for another tenant, and not for its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from detection_stream.demo import OWN_DOMAINS, TENANT
from detection_stream.model.envelope import Envelope
from tests.topology.harness import RAW, WHOLE, Outcome, demo, pipeline

IN_2099 = 4_080_000_000_000
MOVED = 10
MESSAGES, BEFORE = 300, 200


def _run(
    directory: Path, tenant: str | None, *, at: int | None, sizes: tuple[int, ...] = WHOLE
) -> Outcome:
    """Demo mail; in between ten mails of a tenant whose producer believes their dates (``at``)."""
    messages = demo(MESSAGES)
    written_at = messages[BEFORE].received_at
    with pipeline(directory) as flow:
        flow.feed(messages[:BEFORE])
        for number in range(MOVED if tenant else 0):
            raw = (
                "Received: from x.example by y.example; Sat, 18 Apr 2099 10:40:00 +0000\r\n"
                f"From: a@x.example\r\nTo: b@{OWN_DOMAINS[0]}\r\nSubject: hello {number}\r\n"
                f"Message-ID: <{number}@x.example>\r\n\r\ntext\r\n"
            ).encode()
            said = written_at if at is None else at
            envelope = Envelope(tenant or "", frozenset(OWN_DOMAINS), said)
            flow._append(RAW, b"", raw, written_at, envelope.headers())
        flow.feed(messages[BEFORE:])
        flow.run(dict.fromkeys(flow.runners, sizes))
        return flow.outcome()


def _others(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """Verdicts of the demo's own mail by Message-ID."""
    verdicts = map(orjson.loads, outcome.verdicts)
    return {
        one["message_id"]: one
        for one in verdicts
        if one["tenant"] == TENANT and not one["message_id"].endswith("@x.example")
    }


def test_it_changes_nothing_for_another_tenant(tmp_path: Path) -> None:
    without = _run(tmp_path / "a", None, at=None)
    moved = _run(tmp_path / "b", "other", at=IN_2099)
    assert len(moved.verdicts) == len(without.verdicts) + MOVED
    assert _others(moved) == _others(without)


@pytest.mark.parametrize("sizes", [WHOLE, (7,)])
def test_for_its_own_it_is_mail_of_its_day(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    honest = _run(tmp_path / "a", TENANT, at=None)
    moved = _run(tmp_path / "b", TENANT, at=IN_2099, sizes=sizes)
    assert sorted(moved.verdicts) == sorted(honest.verdicts)
    assert sorted(moved.attributions) == sorted(honest.attributions)
    assert not moved.dead_letters


def test_it_changes_little_for_its_own(tmp_path: Path) -> None:
    without = _others(_run(tmp_path / "a", None, at=None))
    moved = _others(_run(tmp_path / "b", TENANT, at=IN_2099))
    assert moved.keys() == without.keys()
    assert [k for k in moved if moved[k]["verdict"] != without[k]["verdict"]] == []
