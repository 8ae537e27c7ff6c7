"""Signals on SPF, DKIM and DMARC, as recorded by the receiving side."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import FloatColumn
from detection_stream.model.message import Message
from detection_stream.parsing.domains import registrable
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import message_signal


def _is(batch: MessageBatch, method: str, *results: str) -> FloatColumn:
    """1 or 0 by a method's result, NaN if the mail has none."""

    def value(message: Message) -> float:
        result = getattr(message.authentication, method)
        return float(result in results) if result else np.nan

    return batch.number(value)


@message_signal("flag")
def spf_pass(batch: MessageBatch) -> FloatColumn:
    """SPF passed; NaN without a result."""
    return _is(batch, "spf", "pass")


@message_signal("flag")
def spf_fail(batch: MessageBatch) -> FloatColumn:
    """SPF failed (fail or softfail); NaN without a result."""
    return _is(batch, "spf", "fail", "softfail")


@message_signal("flag")
def dkim_pass(batch: MessageBatch) -> FloatColumn:
    """A DKIM signature verified; NaN without a result."""
    return _is(batch, "dkim", "pass")


@message_signal("flag")
def dkim_fail(batch: MessageBatch) -> FloatColumn:
    """DKIM verification failed; NaN without a result."""
    return _is(batch, "dkim", "fail", "permerror")


@message_signal("flag")
def dmarc_pass(batch: MessageBatch) -> FloatColumn:
    """DMARC passed; NaN without a result."""
    return _is(batch, "dmarc", "pass", "bestguesspass")


@message_signal("flag")
def dmarc_fail(batch: MessageBatch) -> FloatColumn:
    """DMARC failed; NaN without a result."""
    return _is(batch, "dmarc", "fail")


@message_signal("flag")
def authenticated(batch: MessageBatch) -> FloatColumn:
    """The sender's domain is proven by an aligned pass; NaN if unknown."""
    return batch.column(batch.authenticated)


@message_signal("flag")
def authentication_failed(batch: MessageBatch) -> FloatColumn:
    """The sender's domain failed authentication; NaN if unknown."""
    return 1.0 - batch.column(batch.authenticated)


@message_signal("flag")
def authentication_missing(batch: MessageBatch) -> FloatColumn:
    """No header has an SPF, DKIM or DMARC result."""

    def missing(message: Message) -> bool:
        results = message.authentication
        return not (results.spf or results.dkim or results.dmarc)

    return batch.number(missing)


@message_signal("flag")
def return_path_mismatch(batch: MessageBatch) -> FloatColumn:
    """Return-Path and From have different registrable domains; NaN without a Return-Path."""

    def mismatch(message: Message, domain: str) -> float:
        path = message.return_path.rpartition("@")[2]
        return float(registrable(path) != domain) if path else np.nan

    return batch.column(map(mismatch, batch.messages, batch.sender_domains))


@message_signal("flag")
def own_domain_spoof(batch: MessageBatch) -> FloatColumn:
    """The From address is in one of the organisation's domains, and authentication failed."""
    return batch.column(
        own and external for own, external in zip(batch.sender_own, batch.external, strict=True)
    )
