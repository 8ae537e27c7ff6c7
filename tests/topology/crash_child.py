"""A slow run for the crash test; reports on standard output.

Lines are ``feeding FED TOTAL``, ``applied RECORDS``, ``checkpoint`` and at the end ``done``.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from detection_stream.cli import job
from detection_stream.cli.progress import ProgressBar
from detection_stream.demo import OWN_DOMAINS, TENANT, people
from detection_stream.ingest import feed
from detection_stream.runtime.embedded import engine, running

CHECKPOINT_SECONDS = 0.1
FEED_RECORDS = 4
AHEAD_RECORDS = 16


def say(line: str) -> None:
    """Write one line at once, so that a kill loses none."""
    os.write(1, f"{line}\n".encode())


class WatchedEngine(engine.Engine):
    """An engine with frequent checkpoints, fed slowly, that says what the content stage does."""

    turn_seconds = 0.0
    """What those who feed it wait after every few messages."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options, checkpoint_seconds=CHECKPOINT_SECONDS)

    def _apply(self, runner: Any, batch: Any, prepared: Any) -> None:
        super()._apply(runner, batch, prepared)
        if runner.stage.name == "content":
            say(f"applied {len(batch.records)}")

    def checkpoint(self) -> None:
        """Write a checkpoint, then say so."""
        super().checkpoint()
        say("checkpoint")

    async def give_way(self, topic: str) -> None:
        """Take the time of a turn."""
        await asyncio.sleep(self.turn_seconds)
        await super().give_way(topic)


class WatchedBar(ProgressBar):
    """Says how far the feed is."""

    def feeding(self, done: int, total: int, at: int) -> None:
        """Messages fed."""
        say(f"feeding {done} {total}")


def main(mbox: str, data: str, out: str, seconds: str) -> None:
    """Run the job, with ``seconds`` of waiting after every few messages."""
    WatchedEngine.turn_seconds = float(seconds)
    for module, name, value in (
        (feed, "FEED_RECORDS", FEED_RECORDS),
        (engine, "MAX_AHEAD_RECORDS", AHEAD_RECORDS),
        (running, "Engine", WatchedEngine),
        (job, "ProgressBar", WatchedBar),
    ):
        assert hasattr(module, name), name
        setattr(module, name, value)
    directory = people(11)
    job.run_job([Path(mbox)], TENANT, frozenset(OWN_DOMAINS), directory, Path(data), Path(out))
    say("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
