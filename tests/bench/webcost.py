"""Processor time a message of a busy worker: without web view, with one, and looked at.

Arguments: messages of a run (12000), rounds (2).
"""

from __future__ import annotations

import re
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import orjson

from detection_stream.demo import DemoMessage, generate
from detection_stream.runtime.kafka.connection import Connection
from tests.bench.kafka import processor_seconds
from tests.integration.cluster import Cluster, WorkerProcess
from tests.integration.local_broker import LocalBroker

WARM_MESSAGES = 8_000
LOOK_SECONDS = 2.0
"""Time between pages of a constantly clicking user."""
PAGES = ("/verdicts", "/", "/flow", "/tables/address?tenant=demo", "/detectors")
WAYS = ("no web view", "web view", "looked at")


class Looking(threading.Thread):
    """A user who goes from page to page."""

    def __init__(self, worker: WorkerProcess) -> None:
        super().__init__(daemon=True)
        self._worker = worker
        self.done = threading.Event()
        self.taken: dict[str, list[float]] = {page: [] for page in PAGES}

    def run(self) -> None:
        """Look until it is done."""
        while not (found := re.search(r"web view at (http://\S+)", self._worker.log())):
            time.sleep(0.1)
        place = urlsplit(found[1])
        number = 0
        while not self.done.wait(LOOK_SECONDS):
            page = PAGES[number % len(PAGES)]
            begin = time.perf_counter()
            connection = HTTPConnection(place.hostname or "", place.port, timeout=30)
            connection.request("GET", page)
            assert connection.getresponse().status == 200
            connection.close()
            self.taken[page].append(time.perf_counter() - begin)
            number += 1


def main(arguments: list[str]) -> None:
    """Measure the three ways in turn, several times."""
    count = int(arguments[0]) if arguments else 12_000
    rounds = int(arguments[1]) if len(arguments) > 1 else 2
    messages = list(generate(WARM_MESSAGES + count, seed=1))
    used: dict[str, list[float]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as scratch:
        broker = LocalBroker(Path(scratch) / "kafka")
        broker.start()
        try:
            for number in range(rounds):
                for way in WAYS if number % 2 == 0 else reversed(WAYS):
                    place = Path(scratch) / f"{way.replace(' ', '-')}-{number}"
                    cost = _run(broker.address, place, way, messages)
                    used[way].append(cost)
                    print(f"{way:14} {cost:8.1f} us of processor time a message")
        finally:
            broker.close()
    least = {way: min(costs) for way, costs in used.items()}
    for way in WAYS[1:]:
        print(f"{way:14} {least[way] / least[WAYS[0]] - 1:+8.1%}")
    print(orjson.dumps(used).decode())


def _run(address: str, place: Path, way: str, messages: list[DemoMessage]) -> float:
    prefix = f"{place.name}."
    cluster = Cluster(Connection(address), 4, prefix)
    extra = ("--no-web",) if way == WAYS[0] else ()
    worker = WorkerProcess(address, place, "--prefix", prefix, *extra)
    worker.start()
    looking = Looking(worker)
    if way == WAYS[2]:
        looking.start()
    try:
        cluster.feed(messages[:WARM_MESSAGES])
        _wait(cluster, WARM_MESSAGES)
        begin = processor_seconds([worker])
        cluster.feed(messages[WARM_MESSAGES:])
        _wait(cluster, len(messages))
        used = processor_seconds([worker]) - begin
    finally:
        looking.done.set()
        worker.kill()
    for page, taken in looking.taken.items():
        if taken:
            middle, most = median(taken), max(taken)
            print(f"{'':14} {page}: {middle:.2f} s, at most {most:.2f} s, {len(taken)} times")
    return 1e6 * used / (len(messages) - WARM_MESSAGES)


def _wait(cluster: Cluster, wanted: int) -> None:
    deadline = time.monotonic() + 300
    while cluster.count("verdicts") < wanted:
        if time.monotonic() > deadline:
            raise SystemExit(f"only {cluster.count('verdicts')} of {wanted} verdicts came")
        time.sleep(0.2)
