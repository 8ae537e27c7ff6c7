"""Who got a message, from its envelope and from journal reports, and whom those are believed."""

from __future__ import annotations

import asyncio
import smtplib
from pathlib import Path
from typing import Any

import orjson
import pytest

from detection_stream.ingest.intake import NO_TRANSACTION, MailTransaction, raw_record
from detection_stream.ingest.smtp import Listener, serve_smtp
from detection_stream.model.envelope import MAX_RECIPIENTS, Envelope
from detection_stream.model.organisation import Organisation
from detection_stream.parsing.identity import identify
from detection_stream.state.database import Database
from tests.reading.cases import OWN_DOMAINS, raw, reading
from tests.topology.harness import ATTRIBUTIONS, VERDICTS, Pipeline

AT = 1_714_557_600_000
BOB, CAROL = "bob@acme.example", "carol@acme.example"
TOP = b"Received: from out.x.example (out.x.example [192.0.2.9]) by mx.acme.example with ESMTPS\n"
INSIDE = b"Received: from ex1.acme.example (10.0.0.9) by ex2.acme.example with SMTP\n"
HEAD = b"From: Pat <pat@x.example>\nSubject: Hi\nMessage-ID: <1@x.example>\n"
SYSTEM = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@acme.example"


def judged(tmp_path: Path, mail: bytes, **fields: Any) -> dict[str, Any]:
    """The verdict on a message with such an envelope, with its signals."""
    pipeline = Pipeline(Database(tmp_path / "data"))
    pipeline.feed_with(Envelope("t", OWN_DOMAINS, AT, **fields), mail)
    pipeline.run()
    (verdict,) = map(orjson.loads, pipeline.values(VERDICTS))
    (attribution,) = map(orjson.loads, pipeline.values(ATTRIBUTIONS))
    return {**verdict, "signals": attribution["signals"]}


def test_envelopes_survive_as_headers() -> None:
    sent = Envelope("t", OWN_DOMAINS, AT, mail_from="a@b.example", rcpt_to=(BOB, CAROL))
    assert Envelope.from_headers(sent.headers()) == sent
    assert "rcpt_to" not in Envelope("t", OWN_DOMAINS, AT).headers()
    many = tuple(f"{number}@acme.example" for number in range(2 * MAX_RECIPIENTS))
    odd = Envelope("t", OWN_DOMAINS, AT, rcpt_to=("x" * 400, "a\nb@c.example", "\udcff", *many))
    found = Envelope.from_headers(odd.headers()).rcpt_to
    assert len(found) == MAX_RECIPIENTS
    assert found[:2] == ("a b@c.example", "?")


def test_a_blind_copy_is_mail_to_those_who_got_it(tmp_path: Path) -> None:
    found = judged(tmp_path, raw("smtp-bcc.eml"), rcpt_to=(BOB, CAROL, "copy@archive.example"))
    assert found["recipients"] == [BOB, CAROL]
    assert found["direction"] == "inbound"
    assert found["signals"]["message.recipient_count"] == 2
    assert found["signals"]["message.undisclosed_recipients"] == 1
    assert found["missing_levels"] == []
    assert any(name.startswith("pair.") for name in found["signals"])


def test_recipients_behind_many_listed_ones_count(tmp_path: Path) -> None:
    listed = ", ".join(f"{number}@other.example" for number in range(40)).encode()
    found = judged(tmp_path, TOP + HEAD + b"To: " + listed + b"\n\nhi\n", rcpt_to=(BOB,))
    assert found["recipients"][0] == BOB


@pytest.mark.parametrize(
    "name", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Gm-Original-To"]
)
def test_fields_of_the_receiving_host(tmp_path: Path, name: str) -> None:
    field = f"{name}: <Bob@acme.example>\n".encode()
    assert judged(tmp_path / "a", field + TOP + HEAD + b"\nhi\n")["recipients"] == [BOB]
    # A sender can write these.
    assert judged(tmp_path / "b", TOP + field + HEAD + b"\nhi\n")["recipients"] == []
    foreign = field.replace(b"acme", b"other")
    assert judged(tmp_path / "c", foreign + TOP + HEAD + b"\nhi\n")["recipients"] == []


def test_blind_copies_that_a_field_names(tmp_path: Path) -> None:
    field = b"Bcc: bob@acme.example\n"
    assert judged(tmp_path, TOP + HEAD + field + b"\nhi\n")["recipients"] == [BOB]


def report(top: bytes, sender: str, inner: bytes, extra: bytes = b"", lines: str = "") -> bytes:
    """A journal report on a message."""
    head = f"From: {sender}\nTo: journal@acme.example\nSubject: Hi\nX-MS-Journal-Report:\n"
    kind = b"Message-ID: <r@acme.example>\nContent-Type: multipart/mixed; boundary=b\n\n"
    text = f"Sender: pat@x.example\nSubject: Hi\nMessage-Id: <1@x.example>\n{lines}".encode()
    return b"".join(
        (
            *(top, head.encode(), kind, b"--b\nContent-Type: text/plain\n\n", text),
            *(b"\n--b\nContent-Type: message/rfc822\n\n", inner, b"\n", extra, b"--b--\n"),
        )
    )


INNER = (
    TOP.replace(b"\n", b"; 1 May 2024 09:59:00 +0000\n") + HEAD + b"To: bob@acme.example\n\nhi\n"
)
LINES = (
    "To: bob@acme.example\nBcc: carol@acme.example\nRecipient: dan@acme.example, "
    "Expanded: all@acme.example\nCc: eve@y.example, Forwarded: f@acme.example\n"
)


@pytest.mark.parametrize(
    "mail",
    [
        report(INSIDE, SYSTEM, INNER, lines=LINES),
        report(b"", SYSTEM, INNER, lines=LINES),
        report(INSIDE, "", INNER, lines=LINES).replace(b"From: \n", b""),
        report(INSIDE, SYSTEM, INNER, lines=LINES).replace(b"\n", b"\r\n"),
    ],
)
def test_a_report_from_inside_gives_way_to_its_message(tmp_path: Path, mail: bytes) -> None:
    found = judged(tmp_path, mail)
    assert (found["sender"], found["direction"]) == ("pat@x.example", "inbound")
    others = [CAROL, "dan@acme.example", "eve@y.example"]
    assert found["recipients"] == [*others, BOB]
    assert found["message_id"] == "1@x.example"
    assert found["received_at"].startswith("2024-05-01T09:59:00")
    assert found["signals"]["message.attachment_count"] == 0
    # It is the same message as the one that a copy over SMTP brings.
    assert found["uid"] == identify(INNER, "t")[1]


def test_mail_from_inside_stays_internal_in_a_report(tmp_path: Path) -> None:
    inner = INSIDE + b"From: ann@acme.example\nTo: bob@acme.example\nSubject: a\n\nhi\n"
    mail = report(INSIDE, SYSTEM, inner, lines="Recipient: bob@acme.example\n")
    assert judged(tmp_path, mail)["direction"] == "internal"
    assert judged(tmp_path / "o", mail.replace(INSIDE, TOP))["direction"] == "inbound"
    trusted = judged(tmp_path / "j", mail.replace(INSIDE, TOP, 1), journal=True)
    assert trusted["direction"] == "internal"


def test_a_report_that_bounced(tmp_path: Path) -> None:
    inner = report(INSIDE, SYSTEM, INNER, lines=LINES)
    head = b"From: postmaster@acme.example\nSubject: Undeliverable\nMIME-Version: 1.0\n"
    kind = b"Content-Type: multipart/report; report-type=delivery-status; boundary=n\n\n"
    status = b"--n\n\nNo room\n--n\nContent-Type: message/delivery-status\n\nAction: failed\n"
    bounce = head + kind + status + b"--n\nContent-Type: message/rfc822\n\n" + inner + b"\n--n--\n"
    assert judged(tmp_path / "a", INSIDE + bounce)["sender"] == "pat@x.example"
    assert judged(tmp_path / "b", TOP + bounce)["sender"] == "postmaster@acme.example"
    other = (INSIDE + bounce).replace(b"X-MS-Journal-Report:\n", b"")
    assert judged(tmp_path / "c", other)["sender"] == "postmaster@acme.example"


def test_when_a_report_says_when(tmp_path: Path) -> None:
    inner = HEAD + b"\nhi\n"
    for number, value in enumerate(("5/1/2024 9:58:00 AM", "Wed, 1 May 2024 09:58:00 +0000")):
        mail = report(INSIDE, SYSTEM, inner, lines=f"SentUtc: {value}\n")
        found = judged(tmp_path / str(number), mail)
        assert found["received_at"].startswith("2024-05-01T09:58:00")
    late = report(INSIDE, SYSTEM, inner, lines="SentUtc: 6/1/2024 9:58:00 AM\n")
    assert judged(tmp_path / "late", late)["received_at"].startswith("2024-05-01T10:00:00")


def test_a_report_and_a_copy_go_to_the_same_partition() -> None:
    organisation = Organisation("t", OWN_DOMAINS)
    mail = report(INSIDE, SYSTEM, INNER, lines=LINES)
    keys = {raw_record(one, "s", organisation, AT)[0] for one in (mail, INNER)}
    assert keys == {b"t\x001@x.example"}


def test_the_report_of_the_cases() -> None:
    found = reading("mime-journal")
    assert found.verdict not in {"safe", "graymail", "none"}
    assert found.has("inbound")
    assert found.signals["message.recipient_count"] == 2


PHISH = b"""From: news@good.example
To: bob@acme.example
Subject: News

hello
"""
LURE = "Your mailbox is suspended. Verify your account: https://login.evil.example/verify\n"


def test_a_report_from_outside_hides_nothing(tmp_path: Path) -> None:
    mail = report(TOP, "CEO <ceo@acme.example>", PHISH, lines=LURE)
    found = judged(tmp_path / "a", mail)
    assert (found["sender"], found["direction"]) == ("ceo@acme.example", "inbound")
    named = judged(tmp_path / "b", report(TOP, f"Tony Stark <{SYSTEM}>", PHISH, lines=LURE))
    assert named["sender"] == SYSTEM.lower()
    file = b"--b\nContent-Type: application/x; name=a.exe\n\nMZ\n"
    more = judged(tmp_path / "c", report(INSIDE, SYSTEM, PHISH, file), journal=True)
    assert more["sender"] == SYSTEM.lower()
    assert more["signals"]["message.attachment_risky"] == 1
    taken = judged(tmp_path / "d", report(TOP, SYSTEM, PHISH, lines=LURE))
    assert taken["signals"]["message.link_count"] >= 1
    assert taken["signals"]["message.language_credential"] > 0


def test_a_report_from_outside_makes_nothing_internal(tmp_path: Path) -> None:
    own = INSIDE + b"From: ceo@acme.example\nTo: bob@acme.example\nSubject: a\n\nhi\n"
    many = "".join(f"Recipient: {number}@acme.example\n" for number in range(900))
    found = judged(tmp_path, report(TOP, SYSTEM, own, lines=many))
    assert found["direction"] == "inbound"
    assert found["signals"]["message.recipient_count"] <= 17


def test_people_of_the_organisation_send_no_reports(tmp_path: Path) -> None:
    found = judged(tmp_path, report(INSIDE, "eve@acme.example", PHISH, lines=LINES))
    assert found["sender"] == "eve@acme.example"


class Box:
    """Takes messages."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, Envelope]] = []

    async def take(
        self, raw: bytes, source: str, transaction: MailTransaction = NO_TRANSACTION
    ) -> None:
        """As an intake does."""
        organisation = Organisation("t", OWN_DOMAINS)
        self.taken.append((raw, raw_record(raw, source, organisation, AT, transaction)[1]))


async def _sent(mail: bytes, sender: str, *recipients: str, utf8: bool = False) -> Box:
    box = Box()

    def send(address: str) -> None:
        host, _, port = address.rpartition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as client:
            client.ehlo()
            code, _ = client.docmd("MAIL", f"FROM:{sender}" + (" SMTPUTF8" if utf8 else ""))
            assert code == 250
            for one in recipients:
                assert client.docmd("RCPT", f"TO:{one}")[0] == 250
            assert client.data(mail)[0] == 250

    async with serve_smtp(box, Listener("127.0.0.1", 0)) as address:
        await asyncio.to_thread(send, address)
    return box


@pytest.mark.parametrize(
    ("sender", "recipients"),
    [
        ("<pat@x.example>", ("<bob@acme.example>", "<carol@acme.example>")),
        ("<>", ("<bob@acme.example>",)),
        (f"<{'a' * 65}@x.example>", (f"<{'b' * 65}@acme.example>",)),
        (" <pat@x.example>", (" <bob@acme.example>",)),
        ("<pat@x.example>", ('<"bob b"@acme.example>', "<IMCEAEX-_O=A_CN=B@acme.example>")),
    ],
)
async def test_transactions(sender: str, recipients: tuple[str, ...]) -> None:
    ((_, envelope),) = (await _sent(raw("smtp-bcc.eml"), sender, *recipients)).taken
    assert envelope.mail_from == sender.strip("<> ")
    assert envelope.rcpt_to == tuple(one.strip("<> ") for one in recipients)
    assert Envelope.from_headers(envelope.headers()) == envelope


@pytest.mark.parametrize("name", ["smtp-longline", "smtp-998"])
async def test_lines_of_any_length(name: str) -> None:
    ((mail, _),) = (await _sent(raw(f"{name}.eml"), "<a@b.example>", f"<{BOB}>")).taken
    assert mail == raw(f"{name}.eml").rstrip(b"\r\n") + b"\r\n"
    assert reading(name).verdict != "none"


@pytest.mark.parametrize("length", [1_001, 70_000, 5_000_000])
async def test_longer_lines(length: int) -> None:
    line = HEAD.replace(b"\n", b"\r\n") + b"\r\n" + b"x" * length + b"\r\n"
    ((mail, _),) = (await _sent(line, "<a@b.example>", f"<{BOB}>")).taken
    assert mail == line


@pytest.mark.parametrize("body", [b"Gr\xfc\xdfe", b"a\0b", b".\r\n..x"])
async def test_bodies(body: bytes) -> None:
    line = HEAD.replace(b"\n", b"\r\n") + b"\r\n" + body + b"\r\n"
    ((mail, _),) = (await _sent(line, "<a@b.example>", f"<{BOB}>")).taken
    assert mail == line


@pytest.mark.parametrize("name", ["lf.crlf", "lf.lf", "crlf.lf", "cr.cr", "crcrlf"])
def test_smuggled_mail_is_one_message(name: str) -> None:
    assert reading(f"smtp-smuggle-{name}").verdict != "none"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rcpt-encoded", {"tony@acme.example", "john@acme.example"}),
        ("rcpt-group", {BOB, CAROL, "dan@acme.example"}),
        ("rcpt-undisclosed", set()),
    ],
)
def test_listed_recipients(name: str, expected: set[str]) -> None:
    assert set(reading(name).recipients) - {""} == expected


def test_many_recipients() -> None:
    assert len(reading("rcpt-semicolon").recipients) == 2
    assert reading("rcpt-huge").verdict != "none"
    assert reading("rcpt-huge").message.truncated
