"""Live mail is received when it arrives, whatever dates its sender writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from detection_stream.ingest import intake
from detection_stream.ingest.intake import EngineIntake, arrival
from detection_stream.model.envelope import MAX_AHEAD_MS, Envelope
from detection_stream.model.organisation import Organisation
from detection_stream.model.reception import Reception
from detection_stream.parsing.mail_head import read_head
from detection_stream.runtime.embedded.running import running
from topologies import blueprint

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1_000)
TENANT = Organisation(
    "acme", frozenset({"own.com"}), reception=Reception(frozenset({"mx.own.com"}))
)


def _mail(received: timedelta | None, date: timedelta = timedelta(0)) -> bytes:
    top = ""
    if received is not None:
        top = f"Received: from a.example by mx.own.com; {format_datetime(NOW + received)}\r\n"
    head = f"{top}From: a@a.example\r\nTo: b@own.com\r\nDate: {format_datetime(NOW + date)}\r\n"
    return f"{head}Message-ID: <1@a.example>\r\n\r\ntext\r\n".encode()


@pytest.mark.parametrize(
    "received",
    [timedelta(0), timedelta(days=-7), timedelta(hours=-3), timedelta(minutes=10)],
)
def test_the_date_of_the_receiving_host_counts_where_it_is_near(received: timedelta) -> None:
    found = arrival(read_head(_mail(received, timedelta(days=30_000))).fields, NOW_MS)
    assert found == NOW_MS + received // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "received",
    [None, timedelta(days=-7, seconds=-1), timedelta(minutes=10, seconds=1), timedelta(days=9_000)],
)
def test_other_dates_do_not(received: timedelta | None) -> None:
    assert arrival(read_head(_mail(received, timedelta(days=-1))).fields, NOW_MS) == NOW_MS


async def test_what_is_taken_has_its_arrival_and_the_reception_of_its_tenant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MIN_FREE_BYTES", 0)
    flow = blueprint().topology()
    raw = flow.source("mail").name
    async with running(tmp_path / "data", flow, checkpoint_seconds=0.1) as engine:
        taking = EngineIntake(engine, raw, TENANT, now=lambda: NOW_MS)
        await taking.take(_mail(timedelta(days=9_000)), "test")
        (record,) = engine.log(raw, 0).read(0)
    envelope = Envelope.from_headers(record.headers)
    assert (record.timestamp, envelope.received_at) == (NOW_MS, NOW_MS)
    assert envelope.reception == TENANT.reception


@pytest.mark.parametrize(
    ("ahead", "written_at", "expected"),
    [
        (MAX_AHEAD_MS + 1, NOW_MS, NOW_MS),
        (MAX_AHEAD_MS, NOW_MS, NOW_MS + MAX_AHEAD_MS),
        (-MAX_AHEAD_MS * 9_000, NOW_MS, NOW_MS - MAX_AHEAD_MS * 9_000),
        (MAX_AHEAD_MS + 1, 0, NOW_MS + MAX_AHEAD_MS + 1),
        (MAX_AHEAD_MS + 1, -1, NOW_MS + MAX_AHEAD_MS + 1),
    ],
)
def test_no_record_is_received_long_after_it_was_written(
    ahead: int, written_at: int, expected: int
) -> None:
    headers = Envelope("acme", frozenset(), NOW_MS + ahead).headers()
    assert Envelope.from_headers(headers, written_at).received_at == expected
