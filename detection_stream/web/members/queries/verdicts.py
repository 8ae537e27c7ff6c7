"""Verdicts: lists, counts, and one message."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from detection_stream.web.members.queries.base import Query
from detection_stream.web.members.queries.status import IndexedAnswer


class VerdictFilter(Struct, frozen=True, kw_only=True):
    """Filters verdicts; None and empty match all. Times are milliseconds since 1970."""

    tenants: list[str] | None = None
    verdicts: list[str] = field(default_factory=list)
    attack_type: str = ""
    sender: str = ""
    recipient: str = ""
    detector: str = ""
    subject: str = ""
    message_ids: list[str] = field(default_factory=list)
    conversation: int | None = None
    since: int | None = None
    until: int | None = None


class Verdicts(Query, frozen=True, tag="verdicts"):
    """Verdicts, newest first, before the cursor ``before`` (received_at, uid)."""

    filter: VerdictFilter
    before: tuple[int, str] | None = None
    limit: int = 50


class VerdictRow(Struct):
    """One verdict as listed; the last revision."""

    uid: str
    received_at: int
    tenant: str
    message_id: str
    verdict: str
    attack_type: str
    score: float
    revision: int
    direction: str
    sender: str
    sender_name: str
    recipients: list[str]
    subject: str
    detectors: list[str]
    conversation: int


class VerdictsAnswer(IndexedAnswer):
    """Newest first."""

    verdicts: list[VerdictRow]


class Counts(Query, frozen=True, tag="counts"):
    """Verdicts by day, and detector ``hits`` if requested, for ``days`` days up to ``last``.

    Without ``last``, up to the newest day with messages that is not in the future.
    """

    tenants: list[str] | None
    days: int
    last: int | None = None
    hits: bool = False


class DayCount(Struct):
    """Messages of a day (days since 1970) by verdict and attack type."""

    day: int
    verdict: str
    attack_type: str
    count: int


class DetectorHits(Struct):
    """Hits of a detector within the days, and when it last fired (milliseconds since 1970)."""

    detector: str
    hits: int
    last_at: int


class CountsAnswer(IndexedAnswer):
    """``last_day`` is the newest day with messages, -1 if none."""

    last_day: int
    days: list[DayCount]
    hits: list[DetectorHits]


class Contacts(Query, frozen=True, tag="contacts"):
    """Recent contacts of an address, and the verdicts."""

    tenant: str
    address: str


class Contact(Struct):
    """A contact: messages sent to it, received from it, and the last one's time."""

    address: str
    sent: int
    received: int
    last_at: int


class ContactsAnswer(IndexedAnswer):
    """``names`` are display names used by the address, ``verdicts`` those on its mail."""

    contacts: list[Contact]
    names: dict[str, int]
    verdicts: dict[str, int]


class MessageVerdicts(Query, frozen=True, tag="message"):
    """All decisions about one message; only the verdicts unless ``attributed``."""

    uid: str
    attributed: bool = True


class Usual(Struct):
    """10th, 50th and 90th percentile of a signal over the tenant's recent messages."""

    low: float
    median: float
    high: float
    messages: int


class MessageVerdictsAnswer(IndexedAnswer):
    """``revisions`` are verdicts as written, oldest first; empty if none."""

    revisions: list[dict[str, Any]]
    attribution: dict[str, Any] | None
    usual: dict[str, Usual]
