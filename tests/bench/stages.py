"""Microseconds a message of every stage, over the demo organisation."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson

from detection_stream.cli.job import run_job
from detection_stream.demo import OWN_DOMAINS, TENANT, generate, write_mbox
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.records import Batch
from detection_stream.runtime.runner import Runner

MESSAGES = 20_000


def main(arguments: list[str]) -> None:
    """Time each stage's batches and each checkpoint from within one run."""
    spent: dict[str, float] = defaultdict(float)
    apply, checkpoint = Runner.apply, Engine.checkpoint

    def timed_apply(runner: Runner, batch: Batch, prepared: Any = None) -> None:
        begin = time.process_time()
        apply(runner, batch, prepared)
        spent[runner.stage.name] += time.process_time() - begin

    def timed_checkpoint(engine: Engine) -> None:
        begin = time.process_time()
        checkpoint(engine)
        spent["checkpoint"] += time.process_time() - begin

    with (
        patch.object(Runner, "apply", timed_apply),
        patch.object(Engine, "checkpoint", timed_checkpoint),
        tempfile.TemporaryDirectory() as scratch,
    ):
        place = Path(scratch)
        write_mbox(place / "demo.mbox", generate(MESSAGES, seed=1))
        begin = time.process_time()
        domains = frozenset(OWN_DOMAINS)
        run_job([place / "demo.mbox"], TENANT, domains, [], place / "data", place / "out")
        spent["all"] = time.process_time() - begin
    spent["reading, feeding, Faust"] = 2 * spent["all"] - sum(spent.values())
    figures = {name: round(seconds / MESSAGES * 1e6, 1) for name, seconds in spent.items()}
    for name, value in figures.items():
        print(f"{name:26} {value:8.1f} us of CPU a message")
    print(orjson.dumps(figures).decode())
