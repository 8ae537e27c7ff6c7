"""Mail is read by processes of their own: they change no result, and one that ends loses none."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from detection_stream.demo import OWN_DOMAINS, TENANT
from detection_stream.model.envelope import Envelope
from detection_stream.model.tenant import TenantPolicy, TenantProfile
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.reader import Reader
from tests.runtime.hostile_reading import DEEDS, endanger, hostile
from tests.topology.harness import DEAD_LETTERS, RAW, VERDICTS, demo, run
from topologies import message_detection

MESSAGES = 600
JUNK = b"no mail at all"


class Feed:
    """An engine with mail to read, and what came of it."""

    def __init__(self, directory: Path, readers: int = 1) -> None:
        self.engine = Engine(directory, message_detection.build(), readers=readers)

    def append(self, raw: bytes, at: int = 0, form: str = "rfc5322", own: bool = True) -> None:
        """Add a record."""
        domains = frozenset(OWN_DOMAINS) if own else frozenset[str]()
        headers = Envelope(TENANT, domains, at, form).headers()
        if form == "tenant":
            headers = self.engine.keys.signed(headers, raw)
        self.engine.log(RAW, 0).append(b"", raw, at, headers)

    def values(self, topic: str) -> list[bytes]:
        """The records of a topic."""
        log = self.engine.log(topic, 0)
        found: list[bytes] = []
        while records := log.read(len(found)):
            found += [record.value for record in records]
        return found

    def run(self, while_it_runs: Callable[[], None] | None = None) -> None:
        """Decide everything."""
        asyncio.run(self._run(while_it_runs))

    async def _run(self, while_it_runs: Callable[[], None] | None) -> None:
        try:
            await self.engine.start()
            self.engine.arrived.set()
            waiting = asyncio.create_task(self.engine.wait_idle())
            while not waiting.done():
                if while_it_runs:
                    while_it_runs()
                await asyncio.sleep(0.01)
            await waiting
            self.verdicts = self.values(VERDICTS)
            self.letters = [orjson.loads(value) for value in self.values(DEAD_LETTERS)]
        finally:
            await self.engine.stop()


def _mail(feed: Feed) -> None:
    for message in demo(MESSAGES):
        feed.append(message.raw, message.received_at)


@pytest.mark.parametrize("readers", [1, 2])
def test_readers_change_no_result(tmp_path: Path, readers: int) -> None:
    feed = Feed(tmp_path / "read", readers)
    _mail(feed)
    feed.append(JUNK)
    feed.run()
    assert feed.verdicts == run(tmp_path / "here", demo(MESSAGES)).verdicts
    assert [letter["offset"] for letter in feed.letters] == [MESSAGES]


@pytest.mark.parametrize("deed", DEEDS)
def test_a_mail_that_ends_its_reader_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    endanger(monkeypatch.setattr)
    messages = demo(40)
    feed = Feed(tmp_path / "read", 2)
    for number, message in enumerate(messages):
        if number == 25:
            feed.append(hostile(message, deed), message.received_at)
        feed.append(message.raw, message.received_at)
    gaps: list[float] = []
    last = time.monotonic()

    def turn() -> None:
        nonlocal last
        now = time.monotonic()
        gaps.append(now - last)
        last = now

    feed.run(turn)
    assert feed.verdicts == run(tmp_path / "here", messages).verdicts
    (letter,) = feed.letters
    assert (letter["offset"], letter["phase"], letter["stage"]) == (25, "decode", "content")
    assert "cannot be read: its reader ended" in letter["reason"]
    # The event loop went on while the mail was read.
    assert max(gaps) < 3


def test_a_mail_beside_one_that_crashes_is_decided_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endanger(monkeypatch.setattr)
    started: list[int] = []
    start = Reader.__init__

    def counted(self: Reader, *arguments: object) -> None:
        start(self, *arguments)  # type: ignore[arg-type] # passed on as they come
        started.append(self.process.pid or 0)

    monkeypatch.setattr(Reader, "__init__", counted)
    feed = Feed(tmp_path / "read")
    good, bad = demo(2)
    feed.append(hostile(bad, "crash"), bad.received_at)
    feed.append(good.raw, good.received_at)
    feed.run()
    assert len(feed.verdicts) == 1
    # Together, alone, and once more alone, after the good one.
    assert len(started) == 3


def test_readers_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "read")
    _mail(feed)
    (readers,) = feed.engine._readers.values()
    killed: set[int] = set()

    def kill() -> None:
        for reader in list(readers._all):
            if len(killed) < 2 and reader.process.pid and reader.process.pid not in killed:
                killed.add(reader.process.pid)
                os.kill(reader.process.pid, signal.SIGKILL)

    feed.run(kill)
    assert len(killed) == 2
    assert len(feed.verdicts) == MESSAGES
    assert not feed.letters


def test_a_profile_applies_to_mail_that_was_read_ahead(tmp_path: Path) -> None:
    """Also to mail of the next batch, which readers got before the profile was applied."""
    profile = TenantProfile(TENANT, frozenset(OWN_DOMAINS), TenantPolicy("active"))
    feed = Feed(tmp_path / "read")
    for message in demo(MESSAGES)[:5]:
        feed.append(message.raw, message.received_at, own=True)
    feed.append(TenantProfile("another").record(), form="tenant", own=False)
    feed.append(profile.record(), form="tenant", own=False)
    for message in demo(MESSAGES)[5:]:
        feed.append(message.raw, message.received_at, own=False)
    feed.run()
    assert feed.verdicts == run(tmp_path / "here", demo(MESSAGES)).verdicts
    assert ["is for another tenant" in letter["reason"] for letter in feed.letters] == [True]


def test_readers_end_with_the_engine(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "read", 2)
    _mail(feed)
    (readers,) = feed.engine._readers.values()
    feed.run()
    assert readers._all
    assert not any(reader.process.is_alive() for reader in readers._all)
