"""What every detector is: something that gives messages a score, and says what it read."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol

from detection_stream.detectors.kleene import FloatColumn
from detection_stream.detectors.signal_columns import SignalColumns

ATTACK_TYPES: Final = (
    "credential_phishing",
    "bec",
    "vendor_compromise",
    "malware",
    "callback",
    "extortion",
    "advance_fee",
    "internal_phishing",
    "spoofing",
    "reconnaissance",
    "spam",
    "graymail",
)
SEVERITIES: Final = ("low", "medium", "high", "critical")


class State(StrEnum):
    """An ``active`` detector counts; one in ``shadow`` is scored, and decides nothing."""

    ACTIVE = "active"
    SHADOW = "shadow"


class Detector(Protocol):
    """A rule, a model, or whatever else scores messages.

    ``form`` says which of them. ``threshold`` is the score from which a message is a hit: the
    detector is named in its verdict. ``techniques`` are MITRE ATT&CK ids. ``constant_score`` is the
    one score that it ever gives, None if there are several.
    """

    form: ClassVar[str]

    @property
    def id(self) -> str:
        """Its name, unique among all detectors."""

    @property
    def name(self) -> str:
        """Its name for people."""

    @property
    def description(self) -> str:
        """What it looks for."""

    @property
    def attack_type(self) -> str:
        """One of ``ATTACK_TYPES``."""

    @property
    def severity(self) -> str:
        """One of ``SEVERITIES``."""

    @property
    def techniques(self) -> tuple[str, ...]:
        """MITRE ATT&CK ids."""

    @property
    def state(self) -> State:
        """Whether it counts."""

    @property
    def threshold(self) -> float:
        """The score (0 to 1) from which a message is a hit."""

    @property
    def constant_score(self) -> float | None:
        """The one score that it gives where it has an opinion, None if there are several."""

    @property
    def signals_listed(self) -> list[str]:
        """The names of all signals that it reads, in order."""

    def score(self, columns: SignalColumns) -> FloatColumn:
        """A score from 0 to 1 for each message of a batch; NaN is no opinion.

        The score of a message depends on its own signals alone, not on the rest of the batch.
        """

    def content(self) -> dict[str, Any]:
        """What makes it decide as it does, for a hash: plain JSON."""

    def check(self) -> None:
        """Run its own tests.

        Raises:
            RuleError: one fails.
        """
