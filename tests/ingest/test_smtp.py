"""What an SMTP client is told."""

from __future__ import annotations

import asyncio
import smtplib

import pytest

from detection_stream.errors import InputError, StageError
from detection_stream.ingest.intake import NO_TRANSACTION, MailTransaction
from detection_stream.ingest.smtp import Listener, serve_smtp
from tests.cli.test_bad_input import MAIL


class Box:
    """Takes messages, or fails as long as it is told to."""

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails
        self.taken: list[tuple[bytes, str]] = []
        self.transactions: list[MailTransaction] = []

    async def take(
        self, raw: bytes, source: str, transaction: MailTransaction = NO_TRANSACTION
    ) -> None:
        """As an intake does."""
        if self.fails:
            raise StageError("no broker")
        self.taken.append((raw, source))
        self.transactions.append(transaction)


def _send(address: str, raw: bytes = MAIL) -> None:
    host, _, port = address.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=10) as client:
        client.sendmail("a@x.com", ["b@own.com"], raw.replace(b"\n", b"\r\n"))


async def test_only_what_is_kept_is_accepted() -> None:
    box = Box(fails=True)
    async with serve_smtp(box, Listener("127.0.0.1", 0)) as address:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await asyncio.to_thread(_send, address)
        assert refused.value.smtp_code == 451
        box.fails = False
        await asyncio.to_thread(_send, address)
    (raw, source) = box.taken[0]
    assert raw.replace(b"\r\n", b"\n") == MAIL
    assert source == "smtp:127.0.0.1"


async def test_a_message_over_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detection_stream.parsing.limits.MAX_MESSAGE_BYTES", 1_000)
    box = Box(fails=False)
    async with serve_smtp(box, Listener("127.0.0.1", 0)) as address:
        with pytest.raises(smtplib.SMTPException):
            await asyncio.to_thread(_send, address, MAIL + b"x" * 2_000)
    assert box.taken == []


async def test_a_port_in_use_and_a_certificate_that_is_none() -> None:
    async with serve_smtp(Box(fails=False), Listener("127.0.0.1", 0)) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(InputError, match="another port"):
            async with serve_smtp(Box(fails=False), Listener("127.0.0.1", port)):
                pass
    with pytest.raises(InputError, match="tls-certificate"):
        async with serve_smtp(Box(fails=False), Listener("127.0.0.1", 0, "/dev/null")):
            pass
