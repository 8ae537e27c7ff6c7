"""Headers that claim bulk mail, a list or an automatic sender."""

from __future__ import annotations

from tests.metamorphic.attack import Attack, Change
from tests.metamorphic.mail import Mail, fields
from tests.metamorphic.registry import register, transformation

_CLAIMS = {
    "list_id": ("List-Id", "Company news <news.mailbeam.example>"),
    "list_unsubscribe": (
        "List-Unsubscribe",
        "<mailto:leave@mailbeam.example>, <https://mailbeam.example/u/1>",
    ),
    "precedence_bulk": ("Precedence", "bulk"),
    "precedence_list": ("Precedence", "list"),
    "auto_generated": ("Auto-Submitted", "auto-generated"),
    "auto_replied": ("Auto-Submitted", "auto-replied"),
    "auto_response_suppress": ("X-Auto-Response-Suppress", "All"),
    "feedback_id": ("Feedback-ID", "7:campaign:customer:mailbeam"),
}


def _claiming(*lines: tuple[str, str]) -> Change:
    def change(attack: Attack) -> Mail:
        return attack.mail.below(*fields(lines))

    return change


for _name, _line in _CLAIMS.items():
    register(_name, f"{_line[0]}: {_line[1].partition(',')[0]}")(_claiming(_line))


@transformation
def every_bulk_header(attack: Attack) -> Mail:
    """All of them together, above the author's other fields."""
    return attack.mail.on_top(*fields(_CLAIMS.values()))
