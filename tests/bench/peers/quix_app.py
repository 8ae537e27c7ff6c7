"""The job in Quix Streams' own idiom."""

from __future__ import annotations

import sys
from typing import Any

from quixstreams import Application, State
from rolling import count_one

app = Application(
    broker_address=sys.argv[1],
    consumer_group="quix-peer",
    auto_offset_reset="earliest",
    state_dir=sys.argv[2],
    commit_interval=2.0,
    producer_extra_config={"linger.ms": 5},
    loglevel="ERROR",
)


def count(message: dict[str, Any], state: State) -> dict[str, Any]:
    """Count one message."""
    rolled, total = count_one(state.get("rolled"), message["at"])
    state.set("rolled", rolled)
    return {"sender": message["sender"], "at": message["at"], "count": total}


frame = app.dataframe(app.topic("peers-input", value_deserializer="json"))
frame = frame.apply(count, stateful=True)
frame.to_topic(app.topic("quix-output", value_serializer="json"))
app.run()
