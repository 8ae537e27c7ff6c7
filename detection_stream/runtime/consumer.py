"""What the consumers of all transports share: one event holds a batch of each partition."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from faust import Schema
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from detection_stream.runtime.records import Batch


class BatchSchema(Schema):  # type: ignore[misc] # Faust publishes no types
    """Hands the batches on as the event's value; nothing is to decode."""

    def compile(self, app: Any, **kwargs: Any) -> Callable[..., Any]:
        """The function that makes an event of a message."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, message.headers, message)

        return decode


class BatchConsumer:
    """Mixed into a Faust consumer: batches for records, checkpoints for commits."""

    app: Any
    seeks = 0
    """Seeks so far: what was asked for before one is not taken after it."""

    async def seek_back(self, partitions: Iterable[TP]) -> None:
        """Read partitions again from behind what was applied."""
        raise NotImplementedError

    async def checkpoint(self) -> None:
        """Write a checkpoint."""
        raise NotImplementedError

    def _batch(self, tp: TP, records: Any) -> Batch:
        """The batch of what was fetched of a partition."""
        raise NotImplementedError

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """One message a topic, which holds the batches that were fetched of its partitions."""
        generation, seeks = self.app.consumer_generation_id, self.seeks
        records, active = await self._wait_next_records(timeout)  # type: ignore[attr-defined] # of Faust's Consumer
        batches = {tp: self._batch(tp, found) for tp, found in (records or {}).items() if found}
        if self.seeks != seeks:
            # These may be from before the seek; nothing tells, so they are fetched again.
            await self.seek_back(batches)
            return
        topics: dict[str, list[Batch]] = {}
        for tp, batch in batches.items():
            if active is None or tp in active:
                topics.setdefault(tp.topic, []).append(batch)
        for found in topics.values():
            stale = self.app.consumer_generation_id != generation
            if stale or not self.flow_active:  # type: ignore[attr-defined] # of Faust's Consumer
                # A seek follows; a batch behind one that is dropped here is known by `previous`.
                return
            yield TP(found[0].topic, found[0].partition), self._message(found)

    def _message(self, batches: list[Batch]) -> ConsumerMessage:
        first = batches[0]
        return ConsumerMessage(
            first.topic,
            first.partition,
            first.last,
            first.records[-1].timestamp / 1_000,
            0,
            {},
            None,
            batches,
            None,
            tp=TP(first.topic, first.partition),
            generation_id=self.app.consumer_generation_id,
        )

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Batches leave gaps between their last offsets; they mean nothing."""

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Every way to commit goes through the checkpoint."""
        return await self.force_commit(topics, start_new_transaction)

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Write a checkpoint of all stages, and forget what was acknowledged."""
        await self.checkpoint()
        for acked in (self._acked, self._acked_index):  # type: ignore[attr-defined] # of Faust's Consumer
            acked.clear()
        return True
