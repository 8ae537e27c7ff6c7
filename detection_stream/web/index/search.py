"""Verdict search: turns a filter into one query along the best index."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from detection_stream.web.index.schema import LISTS
from detection_stream.web.members.queries import VerdictFilter

_DOMAIN = "(v.sender LIKE :domain ESCAPE '\\' OR v.sender LIKE :subdomain ESCAPE '\\')"


@dataclass
class Search:
    """The part after FROM; conditions are joined by AND, ``time`` is the sort column.

    SQLite has no statistics on these tables, so the index is forced.
    """

    tables: str = ""
    time: str = "v.received_at"
    conditions: list[str] = field(default_factory=lambda: ["v.superseded = 0"])
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Tables, conditions and order."""
        where = " AND ".join(self.conditions)
        return f"{self.tables} WHERE {where} ORDER BY {self.time} DESC, v.uid DESC"

    def add(self, condition: str, **values: Any) -> None:
        """Add a condition."""
        self.conditions.append(condition)
        self.values |= values

    def along(self, index: str) -> None:
        """Use an index, unless one is already used."""
        self.tables = self.tables or f"verdict v INDEXED BY {index}"

    def among(self, column: str, names: list[str]) -> None:
        """Require one of these values in a column."""
        named = {f"{column}{number}": name for number, name in enumerate(names)}
        self.add(f"v.{column} IN ({', '.join(f':{name}' for name in named)})", **named)

    def listed(self, table: str, name: str) -> None:
        """Require that a table lists the verdict under a name."""
        column = LISTS[table]
        self.values[column] = name
        if self.tables:
            self.add(
                f"EXISTS (SELECT 1 FROM {table} o WHERE o.{column} = :{column} "
                "AND o.received_at = v.received_at AND o.verdict = v.id)"
            )
        else:
            # CROSS JOIN keeps SQLite from scanning all verdicts first.
            self.tables, self.time = f"{table} l CROSS JOIN verdict v", "l.received_at"
            self.add(f"l.{column} = :{column} AND v.id = l.verdict")


def search(wanted: VerdictFilter, before: tuple[int, str] | None) -> Search:
    """Matching verdicts before a cursor; the most selective conditions come first."""
    found = Search()
    if wanted.message_ids:
        found.along("by_message_id")
        found.among("message_id", wanted.message_ids)
        found.add("v.message_id != ''")
    if wanted.recipient:
        found.listed("recipient", wanted.recipient.lower())
    if wanted.detector:
        found.listed("fired", wanted.detector)
    if wanted.conversation is not None:
        found.along("by_conversation")
        found.add("v.conversation = :conversation", conversation=wanted.conversation)
    if wanted.sender:
        _of_sender(found, wanted.sender.lower())
    if wanted.attack_type:
        found.along("by_attack")
        found.add("v.attack_type = :attack AND v.attack_type != ''", attack=wanted.attack_type)
    if wanted.verdicts:
        if "safe" not in wanted.verdicts:
            found.along("flagged")
            found.add("v.verdict != 'safe'")
        found.among("verdict", wanted.verdicts)
    if wanted.tenants is not None:
        if len(wanted.tenants) == 1:
            found.along("by_tenant")
        found.among("tenant", wanted.tenants)
    if wanted.subject:
        pattern = f"%{_literal(wanted.subject)}%"
        found.add("v.subject LIKE :subject ESCAPE '\\'", subject=pattern)
    found.along("by_time")
    _times(found, wanted, before)
    return found


def _of_sender(found: Search, sender: str) -> None:
    domain = sender.strip("@")
    if "@" in domain:
        found.along("by_sender")
        found.add("v.sender = :sender", sender=sender)
    else:
        bare = _literal(domain)
        found.add(_DOMAIN, domain=f"%@{bare}", subdomain=f"%.{bare}")


def _times(found: Search, wanted: VerdictFilter, before: tuple[int, str] | None) -> None:
    if wanted.since is not None:
        found.add(f"{found.time} >= :since", since=wanted.since)
    if wanted.until is not None:
        found.add(f"{found.time} < :until", until=wanted.until)
    if before is not None:
        found.add(f"{found.time} <= :at", at=before[0])
        found.add("(v.received_at, v.uid) < (:at, :uid)", uid=before[1])


def _literal(text: str) -> str:
    """Text escaped for LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
