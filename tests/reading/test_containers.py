"""Containers are opened: what they hold counts like what stands beside them."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Callable
from pathlib import Path
from quopri import encodestring

import orjson
import pytest

from detection_stream.ingest.formats import InputKind, kind_of_content
from detection_stream.model.envelope import Envelope
from detection_stream.parsing import limits, parse_message
from detection_stream.state.database import Database
from tests.parsing.containers.samples import LINK, LURE, MAIL, PROGRAM, attached, signed, zipped
from tests.reading.cases import OWN_DOMAINS, raw, reading
from tests.topology.harness import VERDICTS, Pipeline

HOST = "login-portal.evil-b.example"
HARMLESS = {"safe", "graymail"}
PHISH = (
    b"From: Support <help@evil.example>\r\nSubject: Verify your account\r\n"
    b"Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\nContent-Type: text/html\r\n\r\n"
    b"Your password expires today. Verify your account: <a href=https://evil.example/x>here</a>"
    b"<form><input type=password></form>\r\n"
    b"--in\r\nContent-Type: text/plain; name=bill.txt\r\nContent-Disposition: attachment\r\n\r\n"
    b"Please buy gift cards and send me the codes.\r\n--in--\r\n"
)
REPORTS = {
    "feedback-report": b"Feedback-Type: abuse\r\nUser-Agent: x\r\nVersion: 1\r\n",
    "delivery-status": b"Reporting-MTA: dns; mx\r\n\r\nAction: failed\r\n",
    "global-delivery-status": b"Reporting-MTA: dns; mx\r\n\r\nAction: failed\r\n",
}


@pytest.mark.parametrize(
    ("case", "host"),
    [
        ("mime-rfc822", HOST),
        ("mime-ics-inline", HOST),
        ("mime-smime-opaque", HOST),
        ("ok-arf", "evil-g.example"),
        ("ok-invite", "meet.ok-invite.example"),
    ],
)
def test_links_in_containers_are_seen(case: str, host: str) -> None:
    assert host in reading(case).hosts


@pytest.mark.parametrize(
    ("case", "file"),
    [
        ("mime-rfc822", "viewer.exe"),
        ("mime-uu", "invoice.exe"),
        ("ok-dmarc-zip", "r.xml"),
        ("ok-tlsrpt", "r.json"),
        ("mime-smime-clear", "a.pdf"),
        ("mime-smime-clear", "smime.p7s"),
        ("mime-dispo-top", "f.jpg"),
        ("mime-body-named", "l.png"),
        ("part-noclose", "invoice.exe"),
        ("ok-pgp", "encrypted.asc"),
    ],
)
def test_files_are_seen(case: str, file: str) -> None:
    assert file in reading(case).files


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("mime-uu", "hello"),
        ("mime-smime-clear", "Signed hello"),
        ("mime-body-named", "Real body words"),
        ("mime-dispo-top", "foobar"),
        ("mime-txt-inline-named", "First body words"),
        ("part-noclose", "Please find it attached."),
        ("mime-dsn", "Your message could not be delivered to x@gone.example."),
    ],
)
def test_bodies_are_read(case: str, text: str) -> None:
    assert reading(case).message.text == text


def test_what_a_signature_wraps_is_the_body() -> None:
    assert reading("mime-smime-opaque").message.text.startswith("Your mailbox is suspended.")


@pytest.mark.parametrize(
    "case", ["mime-rfc822", "mime-ics-inline", "mime-smime-opaque", "mime-uu", "part-noheaders"]
)
def test_an_attack_in_a_container_is_one(case: str) -> None:
    assert reading(case).verdict not in HARMLESS


@pytest.mark.parametrize(
    "case",
    [
        "mime-dsn",
        "mime-smime-clear",
        "ok-arf",
        "ok-dmarc-gz",
        "ok-dmarc-zip",
        "ok-invite",
        "ok-mdn",
        "ok-pgp",
        "ok-tlsrpt",
    ],
)
def test_everyday_containers_are_harmless(case: str) -> None:
    assert reading(case).verdict in HARMLESS


def test_what_stands_behind_the_last_part_has_a_verdict() -> None:
    assert reading("part-epilogue").verdict != "none"


# Messages


@pytest.mark.parametrize(
    "content_type", ["message/rfc822", "message/global", "application/octet-stream"]
)
@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("base64", encodebytes), ("quoted-printable", encodestring), ("8bit", bytes)],
)
def test_attached_messages_are_read_in_any_encoding(
    content_type: str, encoding: str, encode: Callable[[bytes], bytes]
) -> None:
    head = f"Content-Type: {content_type}\nContent-Transfer-Encoding: {encoding}\n\n"
    for single in (True, False):
        part = head.encode() + encode(MAIL)
        around = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\n"
        whole = part if single else around + part + b"\n--b--\n"
        message = parse_message(b"From: ann@a.example\n" + whole)
        assert LINK in {link.url for link in message.links}


@pytest.mark.parametrize(("kind", "name"), [("application/mbox", ""), ("x/y", "a.mbox")])
def test_the_first_message_of_an_attached_mbox_is_read(kind: str, name: str) -> None:
    inner = b"From ann@a.example Wed May  1 10:00:00 2024\n" + attached(PROGRAM, "x/y", "a.exe")
    message = parse_message(attached(inner, kind, name))
    assert "a.exe" in [one.filename for one in message.attachments]


def test_containers_within_containers_are_opened() -> None:
    inner = zipped({"letter.eml": attached(signed(MAIL), "application/pkcs7-mime", "smime.p7m")})
    message = parse_message(attached(attached(inner, "x/y", "a.zip"), "message/rfc822"))
    assert [one.filename for one in message.attachments] == ["", "a.zip", "letter.eml", "smime.p7m"]
    assert LURE in message.attached_text


def test_all_depth_ends_at_the_cap() -> None:
    inner = PROGRAM
    for _ in range(limits.MAX_ENCLOSED_MESSAGES + 2):
        inner = zipped({"a.zip": inner})
    message = parse_message(attached(inner, "application/zip", "a.zip"))
    assert "enclosed-messages" in message.truncated
    assert len(message.attachments) == limits.MAX_ENCLOSED_MESSAGES + 1


# Reports


def report(kind: str, returned: bytes, content_type: str = "message/rfc822") -> bytes:
    """A bounce or abuse report that returns a message."""
    return (
        b"Received: from out.isp.example (out.isp.example [192.0.2.7]) by mx.acme.example\r\n"
        b"From: Reports <reports@isp.example>\r\nTo: bob@acme.example\r\nSubject: Report\r\n"
        b"Date: Wed, 01 May 2024 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; report-type=x; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nThis message was reported or came back.\r\n"
        b"--b\r\nContent-Type: message/" + kind.encode() + b"\r\n\r\n" + REPORTS[kind] + b"\r\n"
        b"--b\r\nContent-Type: " + content_type.encode() + b"\r\n\r\n" + returned + b"\r\n--b--\r\n"
    )


def verdict_of(mail: bytes, directory: Path) -> str:
    """The verdict on a mail that is the first of its tenant."""
    database = Database(directory / "data")
    pipeline = Pipeline(database)
    pipeline.feed_with(Envelope("t", OWN_DOMAINS, 1_714_557_600_000, "rfc5322", "case"), mail)
    pipeline.run()
    database.close()
    return str(orjson.loads(pipeline.values(VERDICTS)[0])["verdict"])


@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_is_no_attack_for_what_it_returns(kind: str, tmp_path: Path) -> None:
    mail = report(kind, PHISH)
    message = parse_message(mail)
    assert (message.attached_text, message.forms, message.password_fields) == ("", 0, 0)
    assert "bill.txt" in {one.filename for one in message.attachments}
    assert "evil.example" in {link.host for link in message.links}
    assert verdict_of(mail, tmp_path) in HARMLESS


def test_returned_header_fields_are_no_attack() -> None:
    head = b"From: x@evil.example\r\nSubject: Verify your account\r\n"
    message = parse_message(report("delivery-status", head, "text/rfc822-headers"))
    assert message.attached_text == ""


def test_the_same_message_attached_to_other_mail_is_an_attack(tmp_path: Path) -> None:
    mail = attached(PHISH, "message/rfc822", headers=b"Date: Wed, 01 May 2024 10:00:00 +0000\r\n")
    assert parse_message(mail).password_fields == 1
    assert verdict_of(mail, tmp_path) not in HARMLESS


def test_a_report_that_reports_nothing_is_ordinary_mail() -> None:
    mail = report("delivery-status", PHISH).replace(b"message/delivery-status", b"text/x-note")
    assert parse_message(mail).password_fields == 1


# Files that are no mail


@pytest.mark.parametrize("case", ["file-empty.eml", "file-msg.msg", "file-pst.pst", "file-zip.zip"])
def test_a_file_that_is_no_mail_is_not_taken_for_one(case: str) -> None:
    assert kind_of_content(raw(case)) is None


def test_a_mail_stays_one() -> None:
    assert kind_of_content(raw("mime-uu.eml")) is InputKind.MESSAGE
