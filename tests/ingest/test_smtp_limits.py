"""What SMTP clients may take, and that the others get theirs."""

from __future__ import annotations

import asyncio
import base64
import smtplib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from detection_stream.errors import InputError
from detection_stream.ingest import smtp_limits, smtp_session
from detection_stream.ingest.intake import NO_TRANSACTION, MailTransaction
from detection_stream.ingest.smtp import Listener, serve_smtp
from detection_stream.ingest.smtp_limits import SmtpLimits, networks
from detection_stream.ingest.smtp_users import add_user, read_users

GREETING = (b"EHLO x\r\n", b"MAIL FROM:<a@x.com>\r\n", b"RCPT TO:<b@own.com>\r\n")


class Box:
    """Takes messages, when it may."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.open = asyncio.Event()
        self.open.set()

    async def take(self, raw: bytes, _: str, __: MailTransaction = NO_TRANSACTION) -> None:
        """As an intake does."""
        await self.open.wait()
        self.taken.append(raw)


class Client:
    """A client that sends what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def reply(self) -> str:
        """The next reply's last line, empty at the end of the connection."""
        async with asyncio.timeout(20):
            while line := await self.reader.readline():
                if line[3:4] != b"-":
                    return line.decode().strip()
            return ""

    async def say(self, *lines: bytes) -> str:
        """Send lines one by one; returns the last reply."""
        reply = ""
        for line in lines:
            self.writer.write(line)
            reply = await self.reply()
        return reply

    async def data(self, *pieces: bytes) -> str:
        """Send a message in pieces as they are."""
        assert (await self.say(*GREETING, b"DATA\r\n")).startswith("354")
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)
        return await self.reply()


@asynccontextmanager
async def client(address: str) -> AsyncIterator[Client]:
    """A connection, past its greeting or with what it says instead."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


HERE = Listener("127.0.0.1", 0)
LONG = b"a: " + b"x" * 300_000 + b"\r\n\r\nend\r\n"
EDGE = b"b" * (smtp_session.CHUNK_BYTES - 4) + b"\r\n"


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ((LONG + b".\r\n",), LONG),
        ((b"a: b\r\n\r\n..dot\r\n...\r\nend\r\n.\r\n",), b"a: b\r\n\r\n.dot\r\n..\r\nend\r\n"),
        ((b"a\r\n", b".", b"\r", b"\n"), b"a\r\n"),
        ((b".\r\n",), b""),
        ((b"..\r\n.\r\n",), b".\r\n"),
        # Only CR LF . CR LF ends a message: nothing can be smuggled in behind another end.
        ((b"a\n.\nMAIL FROM:<e@x.com>\r\n.\r\n",), b"a\n.\nMAIL FROM:<e@x.com>\r\n"),
        ((b"a\r\n.\nb\r.\r\nc\r\n.\r\n",), b"a\r\n\nb\r.\r\nc\r\n"),
        ((EDGE, b".\r\n"), EDGE),
    ],
)
async def test_a_message_comes_as_it_was_sent(pieces: tuple[bytes, ...], expected: bytes) -> None:
    box = Box()
    async with serve_smtp(box, HERE) as address, client(address) as sender:
        await sender.reply()
        assert (await sender.data(*pieces)).startswith("250")
        # The session goes on behind the message.
        assert (await sender.data(b"next\r\n.\r\n")).startswith("250")
    assert box.taken == [expected, b"next\r\n"]


async def test_one_peer_and_all_have_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_limits, "MAX_PEER_CONNECTIONS", 2)
    async with serve_smtp(Box(), HERE) as address:
        for _ in range(3):
            async with client(address) as one, client(address) as two, client(address) as third:
                assert (await one.reply()).startswith("220")
                assert (await two.reply()).startswith("220")
                assert (await third.reply()).startswith("421 4.7.0")
                assert await third.reply() == ""
            await asyncio.sleep(0.05)
    doors = SmtpLimits()
    monkeypatch.setattr(smtp_limits, "MAX_CONNECTIONS", 3)
    assert [doors.enter((f"10.0.0.{n}", 1))[:3] for n in range(4)] == ["", "", "", "421"]
    monkeypatch.setattr(smtp_limits, "MAX_CONNECTIONS", 100)
    # A customer's whole IPv6 network is one peer.
    assert [doors.enter((f"2001:db8::{n}", 1, 0, 0))[:3] for n in range(3)] == ["", "", "421"]
    doors.leave(("2001:db8::1", 1))
    assert doors.enter(("2001:db8::9", 1)) == ""


async def test_a_session_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_session, "MAX_SESSION_SECONDS", 0.3)
    async with serve_smtp(Box(), HERE) as address, client(address) as sender:
        assert (await sender.reply()).startswith("220")
        assert "takes too long" in await sender.reply()
        assert await sender.reply() == ""


async def test_silence_and_a_slow_message_end_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detection_stream.ingest.smtp.MAX_IDLE_SECONDS", 0.3)
    async with serve_smtp(Box(), HERE) as address, client(address) as sender:
        await sender.reply()
        assert "421 4.4.2 Nothing came" in await sender.reply()
    monkeypatch.undo()
    monkeypatch.setattr(smtp_session, "MAX_DATA_SECONDS", 0.3)
    async with serve_smtp(Box(), HERE) as address, client(address) as sender:
        await sender.reply()
        assert "421 4.4.2 The message" in await sender.data(b"never done\r\n")


@pytest.mark.parametrize("line", [b"NOOP\r\n", b"\r\n", b"EHLO x\r\n", b"RSET\r\n", b"VRFY a\r\n"])
async def test_commands_without_mail_are_counted(line: bytes) -> None:
    async with serve_smtp(Box(), HERE) as address, client(address) as sender:
        await sender.reply()
        sender.writer.write(line * 500)
        replies = 0
        while reply := await sender.reply():
            replies += 1
            if reply.startswith("421"):
                break
        assert reply.startswith("421 4.7.0")
        assert replies <= smtp_session.MAX_REPLIES_WITHOUT_MAIL


async def test_mail_and_recipients_are_no_idle_commands() -> None:
    box = Box()
    async with serve_smtp(box, HERE) as address, client(address) as sender:
        await sender.reply()
        for _ in range(40):
            assert (await sender.data(b"a\r\n.\r\n")).startswith("250")
        recipients = [b"RCPT TO:<b%d@own.com>\r\n" % n for n in range(1_024)]
        reply = await sender.say(b"MAIL FROM:<a@x.com>\r\n", *recipients)
        assert reply.startswith("250")
        assert (await sender.say(b"RCPT TO:<c@own.com>\r\n")).startswith("452 4.5.3")
    assert len(box.taken) == 40


async def test_messages_in_memory_have_a_bound_over_all_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp_limits, "MAX_HELD_BYTES", 1_000_000)
    box = Box()
    box.open.clear()
    large = b"x" * 600_000 + b"\r\n.\r\n"
    async with (
        serve_smtp(box, HERE) as address,
        client(address) as first,
        client(address) as second,
    ):
        await first.reply()
        await second.reply()
        waiting = asyncio.create_task(first.data(large))
        await asyncio.sleep(0.3)
        assert (await second.data(large)).startswith("452 4.3.1")
        box.open.set()
        assert (await waiting).startswith("250")
        assert (await second.data(large)).startswith("250")
    assert len(box.taken) == 2


async def test_memory_of_a_lost_connection_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_limits, "MAX_HELD_BYTES", 1_000_000)
    async with serve_smtp(Box(), HERE) as address:
        for _ in range(5):
            async with client(address) as sender:
                await sender.reply()
                await sender.say(*GREETING, b"DATA\r\n")
                sender.writer.write(b"x" * 600_000)
                await sender.writer.drain()
            await asyncio.sleep(0.1)
        async with client(address) as sender:
            await sender.reply()
            assert (await sender.data(b"x" * 600_000 + b"\r\n.\r\n")).startswith("250")


async def test_only_allowed_peers_are_let_in() -> None:
    allowed = networks(["192.0.2.0/24, 2001:db8::/32"])
    async with (
        serve_smtp(Box(), Listener("127.0.0.1", 0, allowed=allowed)) as address,
        client(address) as sender,
    ):
        assert (await sender.reply()).startswith("554 5.7.1")
    doors = SmtpLimits(allowed)
    assert [
        doors.enter((peer, 1)) for peer in ("192.0.2.9", "::ffff:192.0.2.9", "2001:db8::1")
    ] == [""] * 3
    with pytest.raises(InputError, match=r"--allow 10\.0\.0\.1/8"):
        networks(["10.0.0.1/8"])


def _plain(name: str, password: str) -> bytes:
    return b"AUTH PLAIN " + base64.b64encode(f"\0{name}\0{password}".encode()) + b"\r\n"


async def test_users_sign_in(tmp_path: Path) -> None:
    file = tmp_path / "users.toml"
    password = add_user(file, "journal")
    assert password not in file.read_text()
    box = Box()
    listener = Listener("127.0.0.1", 0, users=read_users(file))
    async with serve_smtp(box, listener) as address:
        async with client(address) as sender:
            await sender.reply()
            assert (await sender.say(*GREETING[:2])).startswith("530")
            for wrong in (_plain("journal", "x"), _plain("nobody", password)):
                assert (await sender.say(wrong)).startswith("535")
            assert (await sender.say(_plain("journal", password))).startswith("235")
            assert (await sender.data(b"a\r\n.\r\n")).startswith("250")
        async with client(address) as sender:
            await sender.reply()
            await sender.say(GREETING[0])
            replies = [await sender.say(_plain("journal", str(n))) for n in range(3)]
            assert replies[-1].startswith("535")
            assert (await sender.reply()).startswith("421")
        host, _, port = address.rpartition(":")

        def login() -> None:
            with smtplib.SMTP(host, int(port), timeout=10) as mailer:
                mailer.user, mailer.password = "journal", password
                mailer.ehlo()
                mailer.auth("LOGIN", mailer.auth_login)

        await asyncio.to_thread(login)
    assert box.taken == [b"a\r\n"]


def test_a_file_of_users_that_others_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "users.toml"
    add_user(file, "journal")
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match="has a user"):
        add_user(file, "journal")
    file.chmod(0o640)
    with pytest.raises(InputError, match="others can read"):
        read_users(file)
    file.chmod(0o600)
    with pytest.raises(InputError, match="openly"):
        Listener("0.0.0.0", 0, users=read_users(file)).context()
    for wrong in ("x = 1\n", "[users]\n", '[users.a]\nsha256 = "1"\n'):
        file.write_text(wrong)
        with pytest.raises(InputError, match="users"):
            read_users(file)


async def test_a_session_with_tls_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_limits, "MAX_PEER_CONNECTIONS", 1)
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    add_user(tmp_path / "users", "journal")
    listener = Listener(
        "127.0.0.1", 0, str(tmp_path / "both.pem"), users=read_users(tmp_path / "users")
    )
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    def send(address: str) -> bytes:
        host, _, port = address.rpartition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as mailer:
            code, offered = mailer.ehlo()
            assert code == 250
            assert b"AUTH" not in offered
            mailer.starttls(context=trusting)
            return mailer.ehlo()[1]

    async with serve_smtp(Box(), listener) as address:
        for _ in range(3):
            assert b"AUTH LOGIN PLAIN" in await asyncio.to_thread(send, address)
            await asyncio.sleep(0.1)
