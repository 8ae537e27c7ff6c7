"""Messages per second from files to verdicts, over the demo organisation or files given."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

import orjson

from detection_stream.cli.job import run_job
from detection_stream.demo import TENANT
from tests.bench.inputs import given_or_demo

MESSAGES = 30_000


def main(arguments: list[str]) -> None:
    """Arguments: nothing, or PATH... and the own domain as the last one."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        paths, domains = given_or_demo(arguments, place, MESSAGES)
        begin, cpu = time.perf_counter(), time.process_time()
        result = run_job(paths, TENANT, domains, [], place / "data", place / "out")
        wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
        size = sum(file.stat().st_size for file in (place / "data").rglob("*") if file.is_file())
        fed = result.fed.messages
        figures = {
            "messages": fed,
            "seconds": round(wall, 2),
            "cpu_us_per_message": round(cpu / fed * 1e6, 1),
            "messages_per_s": round(fed / wall),
            "fed_per_s": round(fed / result.fed.seconds),
            "resident_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "data_mb": round(size / 1e6, 1),
        }
    for name, value in figures.items():
        print(f"{name:22} {value:>12,}")
    print(orjson.dumps(figures).decode())
