"""Letters and joiners that a script needs are no trick; among Latin letters they are."""

# ruff: noqa: RUF001 # the letters are what is tested

from __future__ import annotations

import pytest

from detection_stream.model.envelope import Envelope
from detection_stream.model.message import Message
from detection_stream.signals.content import mixed_script, zero_width
from detection_stream.signals.disguise import disguised_words
from detection_stream.signals.message_batch import MessageBatch

ORDINARY = {
    "Persian": "می\u200cخواهم نمی\u200cتوانم هفته\u200cی جلسه\u200cی",
    "Hindi": "क्\u200dष क्\u200cष श्री\u200dमान् र्\u200dय",
    "Bengali": "র\u200d্যাব র\u200d্যাম র\u200d্যাপ",
    "Thai": "ขอ\u200bเชิญ\u200bทุกท่าน\u200bประชุม",
    "Khmer": "សូម\u200bអញ្ជើញ\u200bមក\u200bប្រជុំ",
    "emoji": "👨\u200d👩\u200d👧 🏳️\u200d🌈 👩🏽\u200d🔬 👁️\u200d🗨️",
    "flags": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f won",
    "Hebrew": "\u200fשלום ABC\u200f תודה\u200e רבה\u200f",
    "proteins": "Levels of TGFβ, IFNα, NFκB, TNFα and PPARγ rose in γδT cells",
    "units": "a 5 kΩ resistor, 3 μm wide, at ΔT of 2",
    "Greek prefixes": "The α-helix and the β-sheet of a σ-algebra",
    "Russian": "Подключите USB-кабель, укажите IP-адрес принтера",
}
DISGUISED = {
    "ZWNJ": "ver\u200cify your acc\u200count, mail\u200cbox",
    "ZWJ": "ver\u200dify your acc\u200dount, mail\u200dbox",
    "joiner of graphemes": "ver\u034fify your acc\u034fount, mail\u034fbox",
    "tags": "ver\U000e0061ify your acc\U000e0061ount, mail\U000e0061box",
    "invisible operators": "ver\u2062ify your acc\u2064ount, mail\u2061box",
}


def _batch(text: str) -> MessageBatch:
    return MessageBatch([Message(text=text)], [Envelope("t", frozenset(), 0)])


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_writing_is_no_disguise(name: str) -> None:
    batch = _batch(ORDINARY[name])
    assert zero_width(batch)[0] == mixed_script(batch)[0] == disguised_words(batch)[0] == 0


@pytest.mark.parametrize("name", DISGUISED)
def test_invisible_letters_among_latin_ones_are(name: str) -> None:
    batch = _batch(DISGUISED[name])
    assert zero_width(batch)[0] == 1
    assert disguised_words(batch)[0] >= 3


@pytest.mark.parametrize(
    "text",
    [
        "Your p\u0430ssword",
        "\u03a1ayPal support",
        "MICR\u03bfSOFT",
        "P\u0391YPAL",
        "\u0430\u0440\u0440le-support",
    ],
)
def test_lookalikes_among_latin_letters_are(text: str) -> None:
    batch = _batch(text)
    assert mixed_script(batch)[0] == 1
    assert disguised_words(batch)[0] >= 1
