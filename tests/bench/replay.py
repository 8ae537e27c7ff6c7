"""Messages per second of a replay beside those of live workers, over the same topic.

Arguments: messages (30000), workers (2), partitions (8).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

from detection_stream.demo import generate
from detection_stream.runtime.kafka.connection import Connection
from tests.bench.kafka import Arrivals
from tests.integration.cluster import Cluster, WorkerProcess
from tests.integration.local_broker import LocalBroker

WARM_MESSAGES = 10_000
"""Messages that warm up broker (JIT) and workers."""


def main(arguments: list[str]) -> None:
    """Let workers decide messages, then replay them and verify what was written."""
    numbers = [int(argument) for argument in arguments]
    count, workers, partitions = (*numbers, *(30_000, 2, 8)[len(numbers) :])
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        broker = LocalBroker(place / "kafka")
        broker.start()
        cluster = Cluster(Connection(broker.address), partitions)
        processes = [WorkerProcess(broker.address, place / f"w{n}") for n in range(workers)]
        try:
            for process in processes:
                process.start()
            live = _live(cluster, count)
            time.sleep(4)
            for process in processes:
                process.stop()
            total = WARM_MESSAGES + count
            where = ("--broker", broker.address)
            folders = ("--data", str(place / "data"), "--out", str(place / "out"))
            figures: dict[str, float] = {
                "messages": total,
                "live_per_s": round(live),
                "replay_per_s": round(total / _timed("replay", *where, *folders)),
                "verify_per_s": round(total / _timed("replay", "--verify", *where)),
            }
        finally:
            for process in processes:
                process.kill()
            broker.close()
    figures["replay_to_live"] = round(figures["replay_per_s"] / figures["live_per_s"], 2)
    for name, value in figures.items():
        print(f"{name:20} {value:>10,}")
    print(orjson.dumps(figures).decode())


def _live(cluster: Cluster, count: int) -> float:
    messages = list(generate(WARM_MESSAGES + count, seed=1))
    arrivals = Arrivals(cluster)
    arrivals.start()
    cluster.feed(messages[:WARM_MESSAGES])
    arrivals.wait(WARM_MESSAGES)
    begin = time.time()
    cluster.feed(messages[WARM_MESSAGES:])
    arrivals.wait(len(messages))
    return count / (time.time() - begin)


def _timed(*words: str) -> float:
    """Seconds of a command, its start included."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "detection_stream", *words], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begin
