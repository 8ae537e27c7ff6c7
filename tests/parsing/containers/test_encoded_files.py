"""Files in the text of a message."""

from __future__ import annotations

from base64 import encodebytes
from binascii import b2a_uu

import pytest

from detection_stream.parsing import parse_message
from detection_stream.parsing.containers.encoded_files import take_files
from tests.parsing.containers.samples import LINK, MAIL, PROGRAM

CONTENT = bytes(range(256)) * 3


def uuencoded(content: bytes, *, backtick: bool = True) -> str:
    lines = [
        b2a_uu(content[at : at + 45], backtick=backtick).decode()
        for at in range(0, len(content), 45)
    ]
    return "".join(lines) + ("`\n" if backtick else " \n")


def yencoded(content: bytes) -> bytes:
    shifted = bytes((byte + 42) % 256 for byte in content)
    return b"".join(
        b"=" + bytes([(byte + 64) % 256]) if byte in b"\0\n\r=" else bytes([byte])
        for byte in shifted
    )


@pytest.mark.parametrize("backtick", [True, False])
@pytest.mark.parametrize("content", [b"a", b"Cat", CONTENT, bytes(200)])
def test_a_uuencoded_file_leaves_the_text(content: bytes, backtick: bool) -> None:
    text = f"before\nbegin 644 a b.exe\n{uuencoded(content, backtick=backtick)}end\nafter"
    for given in (text, text.replace("\n", "\r\n")):
        assert take_files(given) == ("before\nafter", [("a b.exe", "", content)])


def test_spaces_lost_at_line_ends_are_zeros() -> None:
    content = b"MZ" + bytes(88)
    lines = uuencoded(content, backtick=False).split("\n")
    text = "begin 644 a\n" + "\n".join([lines[0], *map(str.rstrip, lines[1:])]) + "end\n"
    assert take_files(text)[1] == [("a", "", content)]


def test_a_file_that_is_cut_off_counts() -> None:
    text = f"begin 644 a.exe\n{uuencoded(CONTENT)[:124]}"
    assert take_files(text) == ("", [("a.exe", "", CONTENT[:90])])
    text = f"begin 644 a.exe\n{uuencoded(CONTENT)[:124]}and so on"
    assert take_files(text) == ("and so on", [("a.exe", "", CONTENT[:90])])


def test_several_files_are_taken() -> None:
    one = f"begin 644 a.exe\n{uuencoded(PROGRAM)}end\n"
    other = f"begin-base64 644 b.eml\n{encodebytes(MAIL).decode()}====\n"
    text, files = take_files(f"x\n{one}y\n{other}z")
    assert text.split() == ["x", "y", "z"]
    assert files == [("a.exe", "", PROGRAM), ("b.eml", "", MAIL)]


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 notes\nThis is prose, and it goes on.\nend",
        "We begin 644 items.\nend",
        "begin 644 notes",
        "begin-base64 644 notes\nThis is prose.",
        "=ybegin is a word of yEnc",
    ],
)
def test_prose_stays(text: str) -> None:
    assert take_files(text) == (text, [])


def test_a_file_in_yenc_is_known_by_name_and_content() -> None:
    body = b"hi\r\n=ybegin line=128 size=64 name=in voice.exe\r\n" + yencoded(PROGRAM)
    message = parse_message(b"From: a@b.example\r\n\r\n" + body + b"\r\n=yend size=64\r\nbye")
    assert message.text == "hi\nbye"
    assert [(one.filename, one.format) for one in message.attachments] == [("in voice.exe", "exe")]


def test_encoded_files_are_opened_in_turn() -> None:
    body = f"hi\nbegin 644 a.eml\n{uuencoded(MAIL)}end\n"
    message = parse_message(f"From: a@b.example\n\n{body}".encode())
    assert [link.url for link in message.links] == [LINK]
    inner = f"Content-Type: message/rfc822\n\nFrom: x@y.example\n\n{body}"
    message = parse_message(f"From: a@b.example\n{inner}".encode())
    assert "a.eml" in [one.filename for one in message.attachments]


def test_a_part_in_that_transfer_encoding_is_opened() -> None:
    head = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    part = (
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n"
    )
    body = f"begin 644 a.exe\n{uuencoded(PROGRAM)}end\n".replace("\n", "\r\n").encode()
    message = parse_message(head + part + body + b"--b--\r\n")
    assert [(one.filename, one.format) for one in message.attachments][1:] == [("a.exe", "exe")]
