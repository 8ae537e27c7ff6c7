"""What the words ask for: how many different phrases of a family the text holds."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import MessageFunction, message_signal

_DESCRIPTIONS = {
    "urgency": "Phrases that press for time",
    "credential": "Phrases that ask to prove or restore an account",
    "voicemail": "Phrases of voice mail and fax notices",
    "file_share": "Phrases of shared or signed documents",
    "payment": "Phrases of invoices and payments",
    "bank_change": "Phrases that announce other bank details",
    "payroll": "Phrases that change where a salary goes",
    "gift_card": "Phrases about gift cards",
    "request": "Phrases of a short personal request",
    "extortion": "Phrases that threaten to publish or destroy",
    "advance_fee": "Phrases of money that waits for a stranger",
    "callback": "Phrases that make a reader call a number",
    "marketing": "Phrases of advertising",
    "pharma": "Phrases of pill and adult advertising",
    "loan": "Phrases of loan, ranking and quick-money offers",
}


def _signal(family: str, description: str) -> MessageFunction:
    def count(batch: MessageBatch) -> FloatColumn:
        return batch.phrases[family]

    count.__name__ = f"language_{family}"
    count.__doc__ = f"{description} (how many different ones)."
    return message_signal("count")(count)


for _family, _description in _DESCRIPTIONS.items():
    _signal(_family, _description)
