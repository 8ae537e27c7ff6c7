"""Signals on the direction of a message."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import message_signal


@message_signal("flag")
def inbound(batch: MessageBatch) -> FloatColumn:
    """The sender is outside the organisation."""
    return batch.column(batch.external)


@message_signal("flag")
def internal(batch: MessageBatch) -> FloatColumn:
    """Sender and all recipients are inside the organisation."""
    return batch.column(
        not external and not outside
        for external, outside in zip(batch.external, batch.outside_recipients, strict=True)
    )


@message_signal("flag")
def outbound(batch: MessageBatch) -> FloatColumn:
    """The sender is inside, at least one recipient outside the organisation."""
    return batch.column(
        not external and bool(outside)
        for external, outside in zip(batch.external, batch.outside_recipients, strict=True)
    )
