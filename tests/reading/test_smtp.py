"""SMTP sessions as mail servers hold them: what is accepted, and as how many messages."""

from __future__ import annotations

import asyncio

import pytest

from detection_stream.ingest.smtp import Listener, serve_smtp
from tests.ingest.test_smtp import Box
from tests.reading.cases import CASES, raw

MAIL = b"From: pat@x.example\r\nTo: bob@acme.example\r\nSubject: Hi\r\n\r\nbody\r\n"
LONG = "a" * 65
ENVELOPES = {
    "smtp-8bit": ("MAIL FROM:<pat@x.example>", "RCPT TO:<bob@acme.example>"),
    "smtp-local65": (f"MAIL FROM:<{LONG}@x.example>", f"RCPT TO:<{LONG}@acme.example>"),
    "smtp-null": ("MAIL FROM:<>", "RCPT TO:<bob@acme.example>"),
    "smtp-quotedrcpt": ('MAIL FROM:<"p t"@x.example>', 'RCPT TO:<"b. ob"@acme.example>'),
    "smtp-quotedrcpt (IMCEAEX)": (
        "MAIL FROM:<pat@x.example>",
        "RCPT TO:<IMCEAEX-_O=ACME_OU=FIRST+20GROUP_CN=BOB@acme.example>",
    ),
    "smtp-spaceaddr": ("MAIL FROM: <pat@x.example>", "RCPT TO: <bob@acme.example>"),
    "smtp-utf8": ("MAIL FROM:<pät@x.example> SMTPUTF8", "RCPT TO:<bob@acme.example>"),
}


async def _session(address: str, envelope: tuple[str, ...], data: bytes) -> list[bytes]:
    """Send a message in raw lines; returns the replies to each command and to the data."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    replies = [await reader.readline()]

    async def say(line: bytes) -> None:
        writer.write(line)
        reply = await reader.readline()
        while reply[3:4] == b"-":
            reply = await reader.readline()
        replies.append(reply)

    for command in ("EHLO client.example", *envelope, "DATA"):
        await say(command.encode() + b"\r\n")
    await say(data + b"\r\n.\r\n")
    await say(b"QUIT\r\n")
    writer.close()
    await writer.wait_closed()
    return replies


async def _taken(envelope: tuple[str, ...], data: bytes) -> tuple[Box, list[bytes]]:
    box = Box(fails=False)
    async with serve_smtp(box, Listener("127.0.0.1", 0)) as address:
        replies = await _session(address, envelope, data)
    return box, replies


@pytest.mark.parametrize("name", ENVELOPES)
async def test_envelopes(name: str) -> None:
    box, replies = await _taken(ENVELOPES[name], MAIL.replace(b"body", "Grüße".encode()))
    assert replies[-2].startswith(b"250"), replies
    assert "Grüße".encode() in box.taken[0][0]


async def test_blind_copies_reach_their_recipients() -> None:
    """The case ``smtp-bcc-accept``."""
    envelope = (*ENVELOPES["smtp-8bit"], "RCPT TO:<carol@acme.example>")
    box, _ = await _taken(envelope, raw("smtp-bcc.eml").rstrip())
    assert box.transactions[0].rcpt_to == ("bob@acme.example", "carol@acme.example")


async def test_dots_at_the_start_of_lines() -> None:
    """The case ``smtp-dot``."""
    box, _ = await _taken(ENVELOPES["smtp-8bit"], MAIL + b"..\r\n..two\r\nthree\r\n")
    assert b"\r\n.\r\n.two\r\nthree" in box.taken[0][0]


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("smtp-smuggle-*")))
async def test_a_second_message_cannot_be_smuggled(name: str) -> None:
    box, replies = await _taken(ENVELOPES["smtp-8bit"], raw(name).rstrip())
    assert len(box.taken) <= 1
    assert b"pat@" in box.taken[0][0]
    assert replies[-1].startswith(b"221")
