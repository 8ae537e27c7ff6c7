"""Checks whether a history is long and calm enough to act on verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from detection_stream.onboarding.learnt import Judged
from detection_stream.onboarding.thresholds import Chosen

MIN_DAYS = 14.0
MIN_MESSAGES = 500
MAX_ATTACK_SHARE = 0.02
"""Maximum share of presumed attacks: more means an ongoing attack or a mistake."""
MIN_KNOWN_SHARE = 0.5
"""Minimum share of recent inbound mail from known domains."""
SETTLED = 0.5
"""Fraction of the messages that only builds baselines; alerts are counted after it."""
END = 0.2
"""Fraction of the messages, at the end, used to measure familiarity."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: the value found, and the bound (``at_most`` or at least)."""

    name: str
    found: float
    needed: float
    at_most: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is met."""
        return self.found <= self.needed if self.at_most else self.found >= self.needed


def settled(judged: Sequence[Judged]) -> Sequence[Judged]:
    """The messages after baselines were built; ``judged`` is in time order."""
    return judged[int(len(judged) * SETTLED) :]


def checks(judged: Sequence[Judged], chosen: Chosen, target: float) -> list[Criterion]:
    """Criteria for a tenant to become active; ``judged`` is in time order."""
    days = (judged[-1].at - judged[0].at) / 86_400_000 if judged else 0.0
    end = [one.known for one in judged[int(len(judged) * (1 - END)) :] if one.known is not None]
    known = sum(end) / len(end) if end else 0.0
    presumed = chosen.presumed_attacks / max(1, chosen.presumed_attacks + chosen.harmless)
    return [
        Criterion("days of history", round(days, 1), MIN_DAYS),
        Criterion("messages", len(judged), MIN_MESSAGES),
        Criterion("inbound mail from known domains", round(known, 3), MIN_KNOWN_SHARE),
        Criterion(
            "mail presumed to be attacks", round(presumed, 4), MAX_ATTACK_SHARE, at_most=True
        ),
        Criterion("alerts on all other mail", round(chosen.rate, 6), target, at_most=True),
    ]


def loudest(judged: Sequence[Judged], threshold: float) -> dict[str, int]:
    """Detectors that fired on the most messages with an attack score of at least ``threshold``."""
    alerting = (one for one in judged if one.score >= threshold)
    return dict(Counter(name for one in alerting for name in one.detectors).most_common(10))
