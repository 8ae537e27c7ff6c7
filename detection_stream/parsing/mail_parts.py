"""Reads one message of RFC 5322 into its header values, texts and attachments."""

from __future__ import annotations

from detection_stream.parsing import limits
from detection_stream.parsing.addresses import ADDRESS_HEADERS, parse_addresses
from detection_stream.parsing.bodies import read_bodies
from detection_stream.parsing.build import TRACE_FIELDS, Parts
from detection_stream.parsing.dates import parse_date
from detection_stream.parsing.header_text import Headers
from detection_stream.parsing.mail_head import MailHead
from detection_stream.parsing.multipart import leaves_of


def read_parts(head: MailHead, size: int) -> Parts:
    """The parts of a message; ``size`` is that of its raw bytes, which may have been cut."""
    if head.body > limits.MAX_HEADER_LENGTH and any(
        len(value) > limits.MAX_HEADER_LENGTH for _, value in head.fields
    ):
        head.truncated.append("header-length")
    headers = Headers(head.fields)
    date = parse_date(headers["date"][0]) if "date" in headers else None
    if date is None and "date" in headers:
        head.defects.append("unreadable-date")
    bodies = read_bodies(leaves_of(head), head.defects, head.truncated)
    return Parts(
        headers=headers,
        addresses={
            name: parse_addresses(headers.undecoded(name))
            for name in ADDRESS_HEADERS
            if name in headers
        },
        trace=[name for name, _ in head.fields if name in TRACE_FIELDS],
        date=date,
        texts=bodies.texts,
        htmls=bodies.htmls,
        attachments=tuple(bodies.attachments),
        size=size,
        defects=head.defects,
        truncated=head.truncated,
        enclosures=bodies.enclosures,
    )
