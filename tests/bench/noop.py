"""An agent that does nothing on 2 KB records of one embedded log, in the two ways of consuming."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar

import faust
import orjson
from faust.transport import consumer
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from detection_stream.runtime.consumer import BatchSchema
from detection_stream.runtime.embedded import transport
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.topic import Retention
from detection_stream.runtime.topology import Topology

RECORDS = {"batch": 200_000, "single": 30_000}
VALUE = b"x" * 2_048


class SingleConsumer(transport.EmbeddedConsumer):
    """Passes each record on as its own event, like plain Faust."""

    getmany = consumer.Consumer.getmany

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        return ConsumerMessage(
            *(tp.topic, tp.partition, record.offset, 0.0, 0, [], record.key, record.value, None),
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Faust's own walk over acknowledged offsets."""
        committed: bool = await consumer.Consumer.force_commit(self, topics, start_new_transaction)
        return committed


class SingleTransport(transport.EmbeddedTransport):
    """The embedded log without batches."""

    Consumer: ClassVar[type[SingleConsumer]] = SingleConsumer


class NoopEngine(Engine):
    """An engine whose one agent counts events and does nothing with them."""

    seen = 0

    def __init__(self, directory: Path, *, single: bool) -> None:
        self._single = single
        topology = Topology("noop")
        topology.add_source("events", "events", id=1, retention=Retention(0, 0), description="")
        topology.add_dead_letters(Retention(0, 0), "")
        super().__init__(directory, topology)

    def _app(self) -> Any:
        app = faust.App(
            "noop",
            broker="embedded://",
            autodiscover=False,
            web_enabled=False,
            stream_buffer_maxsize=4_096 if self._single else 4,
            stream_wait_empty=False,
            topic_allow_declare=False,
        )
        app.engine = app.processor = self
        app.transport = (SingleTransport if self._single else transport.EmbeddedTransport)([], app)
        schema = None if self._single else BatchSchema()
        topic = app.topic("events", schema=schema, value_type=bytes, value_serializer="raw")
        self.runners = {"events": None}  # type: ignore[dict-item] # only the name is looked at
        app.agent(topic)(self._count)
        return app

    async def _count(self, stream: Any) -> None:
        async for event in stream:
            self.seen += 1 if self._single else sum(len(batch.records) for batch in event)

    def applied(self, topic: str, partition: int) -> int:
        """Nothing is applied, so that the log stays."""
        return -1

    def accepted(self, wanted: Any) -> Any:
        """Every partition may be read on."""
        return list(wanted)

    def checkpoint(self) -> None:
        """Nothing to keep."""


async def measure(directory: Path, *, single: bool) -> float:
    """Records per second."""
    engine = NoopEngine(directory, single=single)
    count = RECORDS["single" if single else "batch"]
    log = engine.log("events", 0)
    for _ in range(count):
        log.append(b"key", VALUE, 0)
    await engine.app.start()
    while engine.seen == 0:
        await asyncio.sleep(0)
    begin, before = time.perf_counter(), engine.seen
    while engine.seen < count:
        await asyncio.sleep(0.001)
    rate = (count - before) / (time.perf_counter() - begin)
    await engine.app.stop()
    engine.database.close()
    return rate


def main(arguments: list[str]) -> None:
    """Three rounds of both, in turn; the best of each."""
    rates: dict[str, list[float]] = {"batch": [], "single": []}
    for _ in range(3):
        for way, results in rates.items():
            with tempfile.TemporaryDirectory() as scratch:
                results.append(asyncio.run(measure(Path(scratch), single=way == "single")))
    best = {way: max(results) for way, results in rates.items()}
    for way, rate in best.items():
        print(f"{way:8} {rate:12,.0f} records/s  {1e6 / rate:8.1f} us a record")
    print(
        orjson.dumps(
            {
                "batch_per_s": round(best["batch"]),
                "single_per_s": round(best["single"]),
                "ratio": round(best["batch"] / best["single"], 1),
            }
        ).decode()
    )
