"""Sessions take turns on a thread that they share."""

from __future__ import annotations

import asyncio
import threading

import pytest

from detection_stream.errors import BusyError
from detection_stream.web import fair_thread
from detection_stream.web.fair_thread import FairThread


async def test_sessions_take_turns() -> None:
    thread, done, gate = FairThread("test"), list[str](), threading.Event()
    first = asyncio.create_task(thread.run("greedy", gate.wait))
    await asyncio.sleep(0.05)
    waiting = [
        asyncio.create_task(thread.run(name, done.append, name))
        for name in ["greedy"] * 20 + ["calm", "third", "calm"]
    ]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *waiting)
    thread.close()
    assert sorted(done[:3]) == ["calm", "greedy", "third"]
    assert "calm" in done[3:6]
    assert done.count("greedy") == 20


async def test_a_session_waits_for_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_thread, "MAX_WAITING", 3)
    thread, gate = FairThread("test"), threading.Event()
    tasks = [asyncio.create_task(thread.run("a", gate.wait)) for _ in range(4)]
    await asyncio.sleep(0.05)
    with pytest.raises(BusyError):
        await thread.run("a", gate.wait)
    other = asyncio.create_task(thread.run("b", lambda: "done"))
    await asyncio.sleep(0.05)
    gate.set()
    assert await other == "done"
    await asyncio.gather(*tasks)
    thread.close()


async def test_who_gives_up_blocks_nobody() -> None:
    thread, gate = FairThread("test"), threading.Event()
    running = asyncio.create_task(thread.run("a", gate.wait))
    await asyncio.sleep(0.05)
    given_up = [asyncio.create_task(thread.run(name, gate.wait)) for name in "abc"]
    await asyncio.sleep(0.05)
    for task in (*given_up, running):
        task.cancel()
    await asyncio.gather(*given_up, running, return_exceptions=True)
    gate.set()
    async with asyncio.timeout(20):
        assert await thread.run("d", lambda: "done") == "done"
    assert not thread._waiting
    thread.close()
