"""Counts open connections, of everybody and of each peer."""

from __future__ import annotations

from collections import Counter


class OpenConnections:
    """Connections by the name of their peer."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def enter(self, peer: str, most: int, share: int) -> bool:
        """Count one, unless there are ``most`` of all or the peer has its ``share``."""
        if self._open.total() >= most or self._open[peer] >= share:
            return False
        self._open[peer] += 1
        return True

    def leave(self, peer: str) -> None:
        """Count the end of one that was let in."""
        self._open[peer] -= 1
        if not self._open[peer]:
            del self._open[peer]
