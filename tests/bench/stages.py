"""Microseconds a message of every stage, over the demo organisation or files given."""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson

from detection_stream.cli.job import run_job
from detection_stream.demo import TENANT
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.readers import Readers
from detection_stream.runtime.records import Batch
from detection_stream.runtime.runner import Runner
from tests.bench.inputs import given_or_demo

MESSAGES = 20_000


def main(arguments: list[str]) -> None:
    """Time each stage's batches and each checkpoint from within one run.

    Arguments: nothing, or PATH... and the own domain as the last one.
    """
    spent: dict[str, float] = defaultdict(float)
    apply, checkpoint, close = Runner.apply, Engine.checkpoint, Readers.close

    def timed_apply(runner: Runner, batch: Batch, prepared: Any = None) -> None:
        begin = time.process_time()
        apply(runner, batch, prepared)
        spent[runner.stage.name] += time.process_time() - begin

    def timed_checkpoint(engine: Engine) -> None:
        begin = time.process_time()
        checkpoint(engine)
        spent["checkpoint"] += time.process_time() - begin

    def timed_close(readers: Readers) -> None:
        spent["reading"] += sum(_seconds(reader.process.pid) for reader in readers._all)
        close(readers)

    with (
        patch.object(Readers, "close", timed_close),
        patch.object(Runner, "apply", timed_apply),
        patch.object(Engine, "checkpoint", timed_checkpoint),
        tempfile.TemporaryDirectory() as scratch,
    ):
        place = Path(scratch)
        paths, domains = given_or_demo(arguments, place, MESSAGES)
        begin = time.process_time()
        messages = run_job(paths, TENANT, domains, [], place / "data", place / "out").fed.messages
        whole = time.process_time() - begin
    reading = spent.pop("reading")
    spent["feeding, Faust"] = whole - sum(spent.values())
    spent["reading (processes of its own)"] = reading
    spent["all"] = whole + reading
    figures = {name: round(seconds / messages * 1e6, 1) for name, seconds in spent.items()}
    for name, value in figures.items():
        print(f"{name:34} {value:8.1f} us of CPU a message")
    print(orjson.dumps(figures).decode())


def _seconds(process: int | None) -> float:
    """Seconds of CPU that a process has taken (proc(5): the 14th and 15th field)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
