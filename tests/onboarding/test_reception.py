"""A tenant's reception is found from mail of every make, and attackers teach nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from detection_stream.cli.job import run_job
from detection_stream.demo import OWN_DOMAINS, TENANT, generate, write_mbox
from detection_stream.ingest.raw_records import profile_record
from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Message
from detection_stream.model.reception import UNKNOWN_RECEPTION, Reception
from detection_stream.model.tenant import TenantProfile
from detection_stream.onboarding.reception import find_reception
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.runtime.embedded.recorded import RecordedDirectory
from detection_stream.runtime.embedded.running import running
from topologies import blueprint

OWN = frozenset({"own.example"})
START = datetime(2025, 3, 3, 9, tzinfo=UTC)
PASS = "spf=pass smtp.mailfrom=a@x.example; dkim=pass header.d=x.example; dmarc=pass"

Make = Callable[[str, int], str]


def _stamp(number: int) -> str:
    return format_datetime(START + timedelta(hours=7 * number))


def _foreign(number: int) -> str:
    """The name and address of a host that is another one for each message."""
    return f"mail.out{number}.example (mail.out{number}.example [198.51.{number % 250}.7])"


def _demo(extra: str, number: int) -> str:
    return (
        f"Received: from {_foreign(number)} by mx.own.example with ESMTPS; {_stamp(number)}\n"
        f"Authentication-Results: mx.own.example; {PASS}\n{extra}"
    )


def _postfix(extra: str, number: int) -> str:
    return (
        f"Authentication-Results: dmarc.own.example; dmarc=pass header.from=x.example\n"
        f"Authentication-Results: dkim.own.example; dkim=pass header.d=x.example\n"
        f"Received-SPF: Pass (mailfrom) identity=mailfrom; receiver=<UNKNOWN>\n"
        f"Received: from {_foreign(number)} by mx.own.example with ESMTPS;"
        f" {_stamp(number)}\n{extra}"
    )


def _google(extra: str, number: int) -> str:
    return (
        f"Received: by 2002:a05:6a10:: with SMTP id 1; {_stamp(number)}\n"
        f"Received: from {_foreign(number)} by mx.google.com with ESMTPS; {_stamp(number)}\n"
        "Received-SPF: pass (google.com: domain of a@x.example designates 198.51.1.7)\n"
        f"Authentication-Results: mx.google.com; {PASS}\n{extra}"
    )


def _microsoft(extra: str, number: int) -> str:
    store, front = "AM1.eurprd01.prod.outlook.com", "VE1.eurprd01.prod.outlook.com"
    return (
        f"Received: from {store} (2603:10a6:20b::1) by {store} with HTTPS; {_stamp(number)}\n"
        f"Received: from {front} (2603:10a6:20b::2) by {store} with Microsoft SMTP;"
        f" {_stamp(number)}\n"
        "Authentication-Results: spf=pass (sender IP is 198.51.1.7)\n"
        " smtp.mailfrom=x.example; dkim=pass header.d=x.example; dmarc=pass action=none\n"
        "Received-SPF: Pass (protection.outlook.com: domain of x.example designates 198.51.1.7\n"
        " as permitted sender) receiver=protection.outlook.com; client-ip=198.51.1.7\n"
        f"Received: from {_foreign(number)} by {front} with Microsoft SMTP Server;"
        f" {_stamp(number)}\n{extra}"
    )


def _none(extra: str, number: int) -> str:
    return (
        f"Received: from {_foreign(number)} by mx.own.example with ESMTP; {_stamp(number)}\n{extra}"
    )


def _mail(trace: str, number: int, sender: str = "") -> Message:
    sender = sender or f"a{number}@out{number}.example"
    return parse_message(f"{trace}From: {sender}\nTo: p@own.example\nSubject: s\n\ntext\n".encode())


def _inbound(make: Make, count: int = 200, forged: int = 0) -> list[Message]:
    """Mail of a make; ``forged`` of it has results that its sender wrote."""
    lie = f"Authentication-Results: evil.example; {PASS}\n"
    return [_mail(make(lie if n < forged else "", n), n) for n in range(count)]


@pytest.mark.parametrize(
    ("make", "names", "below"),
    [
        (_demo, {"mx.own.example"}, True),
        (_postfix, {"dmarc.own.example", "dkim.own.example"}, False),
        (_google, {"mx.google.com"}, True),
        (_microsoft, {"", "protection.outlook.com"}, False),
    ],
)
def test_results_of_every_make(make: Make, names: set[str], below: bool) -> None:
    found = find_reception(_inbound(make, forged=20), OWN)
    assert found == Reception(frozenset(names), "usual", below)


@pytest.mark.parametrize("forged", [0, 1])
def test_a_tenant_whose_hosts_check_nothing(forged: int) -> None:
    assert find_reception(_inbound(_none, forged=forged), OWN) == Reception(
        results="never", results_below=False
    )


def test_attackers_who_forge_often_are_not_learnt() -> None:
    found = find_reception(_inbound(_none, forged=30), OWN)
    assert found == Reception(results="", results_below=False)


def test_a_forwarder_is_not_learnt() -> None:
    """A list's host checks and writes like an own one, but only in mail that comes from it."""
    relay = "mail.list.example (mail.list.example [203.0.113.9])"
    forwarded = [
        _mail(
            f"Received: from {relay} by mx.own.example with ESMTP; {_stamp(n)}\n"
            f"Authentication-Results: checks.list.example; {PASS}\n",
            n,
        )
        for n in range(150)
    ]
    found = find_reception([*_inbound(_none, 100), *forwarded], OWN)
    assert found.authserv_ids == frozenset()
    assert not found.results_below


def test_some_mail_with_results_is_neither_usual_nor_never() -> None:
    found = find_reception([*_inbound(_none, 120), *_inbound(_postfix, 80)], OWN)
    assert found.results == ""
    assert found.authserv_ids == {"dmarc.own.example", "dkim.own.example"}


def test_a_host_without_messages_enough_is_not_learnt() -> None:
    lone = (
        f"Authentication-Results: old.own.example; {PASS}\n"
        f"Received: from {_foreign(1)} by mx.own.example with ESMTP; {_stamp(1)}\n"
    )
    found = find_reception([*_inbound(_demo), *(_mail(lone, n) for n in range(3))], OWN)
    assert found.authserv_ids == {"mx.own.example"}


def test_a_small_sample_tells_nothing() -> None:
    assert find_reception(_inbound(_demo, 99), OWN) == UNKNOWN_RECEPTION
    assert find_reception([], OWN) == UNKNOWN_RECEPTION


def test_mail_of_own_hosts_is_not_counted() -> None:
    """It carries no results, whatever address it is from."""
    local = "Received: from app (app.own.example [10.0.0.7]) by mx.own.example with ESMTP; x\n"
    inside = [_mail(local, n, "robot@service.example") for n in range(200)]
    assert find_reception([*_inbound(_demo), *inside], OWN).results == "usual"


def test_names_that_are_given_are_the_ones_looked_for() -> None:
    given = frozenset({"mx.own.example"})
    assert find_reception(_inbound(_demo), OWN, given) == Reception(given, "usual", True)
    found = find_reception(_inbound(_postfix), OWN, given)
    assert found == Reception(given, "", False)


def _claims(
    count: int, every_hours: int, results: str = "", sender: str = "pay@own.example"
) -> Iterable[Message]:
    host = "out.payroll.example (out.payroll.example [203.0.113.80])"
    for number in range(count):
        at = format_datetime(START + timedelta(hours=every_hours * number))
        said = f"Authentication-Results: mx.own.example; {results or 'spf=none; dmarc=none'}\n"
        trace = f"Received: from {host} by mx.own.example with ESMTPS; {at}\n{said}"
        yield _mail(trace, number, sender)


HOST = frozenset({"out.payroll.example"})


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (list(_claims(30, 30)), HOST),
        (list(_claims(15, 60)), frozenset()),
        (list(_claims(60, 8)), frozenset()),
        (list(_claims(30, 30, "spf=pass smtp.mailfrom=own.example; dmarc=pass")), frozenset()),
        ([*_claims(30, 30), *_claims(1, 1, "spf=fail smtp.mailfrom=own.example")], frozenset()),
        ([*_claims(30, 30), *_claims(6, 30, sender="a@other.example")], frozenset()),
    ],
    ids=["regular", "few", "campaign", "proven", "refuted", "shared"],
)
def test_hosts_that_send_own_mail_without_proof(
    claims: list[Message], expected: frozenset[str]
) -> None:
    assert find_reception([*_inbound(_demo), *claims], OWN).internal_hosts == expected


def test_a_run_puts_it_on_every_record_and_a_second_one_agrees(tmp_path: Path) -> None:
    mail = tmp_path / "mail.mbox"
    write_mbox(mail, generate(300, seed=3))
    for _ in range(2):
        run_job([mail], TENANT, frozenset(OWN_DOMAINS), [], tmp_path / "data", tmp_path / "out")
    with RecordedDirectory(tmp_path / "data") as recorded:
        batches = recorded.read("messages.raw", recorded.extents("messages.raw"))
        found = [Envelope.from_headers(one.headers) for _, records in batches for one in records]
    expected = Reception(frozenset({"mx.harborlight.example"}), "usual")
    assert [one.reception for one in found] == [expected] * 300


def test_a_run_takes_that_of_a_stored_profile(tmp_path: Path) -> None:
    given = Reception(frozenset({"mx.given.example"}), "never", False)
    data = tmp_path / "data"
    profile = TenantProfile(TENANT, frozenset(OWN_DOMAINS), reception=given)
    asyncio.run(_onboarded(data, profile))
    mail = tmp_path / "mail.mbox"
    write_mbox(mail, generate(200, seed=3))
    run_job([mail], TENANT, frozenset(OWN_DOMAINS), [], data, tmp_path / "out")
    with RecordedDirectory(data) as recorded:
        batches = recorded.read("messages.raw", recorded.extents("messages.raw"))
        found = [Envelope.from_headers(one.headers) for _, records in batches for one in records]
    assert [one.reception for one in found if one.format == "rfc5322"] == [given] * 200


async def _onboarded(data: Path, profile: TenantProfile) -> None:
    flow = blueprint().topology()
    async with running(data, flow) as engine:
        engine.log(flow.source("mail").name, 0).append(*profile_record(profile, 0, engine.keys))
        engine.arrived.set()
        await engine.wait_idle()
