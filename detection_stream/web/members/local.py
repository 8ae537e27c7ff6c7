"""The member in this process; answers from its host's state, topics and index."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from detection_stream import __version__
from detection_stream.model.entity import tenant_of
from detection_stream.stages.tenants import PROFILES
from detection_stream.web.index import reading
from detection_stream.web.index.verdicts import VerdictIndex
from detection_stream.web.members import queries as q
from detection_stream.web.members.history import history
from detection_stream.web.members.host import Held, Host
from detection_stream.web.members.letters import dead_letters, retry
from detection_stream.web.members.mail import networks, raw
from detection_stream.web.members.usual import UsualValues
from detection_stream.web.members.verdict import message

SAMPLE_SECONDS = 5.0
"""Seconds between samples of the counts that give rates."""
MAX_SAMPLES = 61

A = TypeVar("A", bound=q.Answer)


class LocalMember:
    """Answers queries about the partitions that this process holds."""

    def __init__(self, host: Host, index: VerdictIndex, snapshots: Path | None = None) -> None:
        self.host = host
        self.index = index
        self.snapshots = snapshots
        self._usual = UsualValues(host)
        self._samples: deque[tuple[float, dict[tuple[str, int], int]]] = deque(maxlen=MAX_SAMPLES)
        self._answers: dict[type[q.Query], Callable[[Any], Awaitable[q.Answer]]] = {
            q.Status: self._status,
            q.TenantProfiles: self._tenant_profiles,
            q.Scan: self._rows,
            q.Get: self._get,
            q.Verdicts: self._verdicts,
            q.Counts: self._counts,
            q.Contacts: self._contacts,
            q.MessageVerdicts: self._message,
            q.Raw: lambda query: raw(host, query),
            q.Networks: lambda query: networks(host, index, query),
            q.PastRow: lambda query: history(host, snapshots, query),
            q.DeadLetters: lambda query: dead_letters(host, query),
            q.Retry: lambda query: retry(host, query),
        }

    @property
    def name(self) -> str:
        """Its display name."""
        return self.host.name

    async def ask(self, query: q.Query, answer: type[A]) -> A:
        """Answer a query."""
        found = await self._answers[type(query)](query)
        assert isinstance(found, answer)
        return found

    def work(self) -> list[Coroutine[Any, Any, None]]:
        """Background tasks: follow the index topic, sample rates."""
        return [self.index.follow(), self._sample()]

    async def _sample(self) -> None:
        while True:
            counted = {
                (held.stage.name, held.partition): held.state.progress.counts.get("records", 0)
                for held in self.host.held()
            }
            self._samples.append((time.monotonic(), counted))
            # Its latencies cover the time since the last query.
            self.host.condition()
            await asyncio.sleep(SAMPLE_SECONDS)

    def _rate(self, held: Held) -> float | None:
        """Records per second over the last 15 s."""
        key = held.stage.name, held.partition
        recent = [(at, counts[key]) for at, counts in list(self._samples)[-4:] if key in counts]
        if len(recent) < 2:
            return None
        (begin, before), (end, after) = recent[0], recent[-1]
        return max(after - before, 0) / (end - begin)

    def _rates(self) -> list[float]:
        """Records a second that came in by the sources, for each of the last samples."""
        entries = {node.name for node in self.host.topology.entries}
        rates = []
        for (begin, before), (end, after) in pairwise(self._samples):
            # Skip partitions that came or went in between.
            keys = [key for key in before.keys() & after.keys() if key[0] in entries]
            applied = sum(max(after[key] - before[key], 0) for key in keys)
            rates.append(applied / (end - begin))
        return rates

    async def _status(self, _: q.Status) -> q.StatusAnswer:
        # Read the state before awaiting anything: partitions may move meanwhile.
        condition, topology = self.host.condition(), self.host.topology
        held = list(self.host.held())
        stages = [self._stage(h) for h in held]
        tables = [
            q.TablePart(h.stage.name, name, h.partition, t.family.estimated_rows(), t.family.size())
            for h in held
            for name, t in h.state.tables.items()
        ]
        numbers = self.index.partitions()
        names = [topic.name for topic in topology.topics]
        places = [(name, number) for name in names for number in numbers]
        topics = dict.fromkeys(names, 0)
        for place, extent in (await self.host.extents(places)).items():
            topics[place[0]] += len(extent)
        return q.StatusAnswer(
            partitions=sorted({h.partition for h in held}),
            name=self.name,
            release=__version__,
            topology=topology.name,
            state_version=topology.version,
            ready=condition.ready,
            restoring=condition.restoring,
            standbys=condition.standbys,
            checkpoint_age=condition.checkpoint_age,
            stages=stages,
            tables=tables,
            timings=condition.timings,
            topics=topics,
            index=self.index.state(),
            rates=self._rates(),
        )

    def _stage(self, held: Held) -> q.StagePart:
        progress = held.state.progress
        return q.StagePart(
            held.stage.name,
            held.topic,
            held.partition,
            progress.applied,
            held.lag,
            held.stage.pending(held.state),
            self._rate(held),
            dict(progress.counts),
        )

    def _of(self, table: str) -> list[Held]:
        """The partitions of a table; table names are unique across stages."""
        return [held for held in self.host.held() if table in held.stage.tables]

    async def _rows(self, query: q.Scan) -> q.ScanAnswer:
        held = self._of(query.table)
        limit = min(query.limit, q.MAX_ROWS)
        entries = [
            q.StoredRow(key, value, h.partition)
            for h in held
            for key, value in h.state.tables[query.table].page(
                query.prefix, _start(query, h.partition), limit
            )
        ]
        entries.sort(key=lambda entry: entry.place)
        return q.ScanAnswer(partitions=[h.partition for h in held], entries=entries[:limit])

    async def _tenant_profiles(self, query: q.TenantProfiles) -> q.TenantProfilesAnswer:
        held = self._of("address")
        names = {
            name for h in held for name in h.state.tables["address"].groups(b"\0", query.limit)
        }
        profiles: dict[bytes, bytes | None] = dict.fromkeys(sorted(names)[: query.limit])
        # Every partition has the profiles of all tenants.
        for h in self._of(PROFILES)[:1]:
            profiles |= h.state.tables[PROFILES].page(b"", b"", query.limit)
        known = {name.decode("utf-8", "replace"): stored for name, stored in profiles.items()}
        return q.TenantProfilesAnswer(partitions=[h.partition for h in held], profiles=known)

    async def _get(self, query: q.Get) -> q.GetAnswer:
        held = self._of(query.table)
        entries = []
        for h in held:
            stored = h.state.tables[query.table].get(query.keys)
            entries += [
                q.StoredRow(key, value, h.partition)
                for key, value in zip(query.keys, stored, strict=True)
                if value is not None
            ]
        tenant = tenant_of(query.keys[0]) if query.keys else ""
        marks = {h.partition: h.state.progress.clock(tenant) for h in held}
        return q.GetAnswer(
            partitions=[h.partition for h in held], entries=entries, watermarks=marks
        )

    async def _verdicts(self, query: q.Verdicts) -> q.VerdictsAnswer:
        limit = min(query.limit, q.MAX_ROWS)
        found = await self.index.ask(
            lambda connection, held: reading.verdicts(
                connection, held, query.filter, query.before, limit
            )
        )
        return q.VerdictsAnswer(partitions=found.partitions, index=found.state, verdicts=found.said)

    async def _counts(self, query: q.Counts) -> q.CountsAnswer:
        found = await self.index.ask(
            lambda connection, held: reading.counts(connection, held, query)
        )
        last, days, hits = found.said
        return q.CountsAnswer(
            partitions=found.partitions, index=found.state, last_day=last, days=days, hits=hits
        )

    async def _contacts(self, query: q.Contacts) -> q.ContactsAnswer:
        found = await self.index.ask(
            lambda connection, held: reading.contacts(connection, held, query.tenant, query.address)
        )
        contacts, names, verdicts = found.said
        return q.ContactsAnswer(
            partitions=found.partitions,
            index=found.state,
            contacts=contacts,
            names=names,
            verdicts=verdicts,
        )

    async def _message(self, query: q.MessageVerdicts) -> q.MessageVerdictsAnswer:
        return await message(self.host, self.index, self._usual, query)


def _start(query: q.Scan, partition: int) -> bytes:
    """Where a partition's entries after the cursor start."""
    if query.after is None:
        return b""
    key, number = query.after
    return key if partition > number else key + b"\0"
