"""Workers under load while they are killed, the broker fails and state is lost; then a recount.

``python -m tests.soak [--messages N] [--kills N] [--workers N] [--partitions N] [--seed N]``
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from detection_stream.demo import generate
from detection_stream.runtime.kafka.connection import Connection
from tests.bench.kafka import Arrivals
from tests.integration.cluster import Cluster, WorkerProcess
from tests.integration.local_broker import LocalBroker
from tests.soak.compaction import COMPACT_OFTEN, written_and_left
from tests.soak.verifier import verify

AHEAD = 4_000
"""How far the feed is ahead of the verdicts, so that every failure hits work in flight."""
SEED_MESSAGES = 50_000
"""Messages of one demo organisation; more mail comes from more of them."""
PAUSE_SECONDS = (3.0, 9.0)
CALM_SECONDS = 900.0
"""Time that the workers have to decide the rest once failures are over."""


class Feed(threading.Thread):
    """Keeps the workers busy."""

    def __init__(self, cluster: Cluster, arrivals: Arrivals, count: int) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self._arrivals = arrivals
        self._count = count
        self.fed = 0

    def run(self) -> None:
        """Feed all messages, never far ahead of the verdicts."""
        seed = 0
        while self.fed < self._count:
            seed += 1
            for message in generate(min(SEED_MESSAGES, self._count - self.fed), seed):
                while self.fed - len(self._arrivals.at) > AHEAD:
                    time.sleep(0.05)
                self.fed += self._cluster.feed([message])

    @property
    def lag(self) -> int:
        """Messages fed and not decided."""
        return self.fed - len(self._arrivals.at)


class Chaos:
    """Injects failures, in a seeded order."""

    def __init__(self, broker: LocalBroker, workers: list[WorkerProcess], seed: int) -> None:
        self._broker = broker
        self._workers = workers
        self._choice = random.Random(seed)
        self.kills = 0

    def plan(self, kills: int) -> list[str]:
        """One step for each failure."""
        steps = ["kill"] * kills + ["stop"] * (kills // 10 + 1)
        self._choice.shuffle(steps)
        once = ("restart broker", "kill broker", "delete state", "damage state")
        for place, step in enumerate(once, 1):
            steps.insert(len(steps) * place // (len(once) + 1), step)
        return steps

    def do(self, step: str) -> str:
        """Make one failure happen; returns what it hit."""
        worker = self._choice.choice(self._workers)
        if step == "kill":
            self.kills += 1
            worker.kill()
        elif step == "stop":
            worker.stop()
        elif step.endswith("broker"):
            (self._broker.stop if step.startswith("restart") else self._broker.kill)()
            time.sleep(5)
            self._broker.start()
            return step
        else:
            worker.kill()
            self._spoil(step, worker.data / "worker-0")
        worker.start()
        return f"{step} {worker.data.name}"

    def _spoil(self, step: str, state: Path) -> None:
        if step == "delete state":
            shutil.rmtree(state, ignore_errors=True)
            return
        for table in sorted(state.glob("entity-*/db/*.sst"))[:1]:
            data = bytearray(table.read_bytes())
            middle = len(data) // 2
            data[middle : middle + 64] = bytes(64)
            table.write_bytes(data)

    def revive(self) -> None:
        """Restart workers that exited by themselves, like a supervisor."""
        for worker in self._workers:
            if not worker.alive:
                worker.start()


def main() -> int:
    """Run, recount, and say what was found; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    for name, default in (
        ("messages", 1_000_000), ("kills", 100), ("workers", 3), ("partitions", 8), ("seed", 1),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="soak-"))
    broker = LocalBroker(place / "kafka")
    broker.start()
    workers = [WorkerProcess(broker.address, place / f"w{n}") for n in range(options.workers)]
    clean = False
    try:
        clean = _run(broker, workers, options)
    finally:
        for worker in workers:
            worker.kill()
        broker.kill()
        if clean:
            shutil.rmtree(place, ignore_errors=True)
        else:
            print(f"logs and state are kept in {place}")
    return 0 if clean else 1


def _run(broker: LocalBroker, workers: list[WorkerProcess], options: argparse.Namespace) -> bool:
    cluster = Cluster(Connection(broker.address), options.partitions)
    flow = cluster.topology
    changelogs = [node.changelog for node in flow.stages]
    for name in changelogs:
        cluster.configure(name, COMPACT_OFTEN)
    arrivals = Arrivals(cluster)
    feed = Feed(cluster, arrivals, options.messages)
    for worker in workers:
        worker.start()
    arrivals.start()
    feed.start()
    begin = time.monotonic()
    chaos = Chaos(broker, workers, options.seed)
    pause = random.Random(options.seed)
    for step in chaos.plan(options.kills):
        time.sleep(pause.uniform(*PAUSE_SECONDS))
        chaos.revive()
        lag, fed = feed.lag, feed.fed
        hit = chaos.do(step)
        print(f"{time.monotonic() - begin:7.1f} s  lag {lag:>6,} of {fed:>9,}  {hit}", flush=True)
    moved, seen = time.monotonic(), 0
    while (feed.is_alive() or feed.lag > 0) and time.monotonic() - moved < CALM_SECONDS:
        chaos.revive()
        if len(arrivals.at) > seen:
            moved, seen = time.monotonic(), len(arrivals.at)
        time.sleep(1)
    seconds = time.monotonic() - begin
    time.sleep(5)
    for worker in workers:
        worker.stop()
    print(f"{feed.fed:,} messages, {chaos.kills} kills, {seconds:.0f} s", flush=True)
    report = verify(broker.address)
    report.print()
    for name in changelogs:
        written, left = written_and_left(broker.address, name)
        print(f"{name}: {written:,} offsets, {left:,} records left by compaction")
    return report.clean and report.messages == options.messages


if __name__ == "__main__":
    sys.exit(main())
