"""A view: one question that people and programs ask, as a page and as JSON.

Its function turns parameters into a result. The page renders the result with a template, the API
sends it as it is, so both always say the same.
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
    """What a view may be asked with; parts of the path among it."""


class Result(Struct, kw_only=True):
    """What a view says; ``notes`` name what is missing from it and why.

    ``index`` is how far the index of verdicts was, None where it was not asked.
    """

    notes: list[str] = []
    index: q.IndexState | None = None


@dataclass
class Visit:
    """Who asks, and whom the view can ask; keeps what answers say is missing from them."""

    cluster: Cluster
    topology: Topology
    detectors: DetectorSet
    audit: AuditLog
    who: Principal
    notes: list[str] = field(default_factory=list)
    index: q.IndexState | None = None

    async def ask(self, query: q.Query, answer: type[A]) -> list[A]:
        """Answers of all members that give one."""
        gathered = await self.cluster.ask(query, answer)
        self.notes += [note for note in gathered.notes if note not in self.notes]
        states = [one.index for one in gathered.answers if isinstance(one, q.IndexedAnswer)]
        # What was behind for one question stays so for the page.
        if states and (self.index is None or self.index.complete):
            done, total = sum(one.done for one in states), sum(one.total for one in states)
            self.index = q.IndexState(done, total, all(one.known for one in states))
        return gathered.answers

    def missing(self, what: str) -> ProblemError:
        """That something was not found, and what was not looked at."""
        notes = list(self.notes)
        if self.index and not self.index.complete:
            notes.append("Not all verdicts are indexed yet; try again in a moment.")
        return not_found(" ".join([f"{what}.", *notes]) if notes else what)

    def tenants(self, tenant: str) -> list[str] | None:
        """The tenants to look at: the one asked for, or all that may be seen (None: all there are).

        Raises:
            ProblemError: the one asked for may not be seen.
        """
        if tenant:
            self.check(tenant)
            return [tenant]
        return None if self.who.tenants is None else sorted(self.who.tenants)

    def check(self, tenant: str) -> None:
        """Raise ProblemError when a tenant may not be seen, as if there were none of that name."""
        if not self.who.sees(tenant):
            raise not_found(f"there is no tenant {tenant} that you may see")


async def newest_verdicts(
    visit: Visit, wanted: q.VerdictFilter, limit: int, before: tuple[int, str] | None = None
) -> list[q.VerdictRow]:
    """The newest verdicts over all members that fit, in the order of the index."""
    answers = await visit.ask(q.Verdicts(wanted, before, limit), q.VerdictsAnswer)
    rows = [row for answer in answers for row in answer.verdicts]
    rows.sort(key=lambda row: (row.received_at, row.uid), reverse=True)
    return rows[:limit]


async def first_rows(visit: Visit, wanted: q.Rows) -> list[q.Entry]:
    """The first rows over all members, in order of their places."""
    answers = await visit.ask(wanted, q.RowsAnswer)
    entries = [entry for answer in answers for entry in answer.entries]
    entries.sort(key=lambda entry: entry.place)
    return entries[: wanted.limit]


@dataclass(frozen=True)
class View:
    """One view; ``whole`` says that it shows what is of no single tenant."""

    path: str
    template: str
    summary: str
    parameters: type[Parameters]
    result: type[Result]
    function: Callable[[Visit, Any], Awaitable[Result]]
    operate: bool = False
    whole: bool = False


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
) -> Callable[[Any], Any]:
    """Register a view; the first line of the docstring is its summary."""

    def register(function: Any) -> Any:
        summary = (function.__doc__ or "").strip().splitlines()[0].rstrip(".")
        VIEWS[path] = View(path, template, summary, parameters, result, function, operate, whole)
        return function

    return register


def parse(kind: type[P], given: dict[str, str]) -> P:
    """Parameters from a query string; empty ones count as left out.

    Raises:
        ProblemError: one is not known, or has no valid value.
    """
    filled = {name: value for name, value in given.items() if value != ""}
    try:
        return msgspec.convert(filled, kind, strict=False)
    except msgspec.ValidationError as error:
        text = str(error).replace("Object contains unknown field", "there is no parameter")
        text, _, name = text.partition(" - at `$.")
        named = f"{name.rstrip('`')}: " if name else ""
        raise bad_request(f"{named}{text[0].lower()}{text[1:]}; {_known(kind)}") from error


def _known(kind: type[Struct]) -> str:
    names = [item.encode_name for item in msgspec.structs.fields(kind)]
    return f"the parameters are {', '.join(names)}" if names else "it takes no parameters"


def cursor(*place: Any) -> str:
    """A place in a list, as text that goes into a link."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place(text: str, kind: Any) -> Any:
    """The place that a cursor names.

    Raises:
        ProblemError: it is none.
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=kind)
    except (ValueError, msgspec.MsgspecError) as error:
        raise bad_request(f"{text} is no place in this list; begin with its first page") from error
