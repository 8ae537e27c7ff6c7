"""Whatever a response lacks is reported, by notes and by index progress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detection_stream.web.members import queries as q
from detection_stream.web.members.cluster import MemberAwayError
from detection_stream.web.view import API
from tests.web.stand_in import StandIn, client

UID = "0" * 32
HALF = q.IndexState(5, 10)
VERDICT: dict[str, Any] = {
    "uid": UID, "tenant": "acme", "sender": "a@b.c", "subject": "x", "verdict": "safe",
    "attack_type": None, "score": 0.0, "detectors": [], "direction": "inbound", "sender_name": "",
    "recipients": [], "received_at": "2026-01-01T00:00:00.000Z", "revision": 1,
    "missing_levels": [], "tenant_status": "active", "message_id": "1@b", "state_version": 1,
}  # fmt: skip
ANSWERS: dict[str, q.Answer] = {
    "MessageVerdicts": q.MessageVerdictsAnswer(
        partitions=[0, 1], index=HALF, revisions=[VERDICT], attribution=None, usual={}
    ),
    "Get": q.GetAnswer(partitions=[0, 1], entries=[], watermarks={}),
    "Raw": q.RawAnswer(partitions=[0, 1], mail=None, origin=None),
    "Networks": q.NetworksAnswer(
        partitions=[0, 1], index=HALF, networks=[], authentication={}, messages=0
    ),
}


@pytest.mark.parametrize(
    ("path", "failing"),
    [
        ("", "Counts"),
        ("", "Status"),
        ("", "Verdicts"),
        ("/detectors/gift_card_request", "Counts"),
        ("/detectors/gift_card_request", "Verdicts"),
        (f"/verdicts/{UID}", "Verdicts"),
        (f"/verdicts/{UID}/mail", "Raw"),
        ("/networks?tenant=acme&value=a@b.c", "Networks"),
        ("/entities/address?tenant=acme&value=a@b.c", "Contacts"),
        ("/entities/address?tenant=acme&value=a@b.c", "Get"),
        ("/tenants/acme", "Scan"),
    ],
)
async def test_what_nobody_answered_is_named(path: str, failing: str, tmp_path: Path) -> None:
    answers: dict[str, q.Answer | Exception] = {**ANSWERS}
    answers[failing] = MemberAwayError("it is away")
    member = StandIn(**answers)
    async with client(member, tmp_path) as site:
        answer = await (await site.get(f"{API}{path}")).json()
    said = " ".join(answer.get("notes", [])) + answer.get("detail", "")
    assert "Partitions 0, 1 missing: stand-in: it is away" in said


@pytest.mark.parametrize(
    "path", [f"/verdicts/{UID}", f"/verdicts/{UID}/mail", "/networks?tenant=acme&value=a@b.c"]
)
async def test_an_index_that_is_behind_says_so(path: str, tmp_path: Path) -> None:
    async with client(StandIn(**ANSWERS), tmp_path) as site:
        assert (await (await site.get(f"{API}{path}")).json())["index"]["known"]
        page = await (await site.get(path)).text()
    assert "still being indexed" in page


async def test_a_message_that_is_not_indexed_yet_may_come(tmp_path: Path) -> None:
    none = q.MessageVerdictsAnswer(
        partitions=[0, 1],
        index=q.IndexState(0, 0, known=False),
        revisions=[],
        attribution=None,
        usual={},
    )
    async with client(StandIn(MessageVerdicts=none), tmp_path) as site:
        answer = await site.get(f"{API}/verdicts/{UID}")
        assert answer.status == 404
        assert "indexed yet" in (await answer.json())["detail"]
