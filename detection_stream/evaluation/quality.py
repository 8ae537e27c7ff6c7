"""Precision and recall of verdicts against labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from detection_stream.evaluation.labels import HARMLESS

ATTACK_VERDICTS = frozenset({"malicious", "suspicious"})


@dataclass(frozen=True, slots=True)
class Quality:
    """``caught`` of ``attacks`` were flagged; so were ``false`` of ``harmless`` messages.

    ``by_type`` gives caught and all for each attack type, ``false_ids`` the Message-IDs.
    """

    attacks: int
    caught: int
    harmless: int
    false: int
    by_type: Mapping[str, tuple[int, int]]
    false_ids: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Share of attacks among flagged messages; 1 if none were flagged."""
        flagged = self.caught + self.false
        return self.caught / flagged if flagged else 1.0

    @property
    def recall(self) -> float:
        """Share of attacks that were flagged; 1 if there were none."""
        return self.caught / self.attacks if self.attacks else 1.0

    @property
    def false_rate(self) -> float:
        """Share of harmless messages that were flagged."""
        return self.false / self.harmless if self.harmless else 0.0


def measure(verdicts: Iterable[Mapping[str, Any]], labels: Mapping[str, str]) -> Quality:
    """Compare verdicts with labels (Message-ID to kind); unlabelled messages are ignored."""
    by_type: dict[str, tuple[int, int]] = {}
    harmless = 0
    false: list[str] = []
    for verdict in verdicts:
        kind = labels.get(verdict["message_id"])
        flagged = verdict["verdict"] in ATTACK_VERDICTS
        if kind in HARMLESS:
            harmless += 1
            if flagged:
                false.append(verdict["message_id"])
        elif kind is not None and kind != "spam":
            caught, total = by_type.get(kind, (0, 0))
            by_type[kind] = caught + flagged, total + 1
    return Quality(
        attacks=sum(total for _, total in by_type.values()),
        caught=sum(caught for caught, _ in by_type.values()),
        harmless=harmless,
        false=len(false),
        by_type=by_type,
        false_ids=tuple(false),
    )
