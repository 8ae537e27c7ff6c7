"""One stream worker: a Faust app that owns some partitions of every stage's topic."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import faust
from faust.types import TP

from detection_stream.errors import DamagedStateError, StageError
from detection_stream.private_files import private_directory
from detection_stream.runtime.consumer import BatchSchema
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.metrics import Metrics
from detection_stream.runtime.kafka.outputs import Outputs
from detection_stream.runtime.kafka.owned import OwnedPartition
from detection_stream.runtime.kafka.ownership import Ownership
from detection_stream.runtime.kafka.replica import mark_damaged
from detection_stream.runtime.kafka.topics import describe
from detection_stream.runtime.memory import tune_memory
from detection_stream.runtime.policies import Policies
from detection_stream.runtime.prepared import Prepared
from detection_stream.runtime.processor import CHECKPOINT_SECONDS, TICK_SECONDS, Processor
from detection_stream.runtime.records import Batch
from detection_stream.runtime.runner import Runner, apply_together
from detection_stream.runtime.topology import Topology

log = logging.getLogger(__name__)

FETCH_RECORDS = 512
"""Maximum records per fetch; a batch is applied without interruption."""
SESSION_SECONDS = 6.0
"""Silence after which the group considers a worker dead."""
STUCK_SECONDS = 120.0
"""Seconds without progress, despite records, after which a worker is unhealthy."""
READERS = 1
"""Reader processes of a worker; more cores are for more workers."""
FETCH_BYTES = 1 << 20
"""Maximum bytes per partition and fetch (a single record may be larger)."""


class Worker(Processor):
    """Runs a topology on Kafka until it is stopped or fails.

    Every output is sent at once; state becomes valid with the changelog's transaction. Whatever
    happened since the last one is repeated after a crash, with the same results.
    """

    def __init__(
        self,
        connection: Connection,
        topology: Topology,
        data: Path,
        *,
        standbys: int = 0,
        policies: Policies | None = None,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
        metrics: Metrics | None = None,
        readers: int = READERS,
    ) -> None:
        super().__init__(topology, checkpoint_seconds, readers)
        private_directory(data)
        self.connection = connection
        self.group = topology.group
        self.metrics = metrics or Metrics()
        self.outputs = Outputs(connection, self.group)
        self.ownership = Ownership(
            connection, topology, self.outputs, data, policies or Policies(), standbys
        )
        self.leaving = False
        """Whether the last checkpoint is written; after it, no group offsets are committed."""
        self.ended = asyncio.Event()
        """Set when the worker should stop; it still commits and leaves the group."""
        self._committing = asyncio.Lock()
        self._moved_at: dict[TP, float] = {}
        self.app = self._app(data, standbys)

    def _app(self, data: Path, standbys: int) -> Any:
        app = faust.App(
            self.group,
            broker=[f"batch://{server}" for server in self.connection.servers.split(",")],
            broker_credentials=self.connection.faust(),
            datadir=str(data),
            stream_wait_empty=True,
            topic_disable_leader=True,
            consumer_max_fetch_size=FETCH_BYTES,
            broker_max_poll_records=FETCH_RECORDS,
            consumer_auto_offset_reset="earliest",
            consumer_group_instance_id=_instance(data),
            broker_session_timeout=SESSION_SECONDS,
            broker_heartbeat_interval=SESSION_SECONDS / 4,
            broker_request_timeout=30.0,
            broker_rebalance_timeout=20.0,
            broker_max_poll_interval=300.0,
            # Faust uses its sticky assignor only with standbys; ours are separate.
            table_standby_replicas=max(standbys, 1),
            **self.faust_settings(),
        )
        app.worker = app.processor = self
        for node in self.topology.stages:
            channel = app.topic(node.reads.name, schema=BatchSchema())
            app.agent(channel, name=node.name)(self._agent)
        app.on_rebalance_complete.connect(self._rebalanced)
        return app

    async def _agent(self, stream: Any) -> None:
        async for batches in stream:
            try:
                await self._take(batches)
            except Exception as error:
                self.fail(error)
            await asyncio.sleep(0)

    async def _take(self, batches: list[Batch]) -> None:
        """Apply batches of one stage; those after a gap are re-read."""
        prepared = await self.prepare(batches)
        work, holes = [], []
        for batch in batches:
            owned = self.ownership.partitions.get(TP(batch.topic, batch.partition))
            if owned is None or self.failure:
                # Leave batches of revoked partitions to the new owner.
                continue
            if batch.previous > owned.applied:
                holes.append(TP(batch.topic, batch.partition))
            else:
                work.append((owned.runner, batch))
        self._apply(work, prepared)
        if holes:
            log.info("%s: re-reading", ", ".join(f"{topic}/{number}" for topic, number in holes))
            await self.app.consumer.seek_back(holes)

    def held(self) -> Iterator[tuple[str, int, Runner]]:
        """The partitions that this worker owns."""
        for tp, owned in self.ownership.partitions.items():
            yield tp.topic, tp.partition, owned.runner

    def runner(self, topic: str, partition: int) -> Runner | None:
        """The runner of a partition, if this worker owns it."""
        owned = self.ownership.partitions.get(TP(topic, partition))
        return owned.runner if owned else None

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Produce one record."""
        self.outputs.send(topic, partition, key, value, timestamp)

    def _apply(self, work: list[tuple[Runner, Batch]], prepared: Prepared | None) -> None:
        if not work:
            return
        begin = time.perf_counter()
        apply_together(work, prepared)
        stage = work[0][0].stage.name
        self.metrics.apply.labels(stage).observe(time.perf_counter() - begin)
        self.metrics.batch.labels(stage).observe(sum(len(batch.records) for _, batch in work))
        for _, batch in work:
            self._moved_at[TP(batch.topic, batch.partition)] = time.monotonic()
            self.metrics.records.labels(stage).inc(len(batch.records))
            age = time.time() - batch.records[-1].timestamp / 1_000
            self.metrics.latency.labels(stage).observe(max(age, 0.0))

    def lag(self, topic: str, partition: int) -> int:
        """Unapplied records of a partition; 0 while the end is unknown."""
        tp = TP(topic, partition)
        end = self.app.consumer.highwater(tp) or 0
        return max(end - 1 - self.ownership.partitions[tp].applied, 0)

    def stuck(self) -> list[str]:
        """Partitions with records unapplied for too long."""
        now = time.monotonic()
        found = []
        for tp in self.ownership.partitions:
            if not self.lag(*tp):
                self._moved_at[tp] = now
            elif now - self._moved_at.setdefault(tp, now) > STUCK_SECONDS:
                found.append(f"{tp.topic}/{tp.partition}")
        return found

    async def _rebalanced(self, *_: Any, **__: Any) -> None:
        try:
            assigned = self._inputs(self.app.consumer.assignment())
            standby = self._inputs(self.app.assignor.assigned_standbys())
            await self.ownership.take(assigned, standby)
        except Exception as error:
            self.fail(error)

    def _inputs(self, partitions: Iterable[TP]) -> set[TP]:
        topics = {node.reads.name for node in self.topology.stages}
        return {TP(*tp) for tp in partitions if tp.topic in topics}

    async def positions(self, assigned: Iterable[TP]) -> dict[TP, int]:
        """Next offsets to read, from the applied ones.

        Raises:
            StageError: unapplied records have expired.
        """
        wanted = self._inputs(assigned) & self.ownership.partitions.keys()
        if not wanted:
            return {}
        starts = await self.app.consumer.earliest_offsets(*wanted)
        found = {}
        for tp in wanted:
            applied, start = self.ownership.partitions[tp].applied, starts[tp]
            if 0 <= applied < start - 1:
                raise StageError(
                    f"{tp.topic}/{tp.partition}: records {applied + 1} to {start - 1} are gone, "
                    "they expired before they were read; increase the topic's retention "
                    "and build a new state with another --prefix"
                )
            found[tp] = max(applied + 1, start)
        return found

    async def checkpoint(self) -> dict[TP, int]:
        """Commit changes; returns the next input offset of each partition written."""
        async with self._committing:
            changed = [p for p in self.ownership.partitions.values() if p.changed]
            if self.failure or not changed:
                return {}
            begin = time.perf_counter()
            for owned in changed:
                owned.freeze()
            offsets = {TP(p.topic, p.partition): p.applied + 1 for p in changed}
            try:
                await self.outputs.confirm(self.outputs.end_epoch())
                rows = await self._write(changed)
            except Exception as error:
                self.fail(error)
                return {}
            self.checkpointed_at = time.monotonic()
            self.metrics.checkpoint.observe(time.perf_counter() - begin)
            self.metrics.checkpoint_rows.inc(sum(rows))
            return offsets

    async def _write(self, changed: list[OwnedPartition]) -> list[int]:
        """Commit partitions concurrently; failures are raised once all have finished."""
        written = await asyncio.gather(*(p.write() for p in changed), return_exceptions=True)
        for outcome in written:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in written if isinstance(outcome, int)]

    def fail(self, error: BaseException) -> None:
        """Stop without another checkpoint; keeps the first failure."""
        if isinstance(error, DamagedStateError):
            mark_damaged(error)
        if self.failure is None:
            log.error("the worker stops: %s", error)
        super().fail(error)
        self.ended.set()

    def stop(self) -> None:
        """Request a clean shutdown: finish, checkpoint, leave."""
        self.ended.set()

    async def run(self) -> None:
        """Run until ``stop`` or a failure.

        Raises:
            StageError: the worker failed.
        """
        names = [node.reads.name for node in self.topology.stages]
        self.ownership.identities = await asyncio.to_thread(describe, self.connection, names)
        tune_memory()
        await self.ownership.start()
        await self.app.start()
        ticker = asyncio.create_task(self._pass_time())
        await self.ended.wait()
        ticker.cancel()
        await self.app.consumer.checkpoint()
        self.leaving = True
        await self.app.stop()
        await self.ownership.stop()
        self.outputs.close()
        self.close_readers()
        log.info("the worker has stopped")
        self.check()

    async def _pass_time(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.tick()


def _instance(data: Path) -> str:
    """The static group id of a data directory: a quick restart keeps its partitions."""
    kept = data / "group-instance"
    if not kept.exists():
        kept.write_text(uuid4().hex)
    return kept.read_text()
