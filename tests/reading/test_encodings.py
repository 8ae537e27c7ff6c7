"""Encoded words, transfer encodings and character sets."""

from __future__ import annotations

import pytest

from detection_stream.parsing.charsets import decode
from detection_stream.parsing.encoded_words import decode_words
from detection_stream.parsing.transfer import from_base64, text_from_base64
from tests.reading.cases import reading

TEXTS = {
    "cs-2022jp": "アカウントを確認してください",
    "cs-8859-8-e": "שלום עולם",
    "cs-8859-8-i": "שלום עולם",
    "cs-ansi": "Prüfen Sie Ihr Konto",
    "cs-cp1252-html": "Prüfen Sie “Ihr” Konto",
    "cs-gbk": "关于推送失败的㐂",
    "cs-html-meta-utf8": "Grüße, счёт",
    "cs-koi8u": "Підтвердіть рахунок",
    "cs-ksc": "계정을 확인하십시오",
    "cs-latin-is-utf8": "Grüße 漢字",
    "cs-ms949": "똠방각하",
    "cs-no-ct": "Grüße an alle, наш счёт",
    "cs-none-8bit": "Grüße an alle",
    "cs-utf16-b64": "Grüße sehr",
    "cs-utf7": "Verify your account https://evil.example",
    "cs-utf7-unicode11": "Grüße",
    "cs-utf8mb4": "Grüße 😀",
    "cs-windows-31j": "①アカウント",
    "cs-xmac": "Grüße",
}
SUBJECTS = {
    "h-fold-long": " ".join(["Verify"] * 12),
    "h-glued": "Re:Grüße!",
    "h-ksc-short": "계정",
    "h-lang": "Grüße",
    "h-nested": "=?utf-8?Q?Pay_now?=",
    "h-nopad": "Zwölf Konten",
    "h-qmark": "Are you there?",
    "h-raw-latin1": "Grüße",
    "h-raw-utf8-mix": "Ihr Konto ü ✓ gesperrt",
    "h-spaces": "Verify your account now",
    "h-split-mb": "Grüße",
    "h-split-mb-q": "Grüße",
    "h-unknown8": "Grüße",
    "h-utf7": "Grüße",
}
RUSSIAN = "Уважаемый клиент, ваш счёт заблокирован. Подтвердите пароль на нашем сайте."
JAPANESE = "お客様のアカウントを確認してください。パスワードの有効期限が切れています。"


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str) -> None:
    assert reading(name).message.text == TEXTS[name]


@pytest.mark.parametrize("name", SUBJECTS)
def test_subjects(name: str) -> None:
    assert reading(name).message.subject == SUBJECTS[name]


def test_bytes_that_nobody_can_read_get_a_verdict() -> None:
    assert reading("h-raw-gbk").verdict != "none"


@pytest.mark.parametrize("name", ["cte-base64-qp-case", "cte-unknown"])
def test_base64_is_read_however_it_is_announced(name: str) -> None:
    assert reading(name).has("language_credential")


def test_base64_pieces_and_footers() -> None:
    assert "https://login-portal.evil-b.example/x" in reading("mime-b64-concat").message.text
    assert reading("mime-b64-footer").hosts[0] == "login-portal.evil-b.example"
    assert "Devlist mailing list" in reading("mime-b64-footer").message.text


def test_a_body_without_mime_version() -> None:
    assert reading("mime-nomimever").message.text == "plain old words"


def test_broken_quoted_printable_keeps_words_and_links() -> None:
    assert reading("qp-bad").message.text
    assert reading("qp-bad").hosts


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b"),
        ("=?utf-8?B?4oI=?=\t=?UTF-8?B?rA==?=", "€"),
        ("=?utf-8?Q?=E2?= =?iso-8859-1?Q?=E4?=", "âä"),
        ("=?utf-8?B?aW52b2ljZS5leGU=?=", "invoice.exe"),
        ("=?nope", "=?nope"),
        ("=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x"),
    ],
)
def test_encoded_words(value: str, expected: str) -> None:
    assert decode_words(value) == expected


@pytest.mark.parametrize(
    ("text", "written", "declared"),
    [
        (RUSSIAN, "cp1251", ""),
        (RUSSIAN, "koi8-r", "us-ascii"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (RUSSIAN, "utf-8", "windows-1251"),
        (JAPANESE, "cp932", "x-unknown"),
        (JAPANESE, "euc-jp", ""),
        ("Grüße", "latin-1", ""),
        ("Grüße", "latin-1", "utf-8"),
        ("联通", "gbk", "gb2312"),
        ("联通", "utf-8", "gb2312"),
        ("Ελληνικά", "iso8859-7", "iso-8859-7 (Greek)"),
    ],
)
def test_charsets(text: str, written: str, declared: str) -> None:
    assert decode(text.encode(written), declared) == text


def test_utf8_that_was_cut_stays_utf8() -> None:
    assert decode(RUSSIAN.encode() + b"\xd0", "utf-8") == RUSSIAN + "\ufffd"


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVs\r\nbG8", b"hello"),
        (b"aGVs!!bG8", b"hello"),
        (b"aGVsbG8=d29ybGQ=", b"helloworld"),
        (b"aGVsbG8", b"hello"),
        (b"a", b""),
    ],
)
def test_base64(encoded: bytes, expected: bytes) -> None:
    assert from_base64(encoded) == expected


def test_junk_among_base64_is_no_footer() -> None:
    assert text_from_base64(b"aGVs! !bG8gd29y!\nbGQ=") == b"hello world"
