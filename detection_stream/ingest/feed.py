"""Feeds messages from files to the engine in time order."""

from __future__ import annotations

import time
from dataclasses import dataclass

from detection_stream.ingest.inputs import Inputs
from detection_stream.ingest.ledger import Ledger
from detection_stream.ingest.raw_records import envelope_of, person_record
from detection_stream.model.organisation import Organisation
from detection_stream.reporting import ReportFeed
from detection_stream.runtime.embedded.engine import Engine

FEED_RECORDS = 256
"""Messages fed between turns of the stages."""


@dataclass(frozen=True, slots=True)
class FeedResult:
    """Result of a feed: messages, messages fed by earlier runs, and seconds."""

    messages: int
    before: int
    seconds: float


async def feed(
    engine: Engine,
    inputs: Inputs,
    organisation: Organisation,
    raw_topic: str,
    report: ReportFeed,
) -> FeedResult:
    """Feed what is not in the ledger yet, and wait until every message has a verdict."""
    begin = time.perf_counter()
    tenant, own_domains = organisation.tenant, organisation.own_domains
    ledger = Ledger(engine, tenant)
    log = engine.log(raw_topic, 0)
    done = ledger.done(file.digest for file in inputs.files)
    before, fed = sum(done.values()), 0
    for person in ledger.new_people(organisation.people):
        log.append(*person_record(person, tenant, own_domains, engine.keys))
    for message in inputs.messages(done):
        at = message.received_at
        envelope = envelope_of(message, organisation)
        key = f"{tenant}\0{message.uid}".encode()
        log.append(key, message.raw, at, envelope.headers())
        ledger.fed(message.digest)
        fed += 1
        if fed % FEED_RECORDS == 0:
            report(before + fed, inputs.total, at)
            await engine.give_way(raw_topic)
    engine.arrived.set()
    await engine.wait_idle()
    report(before + fed, inputs.total, 0)
    return FeedResult(fed, before, time.perf_counter() - begin)
