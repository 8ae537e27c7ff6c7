"""The engine in one process: a Faust app on the embedded transport."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faust

from detection_stream.errors import StageError
from detection_stream.runtime.consumer import BatchSchema
from detection_stream.runtime.embedded.log import Logs, PartitionLog
from detection_stream.runtime.memory import tune_memory
from detection_stream.runtime.operator_keys import own_keys
from detection_stream.runtime.outgoing import MAX_FRAME_INPUTS
from detection_stream.runtime.policies import Policies
from detection_stream.runtime.prepared import Prepared
from detection_stream.runtime.processor import CHECKPOINT_SECONDS, Processor
from detection_stream.runtime.readers import default_readers
from detection_stream.runtime.records import Batch
from detection_stream.runtime.runner import Runner
from detection_stream.runtime.topology import Topology
from detection_stream.state.database import Database, new_batch

MAX_AHEAD_RECORDS = 2_048
"""Messages that may wait for the first stage before feeders must pause."""


class Engine(Processor):
    """Runs a topology on a data directory.

    Appended records, state and offsets are written together at each checkpoint, so a crash falls
    back to the last one and the results equal an undisturbed run. ``readers`` processes
    parse messages for it; None means one per core.
    """

    partitions = 1

    def __init__(
        self,
        directory: Path,
        topology: Topology,
        *,
        policies: Policies | None = None,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
        frame_inputs: int = MAX_FRAME_INPUTS,
        readers: int | None = None,
    ) -> None:
        self.database = Database(directory)
        self.keys = own_keys(directory)
        """The keys of the directory: what is signed with them counts here."""
        topology.trust(self.keys)
        # Readers get the keys when they start.
        super().__init__(topology, checkpoint_seconds, readers or default_readers())
        retentions = {topic.name: topic.retention for topic in topology.topics}
        self.logs = Logs(self.database, retentions)
        for topic in topology.topics:
            self.log(topic.name, 0)
        self.arrived = asyncio.Event()
        self.runners: dict[str, Runner] = {
            node.reads.name: Runner.open(
                node, self.database, 0, self, policies=policies, frame_inputs=frame_inputs
            )
            for node in topology.stages
        }
        self._writers: list[Any] = []
        self._awaiting: list[asyncio.Future[None]] = []
        self.apply_seconds: defaultdict[str, float] = defaultdict(float)
        """Seconds each stage spent applying batches, and the number of batches."""
        self.apply_batches: Counter[str] = Counter()
        self.app = self._app()

    def runner(self, topic: str, partition: int) -> Runner | None:
        """The runner of a topic's stage."""
        return self.runners.get(topic)

    def _app(self) -> Any:
        app = faust.App(
            self.topology.name,
            broker="embedded://",
            stream_wait_empty=False,
            table_standby_replicas=0,
            **self.faust_settings(),
        )
        app.engine = app.processor = self
        for runner in self.runners.values():
            topic = app.topic(runner.topic, schema=BatchSchema(), partitions=self.partitions)
            app.agent(topic, name=runner.stage.name)(self._agent(runner))
        return app

    def _agent(self, runner: Runner) -> Any:
        async def agent(stream: Any) -> None:
            async for batches in stream:
                (batch,) = batches
                try:
                    self._apply(runner, batch, await self.prepare(batches))
                except Exception as error:
                    self.fail(error)
                    raise
                await asyncio.sleep(0)

        return agent

    def _apply(self, runner: Runner, batch: Batch, prepared: Prepared | None) -> None:
        begin = time.perf_counter()
        runner.apply(batch, prepared)
        self.apply_seconds[runner.stage.name] += time.perf_counter() - begin
        self.apply_batches[runner.stage.name] += 1

    def fail(self, error: BaseException) -> None:
        """Record a failure; whoever waits for a checkpoint is told that there will be none."""
        super().fail(error)
        self.arrived.set()
        awaiting, self._awaiting = self._awaiting, []
        for written in awaiting:
            if not written.done():
                written.set_exception(StageError(f"a stage stopped: {error}"))

    def log(self, topic: str, partition: int) -> PartitionLog:
        """One partition of a topic."""
        return self.logs.partition(topic, partition)

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes, timestamp: int
    ) -> None:
        """Append an output of a stage."""
        self.log(topic, partition).append(key, value, timestamp)
        self.arrived.set()

    def applied(self, topic: str, partition: int) -> int:
        """Last offset of a topic that its stage has applied; the end if no stage reads it."""
        runner = self.runners.get(topic)
        return runner.state.progress.applied if runner else self.log(topic, partition).end - 1

    def held(self) -> Iterator[tuple[str, int, Runner]]:
        """All stages, one partition each."""
        for topic, runner in self.runners.items():
            yield topic, 0, runner

    def lag(self, topic: str, partition: int = 0) -> int:
        """Unapplied records of a topic."""
        return self.log(topic, partition).end - 1 - self.applied(topic, partition)

    def waiting(self, topic: str, partition: int) -> int:
        """Never pauses a source: ticks are sent only when everything else is done."""
        return 0

    def idle(self) -> bool:
        """Whether every stage has applied its whole topic."""
        return all(self.lag(topic) == 0 for topic in self.runners)

    def on_checkpoint(self, writer: Any) -> None:
        """Let ``writer.write(batch)`` add to each checkpoint, and ``writer.settle()`` follow it."""
        self._writers.append(writer)

    async def durable(self) -> None:
        """Wait for the next checkpoint: everything appended before is then on disk.

        Raises:
            StageError: a stage stopped, so there will be none.
        """
        self.check()
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaiting.append(written)
        await written

    def checkpoint(self) -> None:
        """Atomically write logs, state, offsets and the writers' additions.

        Raises:
            StageError: they could not be written (a full disk); the engine has failed.
        """
        if self.failure:
            return
        try:
            self._checkpoint()
        except Exception as error:
            self.fail(error)
            raise

    def _checkpoint(self) -> None:
        batch = new_batch()
        for writer in self._writers:
            writer.write(batch)
        for runner in self.runners.values():
            runner.state.freeze()
            runner.state.write(batch)
        for (topic, partition), log in self.logs.partitions.items():
            log.write(batch, self.applied(topic, partition))
        self.database.write(batch)
        self.checkpointed_at = time.monotonic()
        awaiting, self._awaiting = self._awaiting, []
        for written in awaiting:
            if not written.done():
                written.set_result(None)
        for runner in self.runners.values():
            runner.state.settle()
        for (topic, partition), log in self.logs.partitions.items():
            log.settle(self.applied(topic, partition))
        for writer in self._writers:
            writer.settle()

    async def start(self) -> None:
        """Start the Faust app."""
        tune_memory()
        await self.app.start()

    async def give_way(self, topic: str) -> None:
        """Let the stages run until the first one has nearly caught up with a topic.

        Raises:
            StageError: a stage stopped.
        """
        self.arrived.set()
        await asyncio.sleep(0)
        while self.lag(topic) > MAX_AHEAD_RECORDS:
            self.check()
            await asyncio.sleep(0.001)

    async def wait_idle(self) -> None:
        """Wait until all is applied and decided; sends ticks while messages wait for a level.

        Raises:
            StageError: a stage stopped.
        """
        while True:
            self.check()
            if not self.idle():
                await asyncio.sleep(0.002)
            elif self.pending():
                self.tick(0)
                await asyncio.sleep(0)
            else:
                return

    async def stop(self) -> None:
        """Write a last checkpoint unless a stage failed, and release the directory."""
        if not self.failure:
            self.checkpoint()
        self._checkpoint_off()
        await self.app.stop()
        self.close_readers()
        self.database.close()

    def _checkpoint_off(self) -> None:
        self.checkpoint = lambda: None  # type: ignore[method-assign] # Faust commits once more when it stops
