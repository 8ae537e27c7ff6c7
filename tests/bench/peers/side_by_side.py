"""Runs each program on the same records of one broker and compares rate and CPU.

Arguments: records (200000), partitions (4). The Python peers get an environment of their own.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

import orjson
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.cimpl import NewTopic

from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.topics import admin
from tests.integration.local_broker import JARS, LocalBroker

HERE = Path(__file__).parent
ENVIRONMENT = JARS.parent / "peers"
PACKAGES = (
    "faust-streaming==0.15.3",
    "rocksdict",
    "quixstreams==3.28.1",
    "bytewax==0.21.1",
    "orjson",
)
STREAMS = JARS.parent / "kafka-streams"
SENDERS = 20_000
VALUE_BYTES = 2_100
LONGEST_SECONDS = 600.0
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A program: its command, and the topic that it writes."""

    name: str
    command: list[str]
    output: str
    records: int


def main(arguments: list[str]) -> None:
    """Run all, one after the other."""
    numbers = [int(argument) for argument in arguments]
    count, partitions = (*numbers, *(200_000, 4)[len(numbers) :])
    python = _python()
    _fetch_streams()
    java = ["java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", f"{STREAMS}/*"]
    peers = [
        Peer("ours", [sys.executable, "-m", "tests.bench.peers.ours"], "ours-output", count),
        Peer("faust", [python, str(HERE / "faust_app.py")], "faust-output", count // 20),
        Peer("quix", [python, str(HERE / "quix_app.py")], "quix-output", count // 2),
        Peer("bytewax", [python, str(HERE / "bytewax_app.py")], "bytewax-output", count // 2),
        Peer("streams", [*java, str(HERE / "streams/StreamsPeer.java")], "streams-output", count),
    ]
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        broker = LocalBroker(Path(scratch) / "kafka", extra="auto.create.topics.enable=true")
        broker.start()
        try:
            _prepare(broker.address, [peer.output for peer in peers], count, partitions)
            for peer in peers:
                state = Path(scratch) / peer.name
                state.mkdir()
                figures[peer.name] = _run(peer, broker.address, state, partitions)
                print(f"{peer.name:10} {figures[peer.name]}", flush=True)
        finally:
            broker.close()
    ours = figures["ours"]["per_s"]
    for name, found in figures.items():
        found["ours_is_times"] = round(ours / found["per_s"], 1) if found["per_s"] else 0.0
        print(f"{name:10} {found['per_s']:>9,.0f}/s {found['cpu_us']:>7,.1f} us of CPU a message"
              f"  ours is {found['ours_is_times']} times that")  # fmt: skip
    print(orjson.dumps(figures).decode())


def _python() -> str:
    """The interpreter of the peers' environment, created if missing."""
    python = ENVIRONMENT / "bin/python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return str(python)


def _fetch_streams() -> None:
    if not STREAMS.exists():
        maven = ["mvn", "-q", "-B", "-f", str(HERE / "streams/pom.xml")]
        command = [*maven, "dependency:copy-dependencies", f"-DoutputDirectory={STREAMS}"]
        subprocess.run(command, check=True)


def _prepare(address: str, outputs: list[str], count: int, partitions: int) -> None:
    connection = Connection(address)
    stamped = {"message.timestamp.type": "LogAppendTime"}
    topics = [NewTopic(name, partitions, 1, config=stamped) for name in ["peers-input", *outputs]]
    for future in admin(connection).create_topics(topics).values():
        future.result()
    producer = Producer({"bootstrap.servers": address, "linger.ms": 20, "compression.type": "lz4"})
    padding = os.urandom(VALUE_BYTES // 2 - 60).hex()
    for number in range(count):
        sender = f"someone{number * 7_919 % SENDERS}@example.com"
        message = {"sender": sender, "at": 1_740_000_000_000 + number * 50, "body": padding}
        producer.produce("peers-input", orjson.dumps(message), sender)
        producer.poll(0)
    producer.flush()


def _run(peer: Peer, address: str, state: Path, partitions: int) -> dict[str, float]:
    """Let one program work until its output holds its share of records."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    log = state.with_suffix(".log")
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [*peer.command, address, str(state), str(partitions)],
            stdout=lines,
            stderr=lines,
            env={**os.environ, "PYTHONPATH": str(HERE.parents[2])}
            if peer.name == "ours"
            else {**os.environ, "PYTHONPATH": ""},
        )
    first = last = 0.0
    done = seen = started = 0
    deadline = time.monotonic() + LONGEST_SECONDS
    while done < peer.records and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
        done = _count(address, peer.output, partitions)
        if done > seen:
            last, seen = time.monotonic(), done
            if not first:
                first, started = last, done
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not done:
        print(log.read_text()[-1_500:])
        return {"per_s": 0.0, "cpu_us": 0.0, "records": 0}
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "per_s": round((done - started) / max(last - first, 0.1)),
        "cpu_us": round(cpu / done * 1e6, 1),
        "records": done,
    }


def _count(address: str, topic: str, partitions: int) -> int:
    consumer = Consumer({"bootstrap.servers": address, "group.id": "count", "log_level": 0})
    try:
        marks = [
            consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)
            for number in range(partitions)
        ]
        return sum(high for _, high in marks)
    finally:
        consumer.close()
