"""What each detector finds, what it costs, and whether others find the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from detection_stream.evaluation.outcomes import Outcomes
from detection_stream.evaluation.proportion import Proportion


@dataclass
class DetectorWorth:
    """Hits of a detector on labelled messages.

    ``alone`` counts flagged attacks on which no other detector fired, ``false_alone`` flagged
    harmless messages. ``beside`` counts the others that fired with it on attacks.
    """

    attacks: int = 0
    harmless: int = 0
    spam: int = 0
    alone: int = 0
    false_alone: int = 0
    beside: Counter[str] = field(default_factory=Counter)

    @property
    def precision(self) -> Proportion:
        """Share of attacks among its hits on attacks and harmless messages."""
        hits = self.attacks + self.harmless
        return Proportion(self.attacks, hits, hits)

    @property
    def overlap(self) -> tuple[str, float]:
        """The detector that fires most often with it on attacks, and its share of them."""
        if not self.beside:
            return "", 0.0
        ((name, count),) = self.beside.most_common(1)
        return name, count / self.attacks


def detector_worths(outcomes: Outcomes) -> dict[str, DetectorWorth]:
    """Every detector that fired, by id."""
    worths: dict[str, DetectorWorth] = {}
    rows = zip(outcomes.labels, outcomes.detectors, outcomes.flagged.tolist(), strict=True)
    for label, fired, flagged in rows:
        for name in fired:
            worth = worths.setdefault(name, DetectorWorth())
            alone = flagged and len(fired) == 1
            if label.is_attack:
                worth.attacks += 1
                worth.alone += alone
                worth.beside.update(other for other in fired if other != name)
            elif label.is_harmless:
                worth.harmless += 1
                worth.false_alone += alone
            else:
                worth.spam += 1
    return dict(sorted(worths.items(), key=lambda one: (-one[1].attacks, one[0])))
