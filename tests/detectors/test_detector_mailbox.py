"""The rules together, on ordinary messages and on attacks."""

from collections.abc import Mapping

import numpy as np
import pytest

from detection_stream.decision.policy import noisy_or
from detection_stream.detectors import load_detectors

DETECTORS = load_detectors()
SUSPICIOUS, MALICIOUS = 0.5, 0.85
INBOUND = {"message.inbound": 1, "message.authenticated": 1, "message.link_count": 1}
STRANGER = {**INBOUND, "pair.stranger": 1, "sender.days_known": 0, "sender.messages_1h": 1}
KNOWN = {
    **INBOUND,
    **dict.fromkeys(("sender.known", "sender.solicited", "domain.solicited"), 1),
    **dict.fromkeys(("sender.established", "domain.established"), 1),
    "sender.days_known": 300,
    "domain.days_known": 300,
}

ORDINARY = {
    "newsletter": {
        **INBOUND,
        **dict.fromkeys(("message.bulk", "mailer.habitual", "domain.established"), 1),
        **dict.fromkeys(("message.hidden_text", "message.link_contains_recipient"), 1),
        **dict.fromkeys(("message.link_display_mismatch", "link.new"), 1),
        "message.language_marketing": 3,
        "message.language_urgency": 1,
    },
    "first newsletter": {
        **STRANGER,
        **dict.fromkeys(("message.bulk", "link.new", "message.link_shortener"), 1),
        **dict.fromkeys(("message.link_contains_recipient", "message.hidden_text"), 1),
        "message.language_marketing": 2,
    },
    "applicant with an archive": {
        **STRANGER,
        **dict.fromkeys(("message.sender_freemail", "domain.known", "domain.solicited"), 1),
        "message.attachment_archive": 1,
        "message.language_request": 1,
    },
    "post of a list, broken signature": {
        **INBOUND,
        **dict.fromkeys(("message.mailing_list", "mailer.habitual", "message.dmarc_fail"), 1),
        **dict.fromkeys(("message.authentication_failed", "message.spf_pass"), 1),
        **dict.fromkeys(("sender.known", "sender.authentication_break"), 1),
        "message.authenticated": 0,
        "message.language_request": 1,
    },
    "own post returned by a list": {
        **INBOUND,
        **dict.fromkeys(("message.own_domain_spoof", "message.authentication_failed"), 1),
        **dict.fromkeys(("message.mailing_list", "message.spf_pass", "mailer.habitual"), 1),
        "message.authenticated": 0,
        "message.language_request": 1,
    },
    "invoice of a supplier": {
        **KNOWN,
        "pair.solicited": 1,
        "message.language_payment": 2,
        "message.phone_number": 1,
    },
    "first invoice of a new supplier": {
        **STRANGER,
        "message.language_payment": 2,
        "message.phone_number": 1,
        "link.new": 1,
    },
    "mail through a gateway that reports no authentication": {
        **STRANGER,
        "message.authenticated": 0,
        "message.authentication_missing": 1,
        "link.new": 1,
    },
    "registration at a new service": {
        **STRANGER,
        "message.language_credential": 1,
        "message.auto_generated": 1,
        "message.sender_role": 1,
        "link.new": 1,
    },
    "survey of the personnel department": {
        "message.internal": 1,
        "message.sender_role": 1,
        "sender.burst": 50,
        "sender.messages_1h": 400,
        "link.new": 1,
        "message.language_credential": 1,
    },
    "namesake of the director": {**STRANGER, "name.vip_match": 1, "name.internal_match": 1},
}

ATTACKS = {
    "director's name on a free mailbox": {
        **STRANGER,
        **dict.fromkeys(("name.vip_match", "name.internal_match", "message.sender_freemail"), 1),
        **dict.fromkeys(("domain.known", "domain.solicited"), 1),
        "message.language_request": 1,
        "message.body_length": 80,
    },
    "sign-in page in a brand's name": {
        **STRANGER,
        **dict.fromkeys(("message.brand_impersonation", "link.new", "message.link_free_host"), 1),
        "message.language_credential": 2,
        "message.language_urgency": 1,
    },
    "new bank details in a false thread": {
        **STRANGER,
        "message.language_bank_change": 1,
        "message.language_payment": 1,
        "message.fake_thread": 1,
    },
    "forged supplier": {
        **KNOWN,
        **dict.fromkeys(("message.authentication_failed", "message.dmarc_fail"), 1),
        **dict.fromkeys(("sender.authentication_break", "pair.solicited"), 1),
        **dict.fromkeys(("message.reply_to_freemail", "message.reply_to_mismatch"), 1),
        "message.authenticated": 0,
        "message.language_bank_change": 1,
    },
    "blackmail": {
        **STRANGER,
        "message.language_extortion": 2,
        "message.crypto_address": 1,
    },
    "renewal by telephone": {
        **STRANGER,
        **dict.fromkeys(("message.sender_freemail", "message.brand_impersonation"), 1),
        **dict.fromkeys(("domain.known", "domain.solicited", "message.phone_number"), 1),
        "message.language_callback": 2,
        "message.language_payment": 1,
    },
}


def score(signals: Mapping[str, float]) -> tuple[float, list[str]]:
    """The score of the detectors of attacks together, and the ids of all that fire."""
    values = {**dict.fromkeys(DETECTORS.signals_used, 0.0), **signals}
    columns = {name: np.array([float(value)]) for name, value in values.items()}
    scores = DETECTORS.evaluate(columns, 1)[0]
    fired = ~np.isnan(scores)
    ids = [name for name, fires in zip(DETECTORS.ids, fired, strict=True) if fires]
    attacks = ~np.isin(DETECTORS.attack_types, ("spam", "graymail"))
    return float(noisy_or(scores[None, attacks])[0]), ids


@pytest.mark.parametrize("message", ORDINARY)
def test_ordinary_messages_are_not_suspicious(message: str) -> None:
    combined, fired = score(ORDINARY[message])
    assert combined < SUSPICIOUS, fired


@pytest.mark.parametrize("message", ATTACKS)
def test_attacks_are_malicious(message: str) -> None:
    combined, fired = score(ATTACKS[message])
    assert combined >= MALICIOUS, fired
