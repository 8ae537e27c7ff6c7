"""Text that reads as one thing and is spelled as another."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import message_signal


@message_signal("count")
def disguised_words(batch: MessageBatch) -> FloatColumn:
    """Words hidden by invisible letters, other scripts, reversal or letters written apart."""
    return batch.column(text.disguised for text in batch.folded_texts)
