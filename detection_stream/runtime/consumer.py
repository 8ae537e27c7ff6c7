"""Shared by the consumers of all transports: one event holds a batch per partition."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from faust import Schema
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from detection_stream.runtime.records import Batch


class BatchSchema(Schema):  # type: ignore[misc] # Faust publishes no types
    """Passes batches on as the event's value, undecoded."""

    def compile(self, app: Any, **kwargs: Any) -> Callable[..., Any]:
        """The function that makes an event of a message."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return app.create_event(None, message.value, message.headers, message)

        return decode


class BatchConsumer:
    """Faust consumer mixin: batches instead of records, checkpoints instead of commits."""

    app: Any
    seeks = 0
    """Number of seeks; fetches from before a seek are discarded."""

    async def seek_back(self, partitions: Iterable[TP]) -> None:
        """Rewind partitions to the first record not applied."""
        raise NotImplementedError

    async def checkpoint(self) -> None:
        """Write a checkpoint."""
        raise NotImplementedError

    def _batch(self, tp: TP, records: Any) -> Batch:
        """Make a batch of records fetched from a partition."""
        raise NotImplementedError

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """One message per topic, holding the batches fetched from its partitions."""
        generation, seeks = self.app.consumer_generation_id, self.seeks
        records, active = await self._wait_next_records(timeout)  # type: ignore[attr-defined] # of Faust's Consumer
        batches = {tp: self._batch(tp, found) for tp, found in (records or {}).items() if found}
        if self.seeks != seeks:
            # These may be from before the seek, so fetch them again.
            await self.seek_back(batches)
            return
        topics: dict[str, list[Batch]] = {}
        for tp, batch in batches.items():
            if active is None or tp in active:
                topics.setdefault(tp.topic, []).append(batch)
        for found in topics.values():
            stale = self.app.consumer_generation_id != generation
            if stale or not self.flow_active:  # type: ignore[attr-defined] # of Faust's Consumer
                # A seek follows; `previous` reveals a batch after one dropped here.
                return
            ahead = self.app.processor.read_ahead(found)
            yield TP(found[0].topic, found[0].partition), self._message(ahead)

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
        """Offsets between batches have gaps; ignore them."""

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Every commit goes through the checkpoint."""
        return await self.force_commit(topics, start_new_transaction)

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Write a checkpoint of all stages, and forget what was acknowledged."""
        await self.checkpoint()
        for acked in (self._acked, self._acked_index):  # type: ignore[attr-defined] # of Faust's Consumer
            acked.clear()
        return True
