"""The mail that a tenant is learnt from: files or a topic."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil
from operator import itemgetter
from pathlib import Path
from typing import Protocol

from detection_stream.errors import InputError, MessageError
from detection_stream.ingest.feed import feed
from detection_stream.ingest.inputs import Inputs
from detection_stream.ingest.raw_records import person_record, profile_record
from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Message
from detection_stream.model.organisation import Organisation
from detection_stream.model.person import Person
from detection_stream.model.reception import Reception
from detection_stream.model.signature import CONTROL_FORMATS, OperatorKeys
from detection_stream.model.tenant import TenantProfile
from detection_stream.onboarding.reception import MAX_SAMPLE_MESSAGES, find_reception
from detection_stream.parsing.json_message import parse_json
from detection_stream.parsing.mail_head import header_block
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.replay.replay import Options, Places, replay
from detection_stream.replay.selection import Selection
from detection_stream.reporting import ReportFeed, ReportProgress
from detection_stream.runtime.blueprint import Blueprint
from detection_stream.runtime.embedded.running import running
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.records import Record


class MailHistory(Protocol):
    """Past mail."""

    def sample(self, most: int) -> Iterator[Message]:
        """Up to ``most`` messages, parsed."""

    def messages(self) -> Iterator[tuple[bytes, int]]:
        """All of it in the order of arrival (milliseconds since 1970), as it was received."""

    async def run(
        self, directory: Path, profile: TenantProfile, people: list[Person], progress: ReportFeed
    ) -> None:
        """Run all of it in a new directory, for a tenant with this profile."""


class MailFiles:
    """Mail files not yet ingested."""

    def __init__(self, inputs: Inputs, blueprint: Blueprint) -> None:
        self.inputs = inputs
        self._blueprint = blueprint

    def sample(self, most: int) -> Iterator[Message]:
        """Evenly spaced messages."""
        return parsed_sample(self.inputs, most)

    def messages(self) -> Iterator[tuple[bytes, int]]:
        """All mail; other formats are left out."""
        for found in self.inputs.messages({}):
            if found.format == "rfc5322":
                yield found.raw, found.received_at

    async def run(
        self, directory: Path, profile: TenantProfile, people: list[Person], progress: ReportFeed
    ) -> None:
        """Feed them to an engine."""
        topology = self._blueprint.topology()
        raw = topology.source("mail").name
        async with running(directory, topology) as engine:
            engine.log(raw, 0).append(*profile_record(profile, 0, engine.keys))
            organisation = Organisation(
                profile.tenant, profile.own_domains, people, profile.reception
            )
            await feed(engine, self.inputs, organisation, raw, progress)


@dataclass(frozen=True, slots=True)
class RecordedMail:
    """A tenant's mail in a topic; ``open`` opens the topics afresh on each call.

    ``live`` is the topology that they were recorded for.
    """

    open: Callable[[], Recorded]
    live: Blueprint
    selection: Selection
    partial: bool
    reading: ReportProgress

    @property
    def _raw(self) -> str:
        return self.live.topology().source("mail").name

    def sample(self, most: int) -> Iterator[Message]:
        """The first messages of each partition."""
        with self.open() as source:
            extents = source.extents(self._raw)
            share = ceil(most / len(extents))
            found = 0
            for number, extent in sorted(extents.items()):
                messages = self._messages(source, number, self.selection.offsets(extent))
                for message in islice(messages, share):
                    found += 1
                    yield message
        if not found:
            raise InputError(
                f"{self._raw} in {source.name} has no messages of {self.selection.tenant} in the "
                "range; check TENANT, --from and --until, or pass mail files"
            )

    def messages(self) -> Iterator[tuple[bytes, int]]:
        """The mail of all partitions, merged by the time of arrival."""
        with self.open() as source:
            extents = source.extents(self._raw)
            parts = (
                self._mail(source, number, self.selection.offsets(extent))
                for number, extent in sorted(extents.items())
            )
            yield from heapq.merge(*parts, key=itemgetter(1))

    def _mail(self, source: Recorded, number: int, extent: range) -> Iterator[tuple[bytes, int]]:
        for _, records in source.read(self._raw, {number: extent}):
            for record in records:
                envelope = self._envelope(record)
                if envelope and envelope.format == "rfc5322":
                    yield record.value, envelope.received_at

    def _envelope(self, record: Record) -> Envelope | None:
        """The envelope of a message of the selection."""
        try:
            envelope = Envelope.from_headers(record.headers, record.timestamp)
        except MessageError:
            return None
        refused = envelope.format in CONTROL_FORMATS or self.selection.refuses(envelope)
        return None if refused else envelope

    def _messages(self, source: Recorded, number: int, extent: range) -> Iterator[Message]:
        for _, records in source.read(self._raw, {number: extent}):
            yield from filter(None, map(self._message, records))

    def _message(self, record: Record) -> Message | None:
        envelope = self._envelope(record)
        return _parse(record.value, envelope.format) if envelope else None

    async def run(
        self, directory: Path, profile: TenantProfile, people: list[Person], progress: ReportFeed
    ) -> None:
        """Replay it."""
        owned = profile.own_domains
        # What is tried is signed for this run alone.
        keys = OperatorKeys.generated()
        first = [profile_record(profile, 0, keys)]
        first += [person_record(person, profile.tenant, owned, keys) for person in people]
        await replay(
            self.open(),
            self.live.topology().sources,
            Blueprint(self.live.build, keys=keys.also(self.live.keys)),
            # Earlier profiles would override the one being tried.
            replace(self.selection, profiles=False),
            Places(directory, directory.with_name(f"{directory.name}-out")),
            reading=self.reading,
            feeding=progress,
            options=Options(partial=self.partial, first={"mail": first}),
        )


def parsed_sample(inputs: Inputs, most: int) -> Iterator[Message]:
    """Evenly spaced messages, parsed; unreadable ones are left out."""
    for found in inputs.sample(most):
        if message := _parse(found.raw, found.format):
            yield message


def reception_in(inputs: Inputs, own_domains: frozenset[str]) -> Reception:
    """The reception of a tenant that is not onboarded, from files of its mail."""
    return find_reception(_sampled_headers(inputs, MAX_SAMPLE_MESSAGES), own_domains)


def _sampled_headers(inputs: Inputs, most: int) -> Iterator[Message]:
    """Evenly spread messages; of mail only the headers are read."""
    for found in inputs.sample(most):
        mail = found.format == "rfc5322"
        raw = header_block(found.raw) if mail else found.raw
        if message := _parse(raw, found.format):
            yield message


def _parse(raw: bytes, form: str) -> Message | None:
    try:
        return parse_json(raw) if form == "json" else parse_message(raw)
    except MessageError:
        return None
