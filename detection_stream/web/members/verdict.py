"""All decisions about one message, read from the topics."""

from __future__ import annotations

from typing import Any

import orjson

from detection_stream.web.index import reading
from detection_stream.web.index.verdicts import VerdictIndex
from detection_stream.web.members.host import Host, read_one
from detection_stream.web.members.queries import MessageVerdicts, MessageVerdictsAnswer
from detection_stream.web.members.usual import UsualValues


async def message(
    host: Host, index: VerdictIndex, usual: UsualValues, query: MessageVerdicts
) -> MessageVerdictsAnswer:
    """All revisions of a message's verdict, and the attribution of the last one."""
    places = await index.ask(lambda connection, held: reading.places(connection, held, query.uid))
    revisions: list[dict[str, Any]] = []
    attribution: dict[str, Any] | None = None
    for partition, offset in places.said:
        record = await read_one(host, index.topic, partition, offset)
        verdict = orjson.loads(record.value) if record else {}
        if record is None or verdict["uid"] != query.uid:
            continue
        revisions.append(verdict)
        if not query.attributed:
            continue
        beside = await host.attribution(partition, record)
        found = orjson.loads(beside.value) if beside else None
        attribution = found if found and found["uid"] == query.uid else None
    values = {}
    if attribution is not None:
        values = await usual.of(revisions[-1]["tenant"], attribution["signals"].keys())
    return MessageVerdictsAnswer(
        partitions=places.partitions,
        index=places.state,
        revisions=revisions,
        attribution=attribution,
        usual=values,
    )
