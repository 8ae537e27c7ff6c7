"""Helper processes change how fast results come, never what they are."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from detection_stream.demo import OWN_DOMAINS, TENANT
from detection_stream.model.envelope import Envelope
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.preparation import Helpers
from tests.topology.harness import RAW, VERDICTS, demo
from topologies import message_detection

MESSAGES = 1_200
JUNK = b"no mail at all"


async def _verdicts(directory: Path, helpers: int) -> list[bytes]:
    engine = Engine(directory, message_detection.build(), helpers=helpers)
    try:
        await engine.start()
        raws = [(message.raw, message.received_at) for message in demo(MESSAGES)]
        for raw, at in [*raws[:700], (JUNK, 0), *raws[700:]]:
            envelope = Envelope(TENANT, frozenset(OWN_DOMAINS), at)
            engine.log(RAW, 0).append(b"", raw, at, envelope.headers())
        engine.arrived.set()
        await engine.wait_idle()
        log = engine.log(VERDICTS, 0)
        values: list[bytes] = []
        while records := log.read(len(values)):
            values += [record.value for record in records]
        return values
    finally:
        await engine.stop()


def test_helpers_change_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = asyncio.run(_verdicts(tmp_path / "alone", 0))
    assert len(alone) == MESSAGES
    asked: list[bool] = []
    ask = Helpers._ask

    def watched(self: Helpers, *arguments: object) -> object:
        prepared = ask(self, *arguments)  # type: ignore[arg-type] # passed on as they come
        asked.append(prepared is not None)
        return prepared

    monkeypatch.setattr(Helpers, "_ask", watched)
    assert asyncio.run(_verdicts(tmp_path / "helped", 2)) == alone
    # The batch with the junk comes back unread, the others are read elsewhere.
    assert sorted(asked) == [False, *([True] * (len(asked) - 1))]
    assert len(asked) > 1


def test_a_helper_that_dies_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = asyncio.run(_verdicts(tmp_path / "alone", 0))
    start = Helpers._start
    started: list[int] = []

    def start_and_kill(self: Helpers) -> None:
        start(self)
        process = self._processes[-1]
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        started.append(process.pid)

    monkeypatch.setattr(Helpers, "_start", start_and_kill)
    assert asyncio.run(_verdicts(tmp_path / "killed", 1)) == alone
    assert len(started) == 1
