"""The job in Faust's own idiom, one event at a time, with settings that make it fast."""

from __future__ import annotations

import sys
from typing import Any

import faust
from rolling import count_one

address, state, partitions = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.argv = [sys.argv[0], "worker", "-l", "error", "--without-web"]

app = faust.App(
    "faust-peer",
    broker=f"kafka://{address}",
    store="rocksdb://?driver=rocksdict",
    datadir=state,
    topic_partitions=partitions,
    table_standby_replicas=0,
    stream_recovery_delay=0,
    stream_buffer_maxsize=8_192,
    broker_commit_interval=2.0,
    producer_linger=0.005,
    producer_max_batch_size=262_144,
)
source = app.topic("peers-input", value_serializer="json")
output = app.topic("faust-output", value_serializer="json")
senders = app.Table("senders", partitions=partitions)


@app.agent(source)
async def count(messages: Any) -> None:
    """Count each message."""
    async for message in messages:
        rolled, total = count_one(senders.get(message["sender"]), message["at"])
        senders[message["sender"]] = rolled
        projected = {"sender": message["sender"], "at": message["at"], "count": total}
        await output.send(key=message["sender"], value=projected)


app.main()
