"""A digest of what the sender wrote: the body and the sender's own header fields.

What hosts add on the way (Received, results, Delivered-To, marks of filters) is left out, and so
are folding and line ends, so that a message has the same digest however it comes in.
"""

from __future__ import annotations

from hashlib import blake2b

import orjson

from detection_stream.parsing.mail_head import MailHead, read_head

DIGEST_BYTES = 16
MAX_CANONICAL_BYTES = 1024 * 1024
"""Bytes of a record in JSON that is decoded to sort its fields; decoding takes many times more."""

_OWN_FIELDS = {
    name: name.encode()
    for name in (
        *("from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id"),
        *("in-reply-to", "references", "mime-version"),
    )
}
_HOSTS_WRITE = frozenset({"received_at", "headers"})


def mail_digest(raw: bytes) -> bytes:
    """The digest of a message of RFC 5322; any bytes have one."""
    return digest_of(read_head(raw))


def digest_of(head: MailHead) -> bytes:
    """The digest of the message of a head."""
    fields = [
        b"%b:%b\n" % (_OWN_FIELDS.get(name) or name.encode(), b" ".join(value.split()))
        for name, value in head.fields
        if name in _OWN_FIELDS or name.startswith("content-")
    ]
    digest = blake2b(b"".join(fields), digest_size=DIGEST_BYTES)
    digest.update(b"\n")
    body = head.raw[head.body :]
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n")
    digest.update(body.rstrip(b"\n"))
    return digest.digest()


def json_digest(record: bytes) -> bytes:
    """The digest of a message in its JSON form, whatever the order of its fields.

    That of a record above ``MAX_CANONICAL_BYTES``, or of none, is of its bytes as they are.
    """
    try:
        document = orjson.loads(record) if len(record) <= MAX_CANONICAL_BYTES else None
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        return blake2b(record.strip(), digest_size=DIGEST_BYTES).digest()
    own = {name: value for name, value in document.items() if name not in _HOSTS_WRITE}
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    try:
        canonical = orjson.dumps(own, option=options)
    except orjson.JSONEncodeError:
        # It reads deeper nesting than it writes.
        canonical = record.strip()
    return blake2b(canonical, digest_size=DIGEST_BYTES).digest()
