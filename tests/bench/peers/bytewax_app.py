"""The job in Bytewax's own idiom; state goes to its recovery store every two seconds."""

from __future__ import annotations

import datetime
import sys
from typing import Any

import bytewax.operators as op
import orjson
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import cluster_main
from rolling import count_one

address, state = sys.argv[1], sys.argv[2]


def parse(message: KafkaSourceMessage[bytes, bytes]) -> tuple[str, dict[str, Any]]:
    """Key and content of a record."""
    content = orjson.loads(message.value)
    return content["sender"], content


def count(rolled: list[int] | None, message: dict[str, Any]) -> tuple[list[int], dict[str, Any]]:
    """Count one message."""
    rolled, total = count_one(rolled, message["at"])
    return rolled, {"sender": message["sender"], "at": message["at"], "count": total}


def pack(item: tuple[str, dict[str, Any]]) -> KafkaSinkMessage[bytes, bytes]:
    """A record for the output."""
    return KafkaSinkMessage(item[0].encode(), orjson.dumps(item[1]))


flow = Dataflow("bytewax-peer")
brokers = [address]
records = kop.input("in", flow, brokers=brokers, topics=["peers-input"], batch_size=1000)
keyed = op.map("parse", records.oks, parse)
counted = op.stateful_map("count", keyed, count)
kop.output("out", op.map("pack", counted, pack), brokers=brokers, topic="bytewax-output",
           add_config={"linger.ms": "5"})  # fmt: skip
init_db_dir(state, 1)
cluster_main(
    flow,
    [],
    0,
    recovery_config=RecoveryConfig(state),
    epoch_interval=datetime.timedelta(seconds=2),
)
