"""A view: one query of users and programs, as a page and as JSON.

Its function turns parameters into a result. The page renders it with a template, the API
returns it as it is, so both always agree.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from detection_stream.detectors.registry import DetectorSet
from detection_stream.runtime.topology import Topology
from detection_stream.web.members import queries as q
from detection_stream.web.members.cluster import Cluster
from detection_stream.web.problems import ProblemError, bad_request, not_found
from detection_stream.web.security.access import Principal
from detection_stream.web.security.audit import AuditLog

API = "/api/v1"

P = TypeVar("P", bound=Struct)
A = TypeVar("A", bound=q.Answer)


class Parameters(Struct, kw_only=True, forbid_unknown_fields=True):
    """Parameters of a view, including those in the path."""


class Result(Struct, kw_only=True):
    """Result of a view; ``notes`` say what is missing and why.

    ``index`` is the progress of the verdict index, None if it was not used.
    """

    notes: list[str] = []
    index: q.IndexState | None = None


@dataclass
class Visit:
    """One request: its user and the cluster; collects what is missing from answers."""

    cluster: Cluster
    topology: Topology
    detectors: DetectorSet
    audit: AuditLog
    who: Principal
    notes: list[str] = field(default_factory=list)
    index: q.IndexState | None = None

    async def ask(self, query: q.Query, answer: type[A]) -> list[A]:
        """Answers of all members that have one."""
        gathered = await self.cluster.ask(query, answer)
        self.notes += [note for note in gathered.notes if note not in self.notes]
        states = [one.index for one in gathered.answers if isinstance(one, q.IndexedAnswer)]
        # If the index lagged for one query, it counts as lagging for the page.
        if states and (self.index is None or self.index.complete):
            done, total = sum(one.done for one in states), sum(one.total for one in states)
            self.index = q.IndexState(done, total, all(one.known for one in states))
        return gathered.answers

    def missing(self, what: str) -> ProblemError:
        """A not-found error that also says what could not be searched."""
        notes = list(self.notes)
        if self.index and not self.index.complete:
            notes.append("Not all verdicts are indexed yet; try again in a moment.")
        return not_found(" ".join([f"{what}.", *notes]) if notes else what)

    def tenants(self, tenant: str) -> list[str] | None:
        """Tenants to query: the requested one, or all visible ones (None: all).

        Raises:
            ProblemError: the requested one is not visible.
        """
        if tenant:
            self.check(tenant)
            return [tenant]
        return None if self.who.tenants is None else sorted(self.who.tenants)

    def check(self, tenant: str) -> None:
        """Raise ProblemError for an invisible tenant, as if it did not exist."""
        if not self.who.sees(tenant):
            raise not_found(f"tenant {tenant} not found")


async def newest_verdicts(
    visit: Visit, wanted: q.VerdictFilter, limit: int, before: tuple[int, str] | None = None
) -> list[q.VerdictRow]:
    """The newest matching verdicts over all members, in index order."""
    answers = await visit.ask(q.Verdicts(wanted, before, limit), q.VerdictsAnswer)
    rows = [row for answer in answers for row in answer.verdicts]
    rows.sort(key=lambda row: (row.received_at, row.uid), reverse=True)
    return rows[:limit]


async def first_rows(visit: Visit, wanted: q.Scan) -> list[q.StoredRow]:
    """The first rows over all members, in cursor order."""
    answers = await visit.ask(wanted, q.ScanAnswer)
    entries = [entry for answer in answers for entry in answer.entries]
    entries.sort(key=lambda entry: entry.place)
    return entries[: wanted.limit]


@dataclass(frozen=True)
class View:
    """One view; ``whole`` says that it spans all tenants.

    ``reads`` is what the audit log calls a look at it; empty for views that show no mail.
    """

    path: str
    template: str
    summary: str
    parameters: type[Parameters]
    result: type[Result]
    function: Callable[[Visit, Any], Awaitable[Result]]
    operate: bool = False
    whole: bool = False
    reads: str = ""


VIEWS: dict[str, View] = {}
"""Every view by its path."""


def view(
    path: str,
    template: str,
    parameters: type[Parameters],
    result: type[Result],
    *,
    operate: bool = False,
    whole: bool = False,
    reads: str = "",
) -> Callable[[Any], Any]:
    """Register a view; the first line of the docstring is its summary."""

    def register(function: Any) -> Any:
        summary = (function.__doc__ or "").strip().splitlines()[0].rstrip(".")
        VIEWS[path] = View(
            path, template, summary, parameters, result, function, operate, whole, reads
        )
        return function

    return register


def parse(kind: type[P], given: dict[str, str]) -> P:
    """Parameters from a query string; empty ones count as omitted.

    Raises:
        ProblemError: one is unknown or invalid.
    """
    filled = {name: value for name, value in given.items() if value != ""}
    try:
        return msgspec.convert(filled, kind, strict=False)
    except msgspec.ValidationError as error:
        text = str(error).replace("Object contains unknown field", "unknown parameter")
        text, _, name = text.partition(" - at `$.")
        named = f"{name.rstrip('`')}: " if name else ""
        raise bad_request(f"{named}{text[0].lower()}{text[1:]}; {_known(kind)}") from error


def _known(kind: type[Struct]) -> str:
    names = [item.encode_name for item in msgspec.structs.fields(kind)]
    return f"the parameters are {', '.join(names)}" if names else "it takes no parameters"


def encode_cursor(*position: Any) -> str:
    """Encode a position in a list for use in a link."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(text: str, kind: Any) -> Any:
    """Decode a cursor.

    Raises:
        ProblemError: it is malformed.
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=kind)
    except (ValueError, msgspec.MsgspecError) as error:
        raise bad_request(f"{text} is not a valid cursor; start with the first page") from error
