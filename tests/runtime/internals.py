"""Every internal of Faust and aiokafka that the engine overrides, calls or sets, and why.

Each has a reader: the library's code that makes it matter. A name that is still there but that
nothing reads any more would change what the engine does without a word.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.producer.message_accumulator import BatchBuilder
from faust import App, Schema
from faust.assignor.partition_assignor import PartitionAssignor
from faust.tables.recovery import Recovery
from faust.topics import Topic
from faust.transport.base import Transport
from faust.transport.conductor import Conductor
from faust.transport.consumer import Consumer, ThreadDelegateConsumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, ConsumerRebalanceListener
from mode.threads import ServiceThread

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Internal:
    """One name of a library.

    ``parameters`` are those of a method after ``self``; an attribute has ``None``. An attribute
    is set by ``setter``. ``reader`` is None for what only the engine reads or calls.
    """

    owner: type
    name: str
    parameters: str | None
    reader: Function | None
    reason: str
    setter: Function | None = None

    def __str__(self) -> str:
        return f"{self.owner.__module__}.{self.owner.__name__}.{self.name}"


METHODS = (
    # What a Faust consumer does with records: ours hands on batches.
    (Consumer, "getmany", "timeout", Consumer._drain_messages, "one message holds batches"),
    (Consumer, "_wait_next_records", "timeout", Consumer.getmany, "fetches for our getmany"),
    (Consumer, "_getmany", "active_partitions timeout", Consumer._wait_next_records,
     "leaves out partitions whose stage is behind; reads the logs when embedded"),
    (Consumer, "_add_gap", "tp offset_from offset_to", Consumer._drain_messages,
     "a batch counts as its last offset, the others are no gap to remember"),
    (Consumer, "_to_message", "tp record", Consumer.getmany, "unused with batches, but abstract"),
    (Consumer, "_new_topicpartition", "topic partition", None, "abstract"),
    # What is committed: a checkpoint, never what was acknowledged.
    (Consumer, "commit", "topics start_new_transaction", Consumer._commit_handler, "a checkpoint"),
    (Consumer, "force_commit", "topics start_new_transaction", Consumer.commit, "a checkpoint"),
    (Consumer, "_commit", "offsets", Consumer._commit_offsets,
     "tells the group how far the state is, for those who watch the lag"),
    # Where reading goes on: behind what the state has applied.
    (Consumer, "perform_seek", "", Recovery._resume_streams, "after every rebalance"),
    (Consumer, "seek_to_committed", "", Consumer.perform_seek, "embedded: the state says where"),
    (Consumer, "_seek", "partition offset", Consumer.seek, "embedded: moves a position"),
    (Consumer, "seek_wait", "partitions", Recovery._seek_offsets, "seeks, and waits for it"),
    (Consumer, "position", "tp", Recovery._slurp_changelogs, "embedded: a position"),
    (Consumer, "subscribe", "topics", Conductor._subscriber, "embedded: owns all partitions"),
    (Consumer, "on_partitions_assigned", "assigned generation_id",
     ConsumerRebalanceListener.on_partitions_assigned, "embedded: what a group would call"),
    (Consumer, "assignment", "", Consumer._get_active_partitions, "partitions of this worker"),
    (Consumer, "highwater", "tp", None, "the lag of a stage"),
    (Consumer, "highwaters", "*partitions", Recovery._build_highwaters, "embedded: ends of logs"),
    (Consumer, "earliest_offsets", "*partitions", Recovery._build_offsets,
     "what retention has left"),
    (Consumer, "topic_partitions", "topic", None, "abstract"),
    (Consumer, "key_partition", "topic key partition", None, "abstract"),
    (Consumer, "create_topic",
     "topic partitions replication config timeout retention compacting deleting ensure_created",
     None, "abstract"),
    # The thread of a Kafka consumer.
    (ThreadDelegateConsumer, "_new_consumer_thread", "", ThreadDelegateConsumer.__init__,
     "ours, with shorter fetches"),
    (AIOKafkaConsumerThread, "_create_worker_consumer", "transport",
     AIOKafkaConsumerThread._create_consumer, "Faust has no setting for the wait of a fetch"),
    (AIOKafkaConsumerThread, "on_start", "", ServiceThread._actually_start,
     "the fetcher is there after it"),
    (AIOKafkaConsumerThread, "on_thread_stop", "", ServiceThread._shutdown_thread,
     "leaves the group at once"),
    # The app.
    (Schema, "compile", "app on_key_decode_error on_value_decode_error default_propagate",
     Topic._compile_decode, "a batch is an event's value, nothing is to decode"),
    (App, "create_event", "key value headers message", None, "an event of a batch"),
    (App, "on_rebalance_start", "", ConsumerRebalanceListener.on_partitions_revoked,
     "embedded: begins the one rebalance"),
    (PartitionAssignor, "assigned_standbys", "", None, "partitions to keep copies of"),
    # A changelog's transactions, in batches that we fill ourselves.
    (AIOKafkaProducer, "begin_transaction", "", None, "a checkpoint begins"),
    (AIOKafkaProducer, "commit_transaction", "", None, "a checkpoint is valid"),
    (AIOKafkaProducer, "create_batch", "", None, "a batch of changelog records"),
    (AIOKafkaProducer, "send_batch", "batch topic partition", None, "gives a future"),
    (BatchBuilder, "append", "timestamp key value headers", None, "None when the batch is full"),
    (BatchBuilder, "close", "", None, "counts before it is sent"),
    (BatchBuilder, "record_count", "", None, "offset behind the batch"),
)  # fmt: skip

ATTRIBUTES = (
    (Consumer, "_acked", Consumer.__init__, Consumer._new_offset, "grows unless it is cleared"),
    (Consumer, "_acked_index", Consumer.__init__, Consumer.ack, "grows unless it is cleared"),
    (Consumer, "_committed_offset", Consumer.__init__, Consumer.ack,
     "what is acknowledged below it is dropped"),
    (Consumer, "_read_offset", Consumer.__init__, Consumer._drain_messages,
     "what comes below it is dropped"),
    (Consumer, "flow_active", Consumer._reset_state, Consumer._wait_next_records,
     "records of a time without flow are read again"),
    (Consumer, "consumer_stopped_errors", None, Consumer._drain_messages, "embedded: none"),
    (AIOKafkaConsumerThread, "_consumer", AIOKafkaConsumerThread.on_start,
     AIOKafkaConsumerThread._ensure_consumer, "aiokafka's consumer"),
    (AIOKafkaConsumer, "_fetch_max_wait_ms", AIOKafkaConsumer.__init__, AIOKafkaConsumer.start,
     "a fetch under way delays records of other partitions"),
    (AIOKafkaConsumer, "_fetcher", AIOKafkaConsumer.start, AIOKafkaConsumer.getmany, "the fetcher"),
    (AIOKafkaConsumer, "_coordinator", AIOKafkaConsumer.start, AIOKafkaConsumer.stop, "the member"),
    (Fetcher, "_prefetch_backoff", Fetcher.__init__, Fetcher._proc_fetch_request,
     "a broker is left alone for too long"),
    (GroupCoordinator, "_group_instance_id", GroupCoordinator.__init__,
     GroupCoordinator._maybe_leave_group, "a member with a static id would not leave"),
    (Transport, "Consumer", None, Transport.create_consumer, "the consumer of a transport"),
    (App, "consumer_generation_id", None, Consumer.getmany, "tells batches of an earlier group"),
    (App, "on_rebalance_complete", App._init_signals, Recovery._resume_streams,
     "when partitions are taken over"),
)  # fmt: skip

INTERNALS = (
    *(Internal(*row) for row in METHODS),
    *(
        Internal(owner, name, None, reader, reason, setter)
        for owner, name, setter, reader, reason in ATTRIBUTES
    ),
)


def complaints(internal: Internal) -> list[str]:
    """What is not as expected of an internal."""
    found: list[str] = []
    if internal.parameters is not None:
        found += _parameters(internal)
    elif internal.setter is not None:
        if not _names(internal.setter, internal.name):
            found.append(f"{internal} is not set by {_plain(internal.setter).__qualname__}")
    elif not hasattr(internal.owner, internal.name):
        found.append(f"{internal} does not exist")
    if internal.reader is not None and not _names(internal.reader, internal.name):
        found.append(f"{internal} is not read by {_plain(internal.reader).__qualname__}")
    return found


def _parameters(internal: Internal) -> Iterator[str]:
    method = getattr(internal.owner, internal.name, None)
    if method is None:
        yield f"{internal} does not exist"
        return
    _, *parameters = inspect.signature(inspect.unwrap(method)).parameters.values()
    found = " ".join("*" * (one.kind is one.VAR_POSITIONAL) + one.name for one in parameters)
    if found != internal.parameters:
        yield f"{internal} takes ({found}), not ({internal.parameters})"


def _names(function: Function, name: str) -> bool:
    """Whether the code of a function, or of one inside it, names an attribute."""
    waiting = [_plain(function).__code__]
    while waiting:
        code = waiting.pop()
        waiting += [const for const in code.co_consts if isinstance(const, CodeType)]
        for step in dis.get_instructions(code):
            if step.opname in _ATTRIBUTE_CODES and step.argval == name:
                return True
    return False


def _plain(function: Function) -> Any:
    """The function under decorators, Faust's for background tasks among them."""
    return inspect.unwrap(getattr(function, "fun", function))


_ATTRIBUTE_CODES = {"LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "LOAD_SUPER_ATTR"}
