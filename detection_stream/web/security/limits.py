"""Rate limits: a token bucket per client."""

from __future__ import annotations

import time
from collections import OrderedDict

MAX_BURST_REQUESTS = 1_000
"""Burst size: enough to crawl 300 pages with their styles, scripts and fragments."""
MAX_REQUESTS_PER_SECOND = 50.0
"""Sustained rate per client."""
MAX_FAILED_BURST = 20
"""Burst of wrong tokens from one address."""
MAX_FAILED_PER_SECOND = 0.1
MAX_CLIENTS = 10_000
"""Clients remembered; the least recently seen is dropped first."""


class RateLimit:
    """Allows ``burst`` requests at once and ``rate`` per second, per client."""

    def __init__(
        self, burst: int = MAX_BURST_REQUESTS, rate: float = MAX_REQUESTS_PER_SECOND
    ) -> None:
        self._burst = burst
        self._rate = rate
        self._stores: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Count one request; returns the seconds to wait, 0 if allowed."""
        left = self._left(client)
        if left < 1.0:
            return (1.0 - left) / self._rate
        self._stores[client] = left - 1.0, time.monotonic()
        self._stores.move_to_end(client)
        if len(self._stores) > MAX_CLIENTS:
            self._stores.popitem(last=False)
        return 0.0

    def _left(self, client: str) -> float:
        left, at = self._stores.get(client, (float(self._burst), time.monotonic()))
        return min(self._burst, left + (time.monotonic() - at) * self._rate)
