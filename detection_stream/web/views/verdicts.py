"""The list of verdicts with its filters."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from detection_stream.detectors.detector import ATTACK_TYPES
from detection_stream.web.index.writing import DAY_MS
from detection_stream.web.members import queries as q
from detection_stream.web.problems import bad_request
from detection_stream.web.view import (
    Parameters,
    Result,
    Visit,
    decode_cursor,
    encode_cursor,
    newest_verdicts,
    view,
)
from detection_stream.web.views.entities import milliseconds
from detection_stream.web.views.overview import FLAGGED

FilterTime = Annotated[int, Meta(ge=-(1 << 62), le=1 << 62)]
FilterText = Annotated[str, Meta(max_length=400)]


class VerdictParameters(Parameters):
    """Filters; ``flagged`` is malicious and suspicious together.

    ``sender`` is an address or a domain, ``subject`` a part of the text. ``since`` and ``until``
    are times such as 2026-01-31 (UTC). ``after`` is a cursor.
    """

    tenant: FilterText = ""
    verdict: Literal["", "flagged", "malicious", "suspicious", "spam", "graymail", "safe"] = ""
    attack_type: FilterText = ""
    sender: FilterText = ""
    recipient: FilterText = ""
    detector: FilterText = ""
    subject: FilterText = ""
    since: Annotated[str, Meta(max_length=40)] = ""
    until: Annotated[str, Meta(max_length=40)] = ""
    after: Annotated[str, Meta(max_length=400)] = ""
    limit: Annotated[int, Meta(ge=1, le=q.MAX_ROWS)] = 50


class VerdictList(Result):
    """Newest first; ``next`` is the cursor of the next page, empty at the end."""

    verdicts: list[q.VerdictRow]
    next: str


@view("/verdicts", "verdicts.html", VerdictParameters, VerdictList)
async def verdicts(visit: Visit, asked: VerdictParameters) -> VerdictList:
    """Verdicts, newest first, by tenant, verdict, attack type, people, detector, time, subject."""
    if asked.attack_type and asked.attack_type not in ATTACK_TYPES:
        raise bad_request(
            f"unknown attack type {asked.attack_type}; use one of {', '.join(ATTACK_TYPES)}"
        )
    chosen = {"": [], "flagged": FLAGGED}.get(asked.verdict, [asked.verdict])
    wanted = q.VerdictFilter(
        tenants=visit.tenants(asked.tenant),
        verdicts=chosen,
        attack_type=asked.attack_type,
        sender=asked.sender.strip().lower(),
        recipient=asked.recipient.strip().lower(),
        detector=asked.detector,
        subject=asked.subject,
        since=milliseconds("since", asked.since) if asked.since else None,
        until=_until(asked.until) if asked.until else None,
    )
    before = decode_cursor(asked.after, tuple[FilterTime, str]) if asked.after else None
    shown = await newest_verdicts(visit, wanted, asked.limit, before)
    full = len(shown) == asked.limit
    return VerdictList(
        verdicts=shown,
        next=encode_cursor(shown[-1].received_at, shown[-1].uid) if full else "",
    )


def _until(text: str) -> int:
    """The end of the requested range; a day is included."""
    at = milliseconds("until", text)
    return at + DAY_MS if len(text) == len("2026-01-31") else at
