"""Parses the raw bytes of an Internet message.

The fast parser reads nearly everything. What it refuses, and what would take it more than linear
time, goes to the tolerant one.
"""

from __future__ import annotations

from fast_mail_parser import PyLazyMail, parse_email

from detection_stream.model.message import Address, Message
from detection_stream.parsing import limits
from detection_stream.parsing.addresses import ADDRESS_HEADERS, parse_addresses
from detection_stream.parsing.attachments import describe
from detection_stream.parsing.build import Parts, build
from detection_stream.parsing.dates import parse_date
from detection_stream.parsing.enclosed import open_enclosures
from detection_stream.parsing.enclosure import enclosures_of
from detection_stream.parsing.fallback import parse_tolerantly
from detection_stream.parsing.headers import block_end, decode_words, raw_addresses, trace_names

_REPORTED = frozenset({"unterminated-header-block", "transfer-decode-lossy"})


def parse_message(raw: bytes) -> Message:
    """Parse any bytes; never raises.

    ``defects`` holds ``fast-parser-refused`` if the tolerant parser had to repair it.
    """
    size = len(raw)
    if raw.startswith((b"From ", b">From ")):
        # The separator line of an mbox is not a header.
        raw = raw[raw.find(b"\n") + 1 :]
    cut = len(raw) > limits.MAX_MESSAGE_BYTES
    if cut:
        raw = raw[: limits.MAX_MESSAGE_BYTES]
    parts = parse_tolerantly(raw, size) if _is_hostile(raw) else _parse_fast(raw, size)
    if cut:
        parts.truncated.append("message-bytes")
    open_enclosures(parts)
    return build(parts)


def parse_messages(raws: list[bytes]) -> list[Message]:
    """:func:`parse_message` for each; batching calls to the fast parser gains nothing."""
    return [parse_message(raw) for raw in raws]


def _is_hostile(raw: bytes) -> bool:
    """Whether the fast parser would need more than linear time or memory on ``raw``, or recurse."""
    size = len(raw)
    if size > limits.MAX_FAST_BYTES or _is_overgrown(raw):
        return True
    if size <= limits.MAX_FAST_HEADER_BYTES:
        return False
    start = raw[: limits.MAX_FAST_HEADER_BYTES]
    if block_end(start) == len(start):
        return True
    return raw.count(b"=?") * size > limits.MAX_FAST_WORD_WORK


def _is_overgrown(raw: bytes) -> bool:
    """Whether the message may exceed the caps on parts and nesting of the tolerant parser.

    The fast parser calls itself for each level, so this may only err on the safe side. Each
    level needs a Content-Type, and a value that names a multipart, if only in an encoded word.
    """
    delimiters = raw.count(b"\n--")
    if delimiters <= limits.MAX_NESTING:
        return False
    lowered = raw.lower()
    if delimiters > limits.MAX_PARTS and b"multipart" in lowered[: block_end(raw)]:
        return True
    named = lowered.count(b"multipart/") + lowered.count(b"=?")
    return min(named, lowered.count(b"content-type")) > limits.MAX_NESTING


def _parse_fast(raw: bytes, size: int) -> Parts:
    try:
        mail = parse_email(raw, mode="lazy")
        files = [
            (part.filename, part.mimetype.lower(), part.content)
            for part in mail.attachments[: limits.MAX_ATTACHMENTS + 1]
        ]
    except Exception:
        # The parser is third-party code on hostile input: on any error, use the tolerant one.
        return _mend(raw, size, "fast-parser-refused")
    head = raw[: block_end(raw)]
    encoded = b"=?" in head
    headers = _read_headers(mail)
    warnings = [warning.kind for warning in mail.warnings]
    if "charset-fallback" in warnings:
        # Unknown charsets are read as ASCII, which would lose all other letters.
        return _mend(raw, size, "charset-fallback")
    texts, htmls = mail.text_plain, mail.text_html
    if not texts and not htmls and not files:
        # A multipart without a boundary has no parts here, but mail clients show its text.
        return _mend(raw, size, "no-parts")
    if not texts and not htmls and len(headers.get("content-type", ())) > 1:
        # Mail clients differ in which of several types they go by.
        return _mend(raw, size, "several-content-types")
    return Parts(
        headers=headers,
        addresses=_read_addresses(headers, head, encoded),
        trace=trace_names(head),
        date=parse_date(headers["date"][0]) if "date" in headers else None,
        texts=texts,
        htmls=htmls,
        attachments=tuple([describe(*file) for file in files]),
        size=size,
        enclosures=enclosures_of(files),
        defects=[kind for kind in warnings if kind in _REPORTED],
    )


def _mend(raw: bytes, size: int, defect: str) -> Parts:
    parts = parse_tolerantly(raw, size)
    parts.defects.append(defect)
    return parts


def _read_headers(mail: PyLazyMail) -> dict[str, tuple[str, ...]]:
    headers: dict[str, tuple[str, ...]] = {}
    for name, values in mail.headers.items():
        # The fast parser gives up on values where encoded words follow raw bytes.
        found = tuple([decode_words(value).strip() for value in values])
        key = name.lower()
        headers[key] = headers[key] + found if key in headers else found
    return headers


def _read_addresses(
    headers: dict[str, tuple[str, ...]], head: bytes, encoded: bool
) -> dict[str, tuple[Address, ...]]:
    """Mailboxes by header name.

    The fast parser keeps only one header per name, and none for broken ones.
    """
    if encoded:
        return {name: parse_addresses(values) for name, values in raw_addresses(head).items()}
    return {name: parse_addresses(headers[name]) for name in ADDRESS_HEADERS if name in headers}
