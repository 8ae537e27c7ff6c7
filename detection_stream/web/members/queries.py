"""What a member can be asked, and what it answers; both travel as JSON between workers."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct, field

ROWS_LIMIT = 200
"""Rows of a table or a list that one query returns at most."""


class Query(Struct, frozen=True, tag_field="query"):
    """One question; ``seconds`` is the longest time that an answer is waited for."""

    seconds: ClassVar[float] = 5.0


class Answer(Struct, kw_only=True):
    """An answer; ``partitions`` are those that the member speaks for."""

    partitions: list[int]


class Status(Query, frozen=True, tag="status"):
    """How far the stages are, and what their tables hold."""


class StagePart(Struct):
    """A stage's partition; ``rate`` is records a second lately, None while not known."""

    stage: str
    topic: str
    partition: int
    applied: int
    lag: int
    pending: int
    rate: float | None
    counts: dict[str, int]


class TablePart(Struct):
    """One partition of a table; rows and bytes are RocksDB's estimates."""

    stage: str
    table: str
    partition: int
    rows: int
    bytes: int


class Timing(Struct):
    """Milliseconds of a stage; None where nothing was measured.

    ``apply`` is the mean time of applying what came at once, ``median`` and ``high`` (95 of 100)
    are from a record's append to its application.
    """

    apply: float | None
    median: float | None
    high: float | None


class IndexState(Struct):
    """How many verdicts the index has of those that the member's topics hold."""

    done: int
    total: int


class StatusAnswer(Answer):
    """``checkpoint_age`` is in seconds, None before the first; ``rates`` are messages a second."""

    name: str
    release: str
    topology: str
    state_version: int
    ready: bool
    restoring: int
    standbys: int
    checkpoint_age: float | None
    stages: list[StagePart]
    tables: list[TablePart]
    timings: dict[str, Timing]
    topics: dict[str, int]
    index: IndexState
    rates: list[float]


class Rows(Query, frozen=True, tag="rows"):
    """Entries of a table whose keys begin with ``prefix`` and come behind ``after``."""

    table: str
    prefix: bytes = b""
    after: bytes = b""
    limit: int = 50


class Entry(Struct):
    """One row as stored."""

    key: bytes
    value: bytes
    partition: int


class RowsAnswer(Answer):
    """In order of keys."""

    entries: list[Entry]


class Get(Query, frozen=True, tag="get"):
    """Rows of a table by key, those that are there."""

    table: str
    keys: list[bytes]


class GetAnswer(Answer):
    """``watermarks`` is the time (seconds since 1970) that each partition has reached."""

    entries: list[Entry]
    watermarks: dict[int, int]


class VerdictFilter(Struct, frozen=True, kw_only=True):
    """Which verdicts; None and empty take all. Times are milliseconds since 1970."""

    tenants: list[str] | None = None
    verdicts: list[str] = field(default_factory=list)
    attack_type: str = ""
    sender: str = ""
    recipient: str = ""
    detector: str = ""
    subject: str = ""
    message_id: str = ""
    conversation: int | None = None
    since: int | None = None
    until: int | None = None


class Verdicts(Query, frozen=True, tag="verdicts"):
    """Verdicts, newest first, those before the place ``before`` (received_at, uid)."""

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


class VerdictsAnswer(Answer):
    """``index`` says how much of the topic was looked at."""

    verdicts: list[VerdictRow]
    index: IndexState


class Counts(Query, frozen=True, tag="counts"):
    """Verdicts by day, and hits of detectors, of so many days up to ``last``.

    Without it, up to the newest day that any message is of and that is not in the future.
    """

    tenants: list[str] | None
    days: int
    last: int | None = None


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


class CountsAnswer(Answer):
    """``last_day`` is the newest day that any message is of, -1 without messages."""

    last_day: int
    days: list[DayCount]
    hits: list[DetectorHits]
    index: IndexState


class Contacts(Query, frozen=True, tag="contacts"):
    """With whom an address has exchanged mail lately, and what the verdicts were."""

    tenant: str
    address: str


class Contact(Struct):
    """A counterpart: messages to it and from it, and when the last one was."""

    address: str
    sent: int
    received: int
    last_at: int


class ContactsAnswer(Answer):
    """``names`` are display names used by the address, ``verdicts`` of what it sent."""

    contacts: list[Contact]
    names: dict[str, int]
    verdicts: dict[str, int]


class Message(Query, frozen=True, tag="message"):
    """Everything that was decided about one message; the verdicts alone unless ``attributed``."""

    uid: str
    attributed: bool = True


class Usual(Struct):
    """The 10th, 50th and 90th of 100 values of a signal among recent messages of the tenant."""

    low: float
    median: float
    high: float
    messages: int


class MessageAnswer(Answer):
    """``revisions`` are verdicts as written, the first one first; empty if there is none."""

    revisions: list[dict[str, Any]]
    attribution: dict[str, Any] | None
    usual: dict[str, Usual]


class Raw(Query, frozen=True, tag="raw"):
    """The message itself as safe plain text, as long as it is kept."""

    uid: str


class Part(Struct):
    """An attachment; ``size`` in bytes."""

    filename: str
    content_type: str
    size: int
    sha256: str


class MailLink(Struct):
    """A link of the mail, never to be followed: ``text`` is what a reader sees of it."""

    url: str
    text: str


class Mail(Struct):
    """A message as plain text; ``cut`` says what was left out."""

    headers: list[tuple[str, str]]
    text: str
    quoted: str
    links: list[MailLink]
    attachments: list[Part]
    references: list[str]
    defects: list[str]
    cut: list[str]
    source: str


class RawAnswer(Answer):
    """``mail`` is None where the message is not kept; ``origin`` is its partition and offset."""

    mail: Mail | None
    origin: tuple[int, int] | None
    reason: str = ""


class Networks(Query, frozen=True, tag="networks"):
    """From where recent mail of an address came, and how it was authenticated."""

    tenant: str
    address: str


class Network(Struct):
    """A sending host; ``address`` is its IP address, empty when not known."""

    host: str
    address: str
    messages: int
    last_at: int


class NetworksAnswer(Answer):
    """``authentication`` counts results as ``spf=pass``; ``messages`` is how many were read."""

    networks: list[Network]
    authentication: dict[str, int]
    messages: int


class History(Query, frozen=True, tag="history"):
    """An entity's row as it was at a moment, or before a message (its origin)."""

    seconds: ClassVar[float] = 20.0

    kind: str
    tenant: str
    value: str
    at: int
    origin: tuple[int, int] | None = None


class HistoryAnswer(Answer):
    """``row`` is None where there was none yet.

    ``base`` says what it was built from, ``observations`` how many were applied on top.
    ``problem`` says why the moment cannot be looked up.
    """

    row: bytes | None
    base: str
    observations: int
    partition: int = -1
    problem: str = ""


class DeadLetters(Query, frozen=True, tag="dead_letters"):
    """Dead letters, newest first, those below the offset ``before`` of each partition."""

    limit: int = 50
    before: dict[int, int] | None = None


class DeadLetter(Struct):
    """One dead letter; ``at`` is its record's time, ``letter_partition`` and ``letter_offset``
    are its place. ``retry`` says why it cannot be sent again, empty when it can."""

    letter_partition: int
    letter_offset: int
    at: int
    tenant: str
    topic: str
    partition: int
    offset: int
    stage: str
    phase: str
    reason: str
    source: str
    size: int
    first_bytes: str
    retry: str


class DeadLettersAnswer(Answer):
    """``total`` is how many the topic holds."""

    letters: list[DeadLetter]
    total: int


class Retry(Query, frozen=True, tag="retry"):
    """Send the record of a dead letter again."""

    seconds: ClassVar[float] = 25.0

    letter_partition: int
    letter_offset: int


class RetryAnswer(Answer):
    """``sent`` says where it went, empty when nothing was sent; ``problem`` then says why."""

    sent: str = ""
    problem: str = ""
    letter: DeadLetter | None = None


class TenantNames(Query, frozen=True, tag="tenant_names"):
    """Tenants that have addresses."""

    limit: int = ROWS_LIMIT


class TenantNamesAnswer(Answer):
    """In order, ``limit`` at most."""

    names: list[str]


AnyQuery = (
    Status
    | TenantNames
    | Rows
    | Get
    | Verdicts
    | Counts
    | Contacts
    | Message
    | Raw
    | Networks
    | History
    | DeadLetters
    | Retry
)
"""Every question, told apart by its tag."""
