"""Signals on SPF, DKIM and DMARC, as recorded by the tenant's own receiving side."""

from __future__ import annotations

import numpy as np

from detection_stream.model.batch import FloatColumn
from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Message
from detection_stream.parsing.domains import registrable
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.proven_identity import NO_RESULTS, Authentication
from detection_stream.signals.registry import message_signal


def _is(batch: MessageBatch, method: str, *results: str) -> FloatColumn:
    """1 or 0 by a method's result, NaN if the mail has none."""

    def value(found: Authentication) -> float:
        result = getattr(found, method)
        return float(result in results) if result else np.nan

    return batch.column(map(value, batch.authentication))


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
    """The receiving side reports no SPF, DKIM or DMARC result."""
    return batch.column(
        not (found.spf or found.dkim or found.dmarc) for found in batch.authentication
    )


@message_signal("flag")
def return_path_mismatch(batch: MessageBatch) -> FloatColumn:
    """Return-Path and From have different registrable domains; NaN without a Return-Path."""

    def mismatch(message: Message, domain: str) -> float:
        path = message.return_path.rpartition("@")[2]
        return float(registrable(path) != domain) if path else np.nan

    return batch.column(map(mismatch, batch.messages, batch.sender_domains))


@message_signal("flag")
def own_domain_spoof(batch: MessageBatch) -> FloatColumn:
    """From is in an own domain, but the message is not really from inside.

    A missing result counts only where the receiving side usually reports some.
    """

    def spoofed(own: bool, external: bool, results: Authentication, envelope: Envelope) -> bool:
        checked = results != NO_RESULTS or envelope.reception.results == "usual"
        return own and external and checked

    return batch.column(
        map(spoofed, batch.sender_own, batch.external, batch.authentication, batch.envelopes)
    )


@message_signal("count")
def results_ignored(batch: MessageBatch) -> FloatColumn:
    """Header fields with results that none of the receiving side's hosts wrote."""

    return batch.column(
        len(message.results) - len(written)
        for message, written in zip(batch.messages, batch.written_inside, strict=True)
    )
