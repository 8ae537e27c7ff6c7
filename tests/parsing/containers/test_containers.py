"""What each format of container gives, and what broken ones do not."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from base64 import encodebytes
from collections.abc import Callable
from io import BytesIO

import pytest

from detection_stream.parsing import limits, parse_message
from detection_stream.parsing.containers import OPENERS
from detection_stream.parsing.enclosure import Enclosure, EnclosureKind
from tests.parsing.containers.samples import (
    COMPRESSED,
    ENVELOPED,
    LINK,
    LURE,
    MAIL,
    PROGRAM,
    attached,
    attribute,
    binary_property,
    compound,
    outlook_file,
    properties,
    signed,
    text_property,
    text_stream,
    tnef,
    tnef_file,
    zipped,
)

INVITATION = f"""BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
SUMMARY;LANGUAGE=en:Salary\\, new\r
ORGANIZER;CN="Boss: Ann":mailto:ann@evil.example\r
DESCRIPTION:{LURE[:20]}\r
 {LURE[20:]}\\nBye\r
X-ALT-DESC;FMTTYPE=text/html:<a href="https://page.example/y">Join</a>\r
X-ONLINE-MEETING:https://meet.example/z\r
ATTACH;FMTTYPE=text/html:https://file.example/f\r
ATTACH;VALUE=BINARY;ENCODING=BASE64;FILENAME=a.exe:TVqQAA==\r
END:VEVENT\r
END:VCALENDAR\r
""".encode()

OUTLOOK = compound(
    text_stream(0x0037, "Subject")
    | text_stream(0x0C1A, "Ann")
    | text_stream(0x0C1F, "ann@evil.example")
    | text_stream(0x1000, LURE)
    | {"__substg1.0_10130102": b"<a href=https://page.example/y>Join</a>"}
    | outlook_file(0, "a.exe", PROGRAM)
    | outlook_file(1, "large.eml", MAIL + bytes(9_000))
    | {
        "__attach_version1.0_#00000002": {
            **text_stream(0x3001, "Inner"),
            "__substg1.0_3701000D": text_stream(0x1000, "Deeper words"),
        }
    }
)
RICH = tnef(
    attribute(1, 0x00018004, b"Subject\0"),
    attribute(1, 0x0002800C, f"{LURE}\0".encode()),
    tnef_file("a.exe", PROGRAM),
    tnef_file("letter.eml", MAIL),
)
RICH_BY_PROPERTIES = tnef(
    attribute(
        1,
        0x00069003,
        properties(
            b"\x03\x00\x17\x00\x01\x00\x00\x00",
            b"\x1f\x00\x00\x80" + bytes(16) + b"\x01\0\0\0\x03\0\0\0a\0\0\0" + bytes(8),
            text_property(0x1000, LURE),
            binary_property(0x1013, b"<a href=https://page.example/y>Join</a>"),
        ),
    ),
    attribute(2, 0x00069002, bytes(14)),
    attribute(2, 0x00069005, properties(binary_property(0x3701, bytes(16) + RICH, 0x000D))),
)


def tar(names: list[str], content: bytes) -> bytes:
    """A tar archive with this content under each name."""
    target = BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, BytesIO(content))
    return target.getvalue()


CASES: dict[str, tuple[EnclosureKind, str, str, bytes]] = {
    "zip": ("zip", "application/zip", "a.zip", zipped({"a.exe": PROGRAM, "b.eml": MAIL})),
    "zip by content": (
        "zip",
        "application/octet-stream",
        "",
        zipped({"a.exe": PROGRAM, "b": MAIL}),
    ),
    "zip in zip": ("zip", "x/y", "a", zipped({"c.zip": zipped({"a.exe": PROGRAM, "b.eml": MAIL})})),
    "zip behind zip": ("zip", "x/y", "a", zipped({"z": b"z"}) + zipped({"a.exe": b"", "b": MAIL})),
    "tar": ("tar", "x/y", "a", tar(["a.exe", "b.eml"], MAIL)),
    "tar.gz": ("gzip", "x/y", "a.tgz", gzip.compress(tar(["a.exe", "b.eml"], MAIL))),
    "tnef": ("tnef", "application/ms-tnef", "winmail.dat", RICH),
    "tnef by content": ("tnef", "application/octet-stream", "attachment.dat", RICH_BY_PROPERTIES),
    "outlook": ("outlook", "application/vnd.ms-outlook", "", OUTLOOK),
    "outlook by name": ("outlook", "application/x", "a.msg", OUTLOOK),
    "calendar": ("calendar", "text/calendar", "", INVITATION),
    "calendar by name": ("calendar", "application/x", "a.ics", INVITATION),
    "signed zip": ("signed", "x/y", "a.zip.p7m", signed(zipped({"a.exe": PROGRAM, "b.eml": MAIL}))),
}


@pytest.mark.parametrize(("kind", "content_type", "name", "content"), CASES.values(), ids=CASES)
def test_words_links_and_files_of_a_container_count(
    kind: EnclosureKind, content_type: str, name: str, content: bytes
) -> None:
    message = parse_message(attached(content, content_type, name))
    assert "gift cards" in message.attached_text
    assert LINK in {link.url for link in message.links}
    assert "a.exe" in {one.filename.rpartition("/")[2] for one in message.attachments}
    assert message.truncated == ()


@pytest.mark.parametrize(("kind", "content_type", "name", "content"), CASES.values(), ids=CASES)
def test_a_broken_container_ends_where_it_breaks(
    kind: EnclosureKind, content_type: str, name: str, content: bytes
) -> None:
    open_container = OPENERS[kind]
    for at in range(0, len(content), max(len(content) // 64, 1)):
        open_container(Enclosure(kind, content[:at], "", name), 10_000)
        for value in (b"\0", b"\x7f", b"\xff"):
            changed = content[:at] + value * 4 + content[at + 4 :]
            open_container(Enclosure(kind, changed, "", name), 10_000)


# Signed


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("content_type", ["application/pkcs7-mime", "application/x-pkcs7-mime"])
def test_what_a_signature_wraps_is_the_message(content_type: str, streamed: bool) -> None:
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
    wrapped = signed(b"Content-Type: text/plain\r\n\r\n" + LURE.encode(), streamed=streamed)
    twice = signed(head + encodebytes(wrapped), streamed=streamed)
    for data in (wrapped, twice):
        raw = b"From: a@b.example\r\n" + head + encodebytes(data)
        message = parse_message(raw)
        assert (message.text, message.has_text) == (LURE, True)
        assert [link.url for link in message.links] == [LINK]


def test_beside_other_text_it_is_an_attachment() -> None:
    wrapped = signed(b"Content-Type: text/plain\r\n\r\n" + LURE.encode())
    message = parse_message(attached(wrapped, "application/pkcs7-mime", "smime.p7m"))
    assert (message.text, message.attached_text) == ("See attached.", LURE)


def test_compressed_messages_are_read() -> None:
    packed = zlib.compress(b"Content-Type: text/html\r\n\r\n<p>" + LURE.encode())
    message = parse_message(attached(signed(packed, COMPRESSED), "application/pkcs7-mime"))
    assert message.attached_text == LURE


@pytest.mark.parametrize("data", [signed(MAIL, ENVELOPED), signed(b""), b"0\x80" * 9_000, b"0\x84"])
def test_encrypted_and_broken_messages_give_nothing(data: bytes) -> None:
    message = parse_message(attached(data, "application/pkcs7-mime", "smime.p7m"))
    assert (message.attached_text, len(message.attachments)) == ("", 1)


def test_pieces_over_the_cap_are_told() -> None:
    many = signed(MAIL * 4_000, streamed=True)
    assert parse_message(attached(many, "application/pkcs7-mime")).truncated[:1] == (
        "signed-elements",
    )


# Archives


def test_documents_are_no_archives() -> None:
    document = zipped({"[Content_Types].xml": b"", "word/readme.txt": LURE.encode()})
    message = parse_message(attached(document, "application/octet-stream", "a.docx"))
    assert (message.attached_text, len(message.attachments)) == ("", 1)


def test_files_with_a_password_are_named() -> None:
    content = bytearray(zipped({"a.exe": PROGRAM, "b.eml": MAIL}))
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 1)
    message = parse_message(attached(bytes(content), "application/zip", "a.zip"))
    assert [one.filename for one in message.attachments] == ["a.zip", "a.exe", "b.eml"]
    assert message.attached_text == ""


def test_long_names_in_tar_archives_are_whole() -> None:
    name = "folder/" * 20 + "a.exe"
    for style in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        target = BytesIO()
        with tarfile.open(fileobj=target, mode="w", format=style) as archive:
            archive.addfile(tarfile.TarInfo(name), BytesIO())
        found = OPENERS["tar"](Enclosure("tar", target.getvalue()), 10_000)
        assert [one.filename for one in found.attachments] == [name]


@pytest.mark.parametrize(
    ("pack", "kind"), [(lambda data: zipped({"a.html": data}), "zip"), (gzip.compress, "gzip")]
)
def test_bombs_are_cut_and_told(pack: Callable[[bytes], bytes], kind: EnclosureKind) -> None:
    bomb = pack(b"<html>" + bytes(5_000_000))
    found = OPENERS[kind](Enclosure(kind, bomb, "", "a.html.gz"), 10**9)
    assert found.truncated == ["archive-ratio"]
    assert 0 < found.unpacked <= limits.MAX_ARCHIVE_RATIO * len(bomb) < 5_000_000
    dense = bytes(range(256)) * 400
    found = OPENERS[kind](Enclosure(kind, pack(b"<html>" + dense), "", "a.html.gz"), 50_000)
    assert (found.truncated, found.unpacked) == (["enclosed-bytes"], 50_000)


def test_more_members_than_the_cap_are_told() -> None:
    many = zipped({f"{number}.txt": b"" for number in range(limits.MAX_ARCHIVE_MEMBERS + 1)})
    found = OPENERS["zip"](Enclosure("zip", many), 10_000)
    assert len(found.attachments) == limits.MAX_ARCHIVE_MEMBERS
    assert found.truncated == ["archive-members"]


def test_of_a_file_that_is_not_read_only_the_start_is_unpacked() -> None:
    found = OPENERS["zip"](Enclosure("zip", zipped({"a.dat": bytes(100_000)})), 10_000)
    assert [(one.size, one.sha256) for one in found.attachments] == [(100_000, "")]
    assert (found.unpacked, found.truncated) == (0, [])


# Microsoft's formats


def test_a_rich_message_without_other_text_is_the_message() -> None:
    raw = b"From: a@b.example\r\nContent-Type: application/ms-tnef\r\n\r\n" + RICH
    assert parse_message(raw).text == f"Subject\n{LURE}"


def test_an_outlook_message_is_read_with_the_messages_in_it() -> None:
    found = OPENERS["outlook"](Enclosure("outlook", OUTLOOK), 10**6)
    texts = "\n".join(found.texts)
    assert "Ann ann@evil.example" in texts
    assert "Deeper words" in texts
    assert [one.filename for one in found.attachments] == ["a.exe", "large.eml", "Inner"]
    assert [one.size for one in found.attachments] == [64, len(MAIL) + 9_000, 0]
    assert found.htmls[0] == "<a href=https://page.example/y>Join</a>"


def test_streams_over_the_cap_are_told() -> None:
    assert OPENERS["outlook"](Enclosure("outlook", OUTLOOK), 5_000).truncated == ["enclosed-bytes"]


def test_other_compound_files_give_nothing() -> None:
    document = compound({"WordDocument": LURE.encode(), "1Table": bytes(5_000)})
    found = OPENERS["outlook"](Enclosure("outlook", document), 10**6)
    assert not any([*found.texts, *found.htmls, *found.attachments])


# Calendars


def test_every_part_of_an_invitation_is_read() -> None:
    found = OPENERS["calendar"](Enclosure("calendar", INVITATION), 10**6)
    assert found.texts == [
        "Salary, new",
        "Boss: Ann mailto:ann@evil.example",
        f"{LURE}\nBye",
        "https://meet.example/z",
        "https://file.example/f",
    ]
    assert found.htmls == ['<a href="https://page.example/y">Join</a>']
    assert [(one.filename, one.format) for one in found.attachments] == [("a.exe", "exe")]
