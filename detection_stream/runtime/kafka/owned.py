"""A stage's partition while this worker owns it: runner, state, and the checkpoint."""

from __future__ import annotations

import time
from dataclasses import dataclass

import orjson

from detection_stream.errors import DataDirectoryError, StageError
from detection_stream.runtime.kafka.changelog import Changelog
from detection_stream.runtime.kafka.replica import META_KEY, Replica
from detection_stream.runtime.policies import Policies
from detection_stream.runtime.runner import Runner, Sender
from detection_stream.runtime.topology import StageNode
from detection_stream.state.database import new_batch


@dataclass(frozen=True, slots=True)
class Identity:
    """Identifies a checkpoint's input: another topic or partition count means another state."""

    topic_id: str
    partitions: int


class OwnedPartition:
    """Applies batches and writes checkpoints; created once its replica is up to date.

    Raises:
        StageError: its state belongs to another input topic or partition count.
    """

    def __init__(
        self,
        node: StageNode,
        identity: Identity,
        replica: Replica,
        changelog: Changelog,
        sender: Sender,
        policies: Policies,
    ) -> None:
        self.topic = node.reads.name
        self.partition = replica.partition
        self.replica = replica
        self.changelog = changelog
        self._identity = identity
        self._check_identity()
        try:
            self.runner = Runner.open(
                node, replica.database, replica.partition, sender, policies=policies
            )
        except DataDirectoryError as error:
            raise StageError(f"{node.name}/{replica.partition}: {error}") from error
        self._meta = b""

    def _check_identity(self) -> None:
        meta = self.replica.meta
        partition = f"{self.replica.stage}/{self.partition}"
        if not meta:
            return
        if meta["topic_id"] != self._identity.topic_id:
            raise StageError(
                f"{partition}: its state was built from an earlier topic named "
                f"{self.topic}; the topic was re-created. Remove the state and its changelog, or "
                "use another --prefix"
            )
        if meta["partitions"] != self._identity.partitions:
            raise StageError(
                f"{partition}: its state was built with {meta['partitions']} partitions per topic, "
                f"now there are {self._identity.partitions}; entities would change partitions. "
                "Build a new state with another --prefix, or restore the partition count"
            )

    @property
    def applied(self) -> int:
        """Last input offset applied."""
        return self.runner.state.progress.applied

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.runner.state.changed

    def freeze(self) -> None:
        """Freeze the current state; later batches belong to the next checkpoint."""
        state = self.runner.state
        state.freeze()
        self._meta = orjson.dumps(
            {
                "progress": orjson.Fragment(state.progress.encode()),
                "topic_id": self._identity.topic_id,
                "partitions": self._identity.partitions,
                "written_at": int(time.time()),
            }
        )

    async def write(self) -> int:
        """Commit the frozen state, changelog first, then disk; returns the changed rows."""
        state = self.runner.state
        position = await self.changelog.write([*state.entries(), (META_KEY, self._meta)])
        batch = new_batch()
        rows = state.write(batch)
        self.replica.settle(batch, self._meta, position)
        state.settle()
        return rows

    async def close(self) -> None:
        """Release the partition; uncommitted changes are discarded."""
        await self.changelog.stop()
        self.replica.close()
