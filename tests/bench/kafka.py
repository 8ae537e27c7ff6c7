"""Messages per second and latency of workers on a local broker, over the demo organisation.

Arguments: messages (20000), workers (2), partitions (8).
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import orjson

from detection_stream.demo import DemoMessage, generate
from detection_stream.runtime.kafka.connection import Connection
from tests.integration.cluster import Cluster, WorkerProcess
from tests.integration.local_broker import LocalBroker

WARM_MESSAGES = 15_000
"""The broker's JIT compiler needs this long and takes half the cores."""
LATENCY_SECONDS = 20
TICKS = os.sysconf("SC_CLK_TCK")


class Arrivals(threading.Thread):
    """Notes when each verdict comes, by Message-ID."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self.at: dict[str, float] = {}

    def run(self) -> None:
        """Follow the topic."""
        for value in self._cluster.values("verdicts", 1e9):
            self.at.setdefault(orjson.loads(value)["message_id"], time.time())

    def wait(self, wanted: int, seconds: float = 600.0) -> None:
        """Wait for so many verdicts."""
        deadline = time.monotonic() + seconds
        while len(self.at) < wanted:
            if time.monotonic() > deadline:
                raise SystemExit(f"only {len(self.at)} of {wanted} verdicts came")
            time.sleep(0.01)


def main(arguments: list[str]) -> None:
    """Measure throughput, then latency at half of it."""
    numbers = [int(argument) for argument in arguments]
    count, workers, partitions = (*numbers, *(20_000, 2, 8)[len(numbers) :])
    messages = list(generate(WARM_MESSAGES + count, seed=1))
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        broker = LocalBroker(place / "kafka")
        broker.start()
        cluster = Cluster(Connection(broker.address), partitions)
        processes = [WorkerProcess(broker.address, place / f"w{n}") for n in range(workers)]
        try:
            for process in processes:
                process.start()
            figures = _measure(cluster, processes, messages)
        finally:
            for process in processes:
                process.kill()
            broker.close()
    for name, value in figures.items():
        print(f"{name:28} {value:>10,}")
    print(orjson.dumps(figures).decode())


def _measure(
    cluster: Cluster, processes: list[WorkerProcess], messages: list[DemoMessage]
) -> dict[str, float]:
    arrivals = Arrivals(cluster)
    arrivals.start()
    cluster.feed(messages[:WARM_MESSAGES])
    arrivals.wait(WARM_MESSAGES)
    load = messages[WARM_MESSAGES:]
    begin, cpu = time.time(), processor_seconds(processes)
    cluster.feed(load)
    fed = time.time() - begin
    arrivals.wait(len(messages))
    seconds = time.time() - begin
    rate = len(load) / seconds
    used = processor_seconds(processes) - cpu
    delays = _delays(cluster, arrivals, rate / 2)
    return {
        "messages": len(load),
        "workers": len(processes),
        "messages_per_s": round(rate),
        "feeding_seconds": round(fed, 1),
        "worker_cpu_us_per_message": round(used / len(load) * 1e6),
        "latency_rate_per_s": round(rate / 2),
        "latency_p50_ms": round(float(np.percentile(delays, 50)) * 1_000),
        "latency_p99_ms": round(float(np.percentile(delays, 99)) * 1_000),
    }


def _delays(cluster: Cluster, arrivals: Arrivals, rate: float) -> list[float]:
    """Seconds from produce to verdict of messages at a steady rate."""
    steady = list(generate(int(rate * LATENCY_SECONDS), seed=2))
    before = len(arrivals.at)
    begin = time.time()
    sent: dict[str, float] = {}
    for number, message in enumerate(steady):
        due = begin + number / rate
        if (pause := due - time.time()) > 0:
            time.sleep(pause)
        sent[message.message_id] = time.time()
        cluster.feed([message])
    arrivals.wait(before + len(steady))
    # Skip the first seconds: the workers come from full load.
    return [arrivals.at[name] - at for name, at in sent.items() if at > begin + 3]


def processor_seconds(processes: list[WorkerProcess]) -> float:
    """Seconds of CPU that the workers have used."""
    total = 0.0
    for worker in processes:
        assert worker.process
        fields = Path(f"/proc/{worker.process.pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total
