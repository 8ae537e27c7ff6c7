"""A full disk: nothing is acknowledged, nothing hangs, and mail goes on when there is room."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from detection_stream.errors import BusyError, StageError
from detection_stream.ingest import intake
from detection_stream.ingest.intake import EngineIntake
from detection_stream.model.organisation import Organisation
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.embedded.running import running
from tests.cli.test_bad_input import MAIL
from topologies import blueprint

FLOW = blueprint().topology()


def _intake(engine: Engine, out: Path) -> EngineIntake:
    mail = FLOW.source("mail").name
    return EngineIntake(engine, mail, Organisation("acme", frozenset({"own.com"})), out)


async def test_nothing_is_taken_below_the_reserve_and_all_when_space_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path / "data", FLOW, tmp_path / "out", readers=1) as engine:
        taking = _intake(engine, tmp_path / "out")
        monkeypatch.setattr(intake, "MIN_FREE_BYTES", shutil.disk_usage(tmp_path).total)
        with pytest.raises(StageError, match="MiB are free"):
            await taking.take(MAIL, "test")
        monkeypatch.undo()
        monkeypatch.setattr(intake, "MIN_FREE_BYTES", 0)
        async with asyncio.timeout(30):
            await taking.take(MAIL, "test")
        assert engine.log(FLOW.source("mail").name, 0).end == 1


async def test_senders_are_told_when_a_checkpoint_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MIN_FREE_BYTES", 0)
    async with running(tmp_path / "data", FLOW, checkpoint_seconds=0.2, readers=1) as engine:
        taking = _intake(engine, tmp_path)

        def full(*_: object) -> None:
            raise StageError("no space left")

        monkeypatch.setattr(engine.database, "write", full)
        async with asyncio.timeout(30):
            with pytest.raises(StageError, match="no space left"):
                await taking.take(MAIL, "test")
            # The next one does not wait for a checkpoint that never comes.
            with pytest.raises(StageError, match="no space left"):
                await taking.take(MAIL, "test")
        with pytest.raises(StageError, match="no space left"):
            engine.check()


async def test_senders_wait_while_the_engine_is_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MIN_FREE_BYTES", 0)
    monkeypatch.setattr(intake, "MAX_WAITING_BYTES", 1_000)
    async with running(tmp_path / "data", FLOW, checkpoint_seconds=0.2, readers=1) as engine:
        taking = _intake(engine, tmp_path)
        log = engine.log(FLOW.source("mail").name, 0)
        log.append(b"key", b"x" * 990, 0, {})
        with pytest.raises(BusyError):
            await taking.take(MAIL, "test")
        engine.arrived.set()
        await engine.wait_idle()
        await engine.durable()
        assert log.memory_bytes == 0
        await taking.take(MAIL, "test")
