"""The rolling count as the frameworks that hand over one event at a time keep it."""

from __future__ import annotations

HOURS = 24


def count_one(state: list[int] | None, at: int) -> tuple[list[int], int]:
    """Count one message at ``at`` (milliseconds); the state is the newest hour and 24 buckets."""
    hour = at // 3_600_000
    if state is None:
        state = [hour, *([0] * HOURS)]
    newest = state[0]
    if hour > newest:
        for stale in range(max(newest + 1, hour - HOURS + 1), hour + 1):
            state[1 + stale % HOURS] = 0
        state[0] = newest = hour
    if hour > newest - HOURS:
        state[1 + hour % HOURS] += 1
    return state, sum(state[1:])
