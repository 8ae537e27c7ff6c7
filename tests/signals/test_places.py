"""Phrases count wherever a sender puts them, and harmless text stays harmless there."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from html import escape

import pytest

from detection_stream.model.envelope import Envelope
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.signals.message_batch import MessageBatch

ATTACKS = {
    "urgency": "This is urgent and time-sensitive",
    "credential": "Please verify your account, your password expires today",
    "voicemail": "You have a new voice message from the caller",
    "scan_code": "Scan the QR code with your phone",
    "file_share": "Ann shared a document with you, please review the document",
    "payment": "Please pay the overdue invoice by wire transfer",
    "bank_change": "Please use our new bank details, our bank account details have changed",
    "payroll": "I want to change my direct deposit before the next payroll",
    "gift_card": "Buy gift cards and send photos of the codes",
    "request": "Are you available? I need a quick favour",
    "extortion": "I recorded you with your webcam, you have 48 hours to pay",
    "advance_fee": "Dear friend, the late husband left a beneficiary ten million dollars",
    "callback": "Call us at 1 800 555 0199, your subscription was auto-renewed",
    "pharma": "Online pharmacy, no prescription",
    "loan": "Guaranteed approval, personal loan, no credit check",
    "phone_number": "Ring 800-555-0199 now",
    "crypto_address": "Pay 0x52908400098527886e0f7030069857d2e4169ee7 today",
}
HARMLESS = "The canteen opens at noon and the library has books on gardening"
PADDING = f"{HARMLESS}.\n" * 1_500
"""About 100,000 characters."""

_RULE = "<style>.q{font-size:0}</style>"

Mail = Callable[[str], EmailMessage]


def _mail(plain: str = "", html: str = "", headers: dict[str, str] | None = None) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"From": "ann@a.example", "Subject": "Hello", **(headers or {})}.items():
        message[name] = value
    if plain or not html:
        message.set_content(plain)
    if plain and html:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message


def _beside(content: bytes, kind: str, name: str) -> EmailMessage:
    message = _mail("See below")
    main, sub = kind.split("/")
    message.add_attachment(content, main, sub, filename=name)
    return message


def _attached(text: str) -> EmailMessage:
    message = _mail("See below")
    message.add_attachment(_mail(text))
    return message


def _shown(html: str) -> Mail:
    return lambda text: _mail(html=html.format(escape(text)))


def _within_words(element: str, rule: str = "") -> Mail:
    """Hidden letters after the second one of each word."""

    def made(text: str) -> EmailMessage:
        words = (f"{escape(one[:2])}{element}{escape(one[2:])}" for one in text.split(" "))
        return _mail(html=f"{rule}<p>{' '.join(words)}</p>")

    return made


PLACES: dict[str, Mail] = {
    "quote marks": lambda text: _mail(f"See below\n> {text}\n"),
    "attribution": lambda text: _mail(f"Look\n\nOn Monday, Bob <b@c.example> wrote:\n\n{text}"),
    "quote of itself": lambda text: _mail(
        f"See below\n> {text}\n", headers={"Message-ID": "<1@a>", "In-Reply-To": "<1@a>"}
    ),
    "attached message": _attached,
    "text file": lambda text: _beside(text.encode(), "text/plain", "a.txt"),
    "page as a file": lambda text: _beside(f"<p>{escape(text)}".encode(), "text/html", "a.html"),
    "file without a type": lambda text: _beside(text.encode(), "application/octet-stream", "a.TXT"),
    "padded file": lambda text: _beside(f"{PADDING}{text}".encode(), "text/plain", "a.txt"),
    "padding before": lambda text: _mail(f"{PADDING}{text}"),
    "padding after": lambda text: _mail(f"{text}\n{PADDING}"),
    "padding around": lambda text: _mail(f"{PADDING}{text}\n{PADDING}"),
    "padding beyond the cap": lambda text: _mail(f"{PADDING * 4}{text}"),
    "page beyond the cap": lambda text: _mail(html=f"<p>{PADDING * 3}</p><p>{escape(text)}</p>"),
    "beside another page": lambda text: _mail(text, f"<p>{HARMLESS}</p>"),
    "hidden": _shown("<p>See below</p><div style='display:none'>{}</div>"),
    "hidden, then shown": _shown(
        "<style>.q{{display:none}} div:not(.z).q{{display:block!important}}</style>"
        "<div class=q>{}</div>"
    ),
    "empty tags": _within_words("<b></b>"),
    "entities": _within_words("&zwnj;"),
    "entities encoded twice": _within_words("&amp;shy;"),
    "hidden letters": _within_words("<i style='display:none'>qx</i>"),
    "letters hidden by a rule": _within_words(
        "<i class=q>qx</i>", "<style>.q{display:none}</style>"
    ),
    "white letters": _within_words("<font color=white>qx</font>"),
    "small letters": _within_words("<i style='font-size:0'>qx</i>"),
}


def _batch(message: EmailMessage) -> MessageBatch:
    envelope = Envelope("t", frozenset({"own.example"}), 0)
    return MessageBatch([parse_message(message.as_bytes())], [envelope])


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_every_family_counts_in_every_place(place: Mail) -> None:
    fewer = {}
    for family, text in ATTACKS.items():
        plain = _batch(_mail(text)).phrases[family][0]
        assert plain >= 1, f"no phrase of {family}"
        found = _batch(place(text)).phrases[family][0]
        if found < plain:
            fewer[family] = found
    assert not fewer


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_harmless_text_stays_harmless(place: Mail) -> None:
    found = _batch(place(HARMLESS)).phrases
    assert {family: count[0] for family, count in found.items() if count[0]} == {}


def test_a_phrase_in_several_places_counts_once() -> None:
    text = ATTACKS["gift_card"]
    message = _mail(f"{text}\n> {text}\n", f"<p>{text}</p><p hidden>{text}</p>")
    message.add_attachment(text, filename="a.txt")
    assert _batch(message).phrases["gift_card"] == _batch(_mail(text)).phrases["gift_card"]


@pytest.mark.parametrize("place", ["attached message", "hidden", "beside another page"])
def test_what_speaks_for_a_message_counts_in_its_text_only(place: str) -> None:
    advert = "Unsubscribe here, special offer, free shipping"
    assert _batch(_mail(advert)).phrases["marketing"][0] >= 2
    assert _batch(PLACES[place](advert)).phrases["marketing"][0] == 0


def test_a_quote_of_a_conversation_counts_apart() -> None:
    """Most of them are honest; only the history of the thread can tell."""
    text = ATTACKS["bank_change"]
    batch = _batch(_mail(f"Thanks\n> {text}\n", headers={"In-Reply-To": "<1@b.example>"}))
    assert batch.phrases["bank_change"][0] == 0


def test_quotes_of_senders_inside_are_history() -> None:
    inside = _mail(f"Thanks\n> {ATTACKS['payroll']}\n")
    batch = _batch(inside)
    batch.external = [False]
    assert batch.phrases["payroll"][0] == 0
