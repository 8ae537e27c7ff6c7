"""Signals on wording: the number of distinct phrases of a family in the text."""

from __future__ import annotations

from detection_stream.model.batch import FloatColumn
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import MessageFunction, message_signal

_DESCRIPTIONS = {
    "urgency": "Phrases of urgency",
    "credential": "Phrases asking to verify or restore an account",
    "voicemail": "Phrases of voice mail and fax notices",
    "scan_code": "Phrases asking to scan a code with a phone",
    "file_share": "Phrases about shared or signed documents",
    "payment": "Phrases of invoices and payments",
    "bank_change": "Phrases announcing changed bank details",
    "payroll": "Phrases redirecting a salary",
    "gift_card": "Phrases about gift cards",
    "request": "Phrases of short personal requests",
    "extortion": "Phrases threatening to publish or destroy",
    "advance_fee": "Phrases promising money to a stranger",
    "callback": "Phrases asking to call a number",
    "marketing": "Phrases of advertising",
    "pharma": "Phrases of pharmacy and adult advertising",
    "loan": "Phrases of loan, ranking and quick-money offers",
}


def _signal(family: str, description: str) -> MessageFunction:
    def count(batch: MessageBatch) -> FloatColumn:
        return batch.phrases[family]

    count.__name__ = f"language_{family}"
    count.__doc__ = f"{description} (number of distinct ones)."
    return message_signal("count")(count)


for _family, _description in _DESCRIPTIONS.items():
    _signal(_family, _description)
