"""What values of signals are usual for a tenant: those of its recent messages."""

from __future__ import annotations

import time
from collections.abc import Collection

import numpy as np
import orjson
from numpy.typing import NDArray

from detection_stream.web.members.host import Host, held_of
from detection_stream.web.members.queries import Usual

SAMPLE_MESSAGES = 400
"""Recent attributions that are looked at."""
KEPT_SECONDS = 60.0
"""Seconds for which a sample is used again."""
TENANTS = 64
"""Tenants whose samples are kept."""

_Columns = dict[str, NDArray[np.float64]]


class UsualValues:
    """Samples of recent messages by tenant."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._kept: dict[str, tuple[float, _Columns]] = {}

    async def of(self, tenant: str, signals: Collection[str]) -> dict[str, Usual]:
        """What is usual of each of these signals, where recent messages have it."""
        columns = await self._sample(tenant)
        found = {}
        for name in signals:
            values = columns.get(name)
            if values is not None:
                low, median, high = np.quantile(values, [0.1, 0.5, 0.9]).tolist()
                found[name] = Usual(low, median, high, len(values))
        return found

    async def _sample(self, tenant: str) -> _Columns:
        at, columns = self._kept.get(tenant, (-KEPT_SECONDS, {}))
        if time.monotonic() - at > KEPT_SECONDS:
            columns = await self._read(tenant)
            while len(self._kept) >= TENANTS:
                del self._kept[next(iter(self._kept))]
            self._kept[tenant] = time.monotonic(), columns
        return columns

    async def _read(self, tenant: str) -> _Columns:
        topic = self._host.topology.full_name("attributions")
        numbers = held_of(self._host, self._host.topology.stages[-1][0])
        values: dict[str, list[float]] = {}
        extents = await self._host.extents([(topic, number) for number in numbers])
        for (_, number), extent in extents.items():
            start = max(extent.start, extent.stop - SAMPLE_MESSAGES // len(numbers))
            for record in await self._host.read(topic, number, range(start, extent.stop)):
                attribution = orjson.loads(record.value)
                if attribution["tenant"] == tenant:
                    for name, value in attribution["signals"].items():
                        values.setdefault(name, []).append(value)
        return {name: np.array(found) for name, found in values.items()}
