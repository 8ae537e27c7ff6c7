"""Usual signal values of a tenant, from its recent messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection

import numpy as np
import orjson

from detection_stream.runtime.records import Record
from detection_stream.web.members.host import Host, held_of
from detection_stream.web.members.queries import Usual

MAX_SAMPLE_MESSAGES = 400
"""Recent attributions in a sample."""
MAX_AGE_SECONDS = 60.0
"""How long a sample is reused."""
MAX_TENANTS = 64
"""Maximum tenants with cached samples."""

_SHARES = (0.1, 0.5, 0.9)


class UsualValues:
    """Usual values of each signal by tenant, from samples of recent messages."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._kept: dict[str, tuple[float, dict[str, Usual]]] = {}

    async def of(self, tenant: str, signals: Collection[str]) -> dict[str, Usual]:
        """Usual values of these signals, where recent messages have them."""
        at, known = self._kept.get(tenant, (-MAX_AGE_SECONDS, {}))
        if time.monotonic() - at > MAX_AGE_SECONDS:
            records = await self._read()
            known = await asyncio.to_thread(_usual, records, tenant)
            while len(self._kept) >= MAX_TENANTS:
                del self._kept[next(iter(self._kept))]
            self._kept[tenant] = time.monotonic(), known
        return {name: known[name] for name in signals if name in known}

    async def _read(self) -> list[Record]:
        """Recent attributions of the partitions held."""
        topology = self._host.topology
        topic = topology.topic("attributions").name
        numbers = held_of(self._host, topology.writer("attributions"))
        extents = await self._host.extents([(topic, number) for number in numbers])
        found: list[Record] = []
        for (_, number), extent in extents.items():
            start = max(extent.start, extent.stop - MAX_SAMPLE_MESSAGES // len(numbers))
            found += await self._host.read(topic, number, range(start, extent.stop))
        return found


def _usual(records: list[Record], tenant: str) -> dict[str, Usual]:
    """Three quantiles of each signal over a tenant's messages."""
    values: dict[str, list[float]] = {}
    for record in records:
        attribution = orjson.loads(record.value)
        if attribution["tenant"] == tenant:
            for name, value in attribution["signals"].items():
                values.setdefault(name, []).append(value)
    usual = {}
    for name, found in values.items():
        low, median, high = np.quantile(found, _SHARES).tolist()
        usual[name] = Usual(low, median, high, len(found))
    return usual
