"""The interface of detectors: a score for each message, and the signals read."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol

from detection_stream.detectors.signal_columns import SignalColumns
from detection_stream.model.batch import FloatColumn

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
    """An ``active`` detector counts; one in ``shadow`` is evaluated but changes no verdict."""

    ACTIVE = "active"
    SHADOW = "shadow"


class Detector(Protocol):
    """Anything that scores messages, such as a rule or a model.

    ``form`` says which. At a score of ``threshold`` or more, a message is a hit: the detector is
    named in its verdict. ``techniques`` are MITRE ATT&CK ids. ``constant_score`` is the only score
    that it gives, None if there are several.
    """

    form: ClassVar[str]

    @property
    def id(self) -> str:
        """Its unique name."""

    @property
    def name(self) -> str:
        """Its display name."""

    @property
    def description(self) -> str:
        """What it detects."""

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
        """Whether it counts, or is in shadow."""

    @property
    def threshold(self) -> float:
        """The score (0 to 1) at which a message is a hit."""

    @property
    def constant_score(self) -> float | None:
        """Its score whenever it has an opinion, None if there are several."""

    @property
    def signals_listed(self) -> list[str]:
        """The names of all signals that it reads, in order."""

    def score(self, columns: SignalColumns) -> FloatColumn:
        """A score from 0 to 1 for each message of a batch; NaN is no opinion.

        The score of a message depends on its own signals alone, not on the rest of the batch.
        """

    def content(self) -> dict[str, Any]:
        """Everything that determines its scores, as plain JSON for a hash."""

    def check(self) -> None:
        """Run its own tests.

        Raises:
            RuleError: one fails.
        """
