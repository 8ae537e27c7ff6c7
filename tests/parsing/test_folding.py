"""Each disguise is undone, honest text stays, and floods cost time in proportion."""

# ruff: noqa: RUF001 - letters of several scripts are the subject

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.parsing.folding import FoldedText, folded, keep_narrow_spaces, views
from detection_stream.parsing.text import fold

WORDS = frozenset({"password", "expires", "account"})
MAX_SECONDS = 1.0
"""About ten times what the slowest of the floods takes."""
MAX_TEXT = 20_000
"""As many characters as are matched."""

PERSIAN = "می\u200cخواهم کتاب\u200cها را بخوانم"
HINDI = "क्\u200dष और र्\u200dय"
FAMILY = "Hi \U0001f468\u200d\U0001f469\u200d\U0001f467 and \u2764\ufe0f"


@pytest.mark.parametrize(
    ("text", "read", "disguised"),
    [
        ("your pass\u200bword expires", "your password expires", 1),
        ("\u200d".join("password"), "password", 1),
        ("pa\u034fss pa\ufe0fss pa\U000e0061ss pa\u2064ss", "pass pass pass pass", 4),
        ("pass\u200eword pass\u2067word", "password password", 2),
        ("y\u00adou pay", "you pay", 1),
        ("pass\u00adword", "password", 0),
        ("p\u0323assword", "password", 1),
        ("p\u0430ssw\u043erd", "password", 1),
        ("your \u0440\u0430\u0443\u0440\u0430\u0443", "your paypay", 1),
        ("\u03a1\u0391ss \u03bfverdue p\u03b1y", "PAss overdue pay", 2),
        ("cli\u043a here no\u0442ice", "clik here notice", 0),
        ("g\u0131ft", "gift", 0),
        ("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44", "password", 0),
        ("\U0001d5c9\U0001d5ba\U0001d5cc\U0001d5cc", "pass", 0),
        ("\u202edrowssap ruoy\u202c expires", "your password expires", 2),
        ("\u202edrowssap\nexpires", "password\nexpires", 1),
        ("your p a s s w o r d e x p i r e s today", "your password expires today", 2),
        ("p.a.s.s.w.o.r.d e-x-p-i-r-e-s", "password expires", 2),
        ("Your P A S S W O R D expires", "Your PASSWORD expires", 1),
        ("t h e p a s s w o r d i s", "the password is", 1),
        ("the pass-\nword", "the password", 0),
        (fold("pass\u200aword"), "password", 0),
    ],
)
def test_disguises(text: str, read: str, disguised: int) -> None:
    assert folded(text, WORDS) == FoldedText(read, disguised)


@pytest.mark.parametrize(
    "text",
    [
        "Please pay invoice 7 - it is overdue.",
        "The U.S.A. and A. B. Miller",
        "Привет, это тест: мы ждём вас и Ваш счёт",
        "Καλημέρα, σας στέλνω το τιμολόγιο",
        "שלום רב, החשבונית מצורפת",
        "请查收附件中的发票",
        "발표 자료",
        "",
    ],
)
def test_honest_text_is_not_changed(text: str) -> None:
    assert folded(text, WORDS) == FoldedText(text, 0)


@pytest.mark.parametrize(
    "text",
    [
        PERSIAN,
        HINDI,
        FAMILY,
        "Kraft\u00adfahr\u00adzeug\u00adver\u00adsiche\u00adrung und Haus\u00adrat",
        "The week \u200c\u00a0\u200c\u00a0\u200c\u00a0\u034f \u00ad\u00ad",
        "Visit example\u200b.com\u200b/path",
        "Réinitialisez votre mot de passe, señor; Đặt hàng, Łódź, hayır",
        "Скачайте PDFа и SMSка про COVIDом",
        "5 \u00b5m, 3 k\u03a9, \u0394t, \u03b1-helix, \u03c3x",
        "Mme\u202fDupont a 10\u2009000 \u20ac\u202f!",
        "A B C or D",
        "S U M M E R",
        "Dear Ann\nY O U R A C C O U N T P A S S W O R D\nOrder 7",
    ],
)
def test_honest_text_counts_no_disguise(text: str) -> None:
    assert folded(fold(text), WORDS).disguised == 0


def test_a_russian_text_keeps_its_words() -> None:
    text = "Добрый день, мы ждём оплаты счёта. Нет, это не то, а вот он"
    assert folded(text).text == text


def test_a_foreign_word_does_not_save_a_disguised_text() -> None:
    text = "Your p\u0430ssword expires today, please \u0441ору it here, Юля"
    assert folded(text) == FoldedText("Your password expires today, please copy it here, Юля", 2)


def test_narrow_spaces_are_spaces_in_the_text_as_spelled() -> None:
    kept = keep_narrow_spaces("pay\u200anow 10\u200a000")
    assert views(kept, folded(kept)) == ("pay now 10\u200a000", "paynow 10 000")


_SPECIAL = (
    "abcXа рο\u0456é\u0323\u0301\u200b\u200d\u00ad\u202e\u202c\u2063\u1160\uffa0\ufdfa .-_\n1ßİ가"
)


@given(st.text() | st.text(alphabet=_SPECIAL, max_size=40))
def test_folding_again_changes_nothing(text: str) -> None:
    once = folded(text, {"abca", "abcab"}).text
    assert folded(once, {"abca", "abcab"}).text == once


@pytest.mark.parametrize(
    "unit",
    [
        "a ",
        "a a ab ",
        "a\u200b",
        "\u202e",
        "\u202eab",
        "\u200b",
        "a\u0323",
        "\u0323",
        "a\u0440",
        "\u0430",
        "a-\n",
        "\ufdfa",
        "é",
        "p a s s w o r d ",
        "\u2063a",
        "\u1100\u1161\u11a8",
    ],
)
def test_a_flood_takes_time_in_proportion(unit: str) -> None:
    flood = (unit * MAX_TEXT)[:MAX_TEXT]
    started = time.process_time()
    read = folded(flood, WORDS).text
    assert time.process_time() - started < MAX_SECONDS
    assert len(unicodedata.normalize("NFC", read)) <= 3 * MAX_TEXT
