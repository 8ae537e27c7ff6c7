"""The fields that receiving hosts write about authentication: RFC 8601, RFC 7208 and RFC 8617.

Anybody can write such a field into a mail. Here it is only read; who wrote it, and whether to
believe it, is decided in :mod:`detection_stream.signals.proven_identity`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from detection_stream.model.message import MethodResult, ReportedResults
from detection_stream.parsing import limits

RESULT_FIELDS = ("authentication-results", "received-spf", "arc-authentication-results")
"""Names of the fields."""

MAX_LENGTH = 8_192
"""Characters read of one field: some 100 results; hosts write fewer than ten."""

_METHODS = frozenset({"spf", "dkim", "dmarc", "arc"})
_SPECIAL = re.compile(r'[()"\\;]')
_IN_QUOTES = str.maketrans(dict.fromkeys("=;() \t", "_"))
_RESULT = re.compile(r"\s*([a-z]+)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(
    r"(?<![\w.])(header\.(?:[dis]|from)|smtp\.(?:mailfrom|mfrom|helo)|receiver|envelope-from|helo)"
    r"\s*=\s*([^\s;]+)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\s*([a-z]+)(?![\w=])", re.IGNORECASE)
_DESIGNATES = re.compile(r"\bdomain of (\S+)", re.IGNORECASE)
_INSTANCE = re.compile(r"\s*i\s*=\s*(\d{1,2})\s*\Z")


def read_results(fields: Sequence[tuple[str, str, int]]) -> tuple[ReportedResults, ...]:
    """What each field says, in their order.

    ``fields`` are names (one of ``RESULT_FIELDS``), values, and how many Received fields stand
    above. At most ``limits.MAX_HOPS`` are read.
    """
    return tuple(
        _received_spf(value[:MAX_LENGTH], below)
        if name == "received-spf"
        else _results(name, value[:MAX_LENGTH], below)
        for name, value, below in fields[: limits.MAX_HOPS]
    )


def _results(name: str, value: str, below: int) -> ReportedResults:
    clauses = _plain(value).split(";")
    instance = _INSTANCE.match(clauses[0]) if name.startswith("arc") else None
    if instance:
        del clauses[0]
    server = ""
    # Some hosts leave their name out and start with the first result.
    if clauses and not _RESULT.match(clauses[0]):
        words = clauses.pop(0).split()
        server = words[0].strip('"').lower() if words else ""
    return ReportedResults(
        field=name,
        server=server,
        below=below,
        methods=tuple(filter(None, map(_method, clauses))),
        instance=int(instance[1]) if instance else 0,
    )


def _method(clause: str) -> MethodResult | None:
    match = _RESULT.match(clause)
    if not match or (method := match[1].lower()) not in _METHODS:
        return None
    found: dict[str, str] = {}
    for key, value in _PROPERTY.findall(clause[match.end() :]):
        found.setdefault(key.lower(), value)
    names = {
        "dkim": ("header.d", "header.i"),
        "dmarc": ("header.from",),
        "spf": ("smtp.mailfrom", "smtp.mfrom", "smtp.helo"),
        "arc": (),
    }[method]
    domain = next((found[key] for key in names if key in found), "")
    return MethodResult(method, match[2].lower(), _domain_of(domain))


def _received_spf(value: str, below: int) -> ReportedResults:
    word = _WORD.match(value)
    if not word:
        return ReportedResults("received-spf", "", below)
    found = {key.lower(): text for key, text in reversed(_PROPERTY.findall(_plain(value)))}
    sender = found.get("envelope-from", "")
    if not sender and (designates := _DESIGNATES.search(value)):
        sender = designates[1]
    sender = sender or found.get("helo", "")
    result = MethodResult("spf", word[1].lower(), _domain_of(sender))
    server = found.get("receiver", "").strip('"<>').lower()
    return ReportedResults("received-spf", server if "." in server else "", below, (result,))


def _plain(value: str) -> str:
    """``value`` without comments and quote marks; what separates is neutral within quotes."""
    if "(" not in value and '"' not in value:
        return value
    return "".join(_pieces(value))


def _pieces(value: str) -> Iterator[str]:
    depth, quoted, at = 0, False, 0
    escaped = -1
    for match in _SPECIAL.finditer(value):
        start, special = match.start(), match[0]
        if start == escaped:
            continue
        text, past = value[at:start], match.end()
        if depth == 0:
            yield text.translate(_IN_QUOTES) if quoted else text
        at = past
        if special == "\\":
            escaped = past
        elif quoted:
            if special == '"':
                quoted = False
            else:
                yield "_"
        elif special == "(":
            depth += 1
            yield " "
        elif special == ")":
            depth = max(0, depth - 1)
        elif depth == 0:
            quoted = special == '"'
            yield special if special == ";" else ""
    # An unclosed comment or quote hides the rest, as it would from a strict reader.
    if depth == 0 and not quoted:
        yield value[at:]


def _domain_of(value: str) -> str:
    return value.rpartition("@")[2].strip("<>.,").lower()
