"""What kind of attack a harmful message is: how it goes about it, by what, in whose name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_IMPERSONATED: Final = (
    ("executive", ("name.vip_match",)),
    ("colleague", ("name.internal_match",)),
    (
        "own organisation",
        ("message.own_domain_spoof", "message.own_domain_lookalike",
         "message.display_name_own_domain"),
    ),
    (
        "brand",
        ("message.brand_impersonation", "message.display_name_brand", "message.brand_lookalike"),
    ),
)  # fmt: skip
_VECTORS: Final = (
    (
        "attachment",
        ("message.attachment_risky", "message.attachment_html", "message.attachment_script",
         "message.attachment_encrypted", "message.attachment_archive"),
    ),
    ("code to be scanned", ("message.language_scan_code",)),
    ("wallet", ("message.crypto_address",)),
    ("telephone", ("message.language_callback",)),
    ("link", ("message.link_count",)),
    ("attachment", ("message.attachment_count",)),
)  # fmt: skip
_STRATEGIES: Final = (
    ("thread hijacking", ("thread.own", "thread.addressed")),
    ("feigned conversation", ("message.fake_thread",)),
    ("diverted replies", ("message.reply_to_freemail", "message.reply_to_mismatch")),
    ("lookalike domain", ("message.own_domain_lookalike", "message.brand_lookalike",
                          "message.link_brand_lookalike")),
    ("forged address", ("message.own_domain_spoof", "message.authentication_failed")),
    ("taken account", ("sender.established", "message.internal", "pair.solicited")),
    ("impersonation", ("name.vip_match", "name.internal_match", "message.brand_impersonation",
                       "message.display_name_brand")),
    ("free mail account", ("message.sender_freemail",)),
)  # fmt: skip
STRANGER: Final = "approach by a stranger"


def strategy(signals: Mapping[str, float]) -> dict[str, str]:
    """``strategy``, ``vector`` and ``impersonated`` party by the signals that are not missing.

    The vector is ``reply`` if the message has nothing but text, ``impersonated`` is empty if it
    claims to be nobody else.
    """
    return {
        "strategy": _first(_STRATEGIES, signals) or STRANGER,
        "vector": _first(_VECTORS, signals) or "reply",
        "impersonated": _first(_IMPERSONATED, signals),
    }


def _first(options: tuple[tuple[str, tuple[str, ...]], ...], signals: Mapping[str, float]) -> str:
    return next(
        (name for name, wanted in options if any(signals.get(one, 0.0) > 0 for one in wanted)), ""
    )
