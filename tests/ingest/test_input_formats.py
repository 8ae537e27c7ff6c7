"""Every format, as it is and compressed, gives the messages that were put into it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from detection_stream.ingest import open_inputs
from detection_stream.ingest.index import MAX_MESSAGE_BYTES
from tests.ingest.ingest_samples import PACK, mail, mbox_of, read, tar_of, write

MAILS = [mail(1), mail(2, body="two\n"), mail(3, body="> quoted\n\nFrom here\n")]
LINES = [orjson.dumps({"message_id": f"{day}@example.com", "text": "x"}) for day in (1, 2, 3)]
STORED = {
    ".mbox": mbox_of(MAILS),
    ".tar": tar_of({f"box/{number}.eml": one for number, one in enumerate(MAILS)}),
    ".jsonl": b"\n".join(LINES),
}


@pytest.mark.parametrize("pack", ["", *PACK])
@pytest.mark.parametrize("kind", STORED)
@pytest.mark.parametrize("named", [True, False])
def test_files_of_many_messages(tmp_path: Path, kind: str, pack: str, named: bool) -> None:
    content = PACK[pack](STORED[kind]) if pack else STORED[kind]
    found = read(write(tmp_path / ("mail" + (kind + pack if named else "")), content))
    assert {one.raw for one in found} == set(LINES if kind == ".jsonl" else MAILS)
    assert {one.format for one in found} == {"json" if kind == ".jsonl" else "rfc5322"}


@pytest.mark.parametrize("pack", ["", *PACK])
@pytest.mark.parametrize("name", ["one.eml", "one"])
def test_a_single_message(tmp_path: Path, name: str, pack: str) -> None:
    content = PACK[pack](MAILS[0]) if pack else MAILS[0]
    path = write(tmp_path / (name + pack), content)
    [found] = read(path)
    assert (found.raw, found.source) == (MAILS[0], str(path))


def test_short_names_of_packed_archives(tmp_path: Path) -> None:
    for name, pack in ((".tgz", ".gz"), (".txz", ".xz"), (".tzst", ".zst")):
        assert len(read(write(tmp_path / f"mail{name}", PACK[pack](STORED[".tar"])))) == 3


@pytest.mark.parametrize("pack", PACK)
def test_joined_compressed_files(tmp_path: Path, pack: str) -> None:
    content = PACK[pack](mbox_of(MAILS[:1])) + bytes(8) + PACK[pack](mbox_of(MAILS[1:])) + bytes(4)
    assert len(read(write(tmp_path / f"mail.mbox{pack}", content))) == 3


def test_a_folder_is_searched_to_its_depth(tmp_path: Path) -> None:
    top = tmp_path / "top"
    write(top / "a" / "b" / "one.eml", MAILS[0])
    write(top / "a" / "two.eml.gz", PACK[".gz"](MAILS[1]))
    write(top / "00003.0123abcd", MAILS[2])
    write(top / "from", b"From a@b Mon Jan  1 00:00:00 2001\n" + mail(4))
    write(top / "more.mbox.xz", PACK[".xz"](mbox_of([mail(5)])))
    write(top / "notes", b"nothing of interest\n")
    write(top / ".hidden.eml", mail(6))
    with open_inputs([top], tmp_path / "spool", "t") as inputs:
        assert [one.raw for one in inputs.messages({})] == [*MAILS, mail(4), mail(5)]
        assert [(file.path, file.count, file.skipped) for file in inputs.files] == [
            (top, 4, 1),
            (top / "more.mbox.xz", 1, 0),
        ]


def test_a_maildir(tmp_path: Path) -> None:
    top = tmp_path / "Maildir"
    write(top / "cur" / "1.host:2,S", MAILS[0])
    write(top / "new" / "2.host", PACK[".gz"](MAILS[1]))
    write(top / "tmp" / "3.eml", MAILS[2])
    write(top / "dovecot.index", b"\1\2\3")
    write(top / ".Sent" / "cur" / "4.host", mail(4))
    write(top / ".Sent" / "new" / "5.host", mail(5))
    assert [one.raw for one in read(top)] == [*MAILS[:2], mail(4), mail(5)]


def test_a_maildir_is_the_same_when_its_files_get_new_names(tmp_path: Path) -> None:
    top = tmp_path / "Maildir"
    old = write(top / "new" / "9.host", MAILS[0])
    write(top / "cur" / "2.host", MAILS[1])
    before = read(top)[0].digest
    old.rename(top / "cur" / "1.host:2,S")
    assert read(top)[0].digest == before


def test_a_tarred_maildir_and_files_that_are_no_mail(tmp_path: Path) -> None:
    content = tar_of({"m/cur/1:2,S": MAILS[0], "m/new/2": MAILS[1], "m/README": b"hello\n"})
    path = write(tmp_path / "mail.tar", content)
    with open_inputs([path], tmp_path / "spool", "t") as inputs:
        found = list(inputs.messages({}))
        assert [one.raw for one in found] == MAILS[:2]
        assert [one.source for one in found] == [f"{path}:m/cur/1:2,S", f"{path}:m/new/2"]
        assert inputs.files[0].skipped == 1


@pytest.mark.parametrize("pack", PACK)
@pytest.mark.parametrize("kind", STORED)
def test_a_digest_is_of_the_unpacked_content(tmp_path: Path, kind: str, pack: str) -> None:
    plain = write(tmp_path / f"a{kind}", STORED[kind])
    packed = write(tmp_path / f"b{kind}{pack}", PACK[pack](STORED[kind]))
    with open_inputs([plain, packed, plain], tmp_path / "spool", "t") as inputs:
        assert [file.path for file in inputs.files] == [plain]
        assert inputs.total == 3
        assert len(list(inputs.messages({}))) == 3


def test_the_same_mail_has_the_same_uid_everywhere(tmp_path: Path) -> None:
    nameless = mail(1).replace(b"Message-ID", b"X-Other") + b"\nFrom me\n"
    for number, one in enumerate((mail(1), nameless)):
        top = tmp_path / str(number)
        crlf = one.replace(b"\n", b"\r\n")
        quoted = one.replace(b"\nFrom me", b"\n>From me")
        ways = [
            write(top / "a.eml", one),
            write(top / "crlf.eml", crlf),
            write(top / "from.eml", b"From a@b Mon Jan  1 00:00:00 2001\n" + one),
            write(top / "a.mbox", mbox_of([quoted])),
            write(top / "crlf.mbox", mbox_of([quoted]).replace(b"\n", b"\r\n")),
            write(top / "a.tar.xz", PACK[".xz"](tar_of({"a.eml": one}))),
            write(top / "Maildir" / "new" / "1", one).parent.parent,
        ]
        (ways[-1] / "cur").mkdir()
        found = [message for way in ways for message in read(way)]
        assert len(found) == len(ways)
        assert len({message.uid for message in found}) == 1
        assert {message.raw for message in found} == {one, crlf}


def test_a_json_line_and_a_mail_arrive_at_the_same_time(tmp_path: Path) -> None:
    line = b'{"message_id": "1@example.com", "received_at": "2024-05-01T10:00:00Z"}'
    [first] = read(write(tmp_path / "a.eml", mail(1)))
    [second] = read(write(tmp_path / "a.jsonl", line))
    assert first.received_at == second.received_at
    assert first.uid != second.uid


def test_lines_that_are_no_message_are_delivered(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b"\xef\xbb\xbf" + LINES[0] + b"\r\n\n{broken\n[1]\n")
    found = sorted(read(path), key=lambda one: one.source)
    assert [one.raw.strip() for one in found] == [LINES[0], b"{broken", b"[1]"]
    assert [one.source for one in found] == [f"{path}:{line}" for line in (1, 3, 4)]
    assert {one.received_at for one in found} == {0}


def test_junk_among_mail_is_delivered(tmp_path: Path) -> None:
    write(tmp_path / "top" / "good.eml", MAILS[0])
    write(tmp_path / "top" / "empty.eml", b"")
    write(tmp_path / "top" / "junk.eml", bytes(range(128, 256)) * 9)
    assert {one.raw for one in read(tmp_path / "top")} == {
        MAILS[0],
        b"",
        bytes(range(128, 256)) * 9,
    }


def test_a_message_over_50_mebibytes_is_cut_there(tmp_path: Path) -> None:
    large = mail(1, body="x" * 1023 + "\n") + (b"y" * 1023 + b"\n") * 51 * 1024
    small = mail(2)
    found = read(write(tmp_path / "a.mbox", mbox_of([large, small])))
    assert found[0].raw == large[:MAX_MESSAGE_BYTES]
    assert found[1].raw == small
