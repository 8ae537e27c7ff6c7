"""Files of mail: every message is read, none is swallowed, and what is no mail is refused."""

from __future__ import annotations

import asyncio
import os
import tarfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest

from detection_stream.errors import InputError
from detection_stream.ingest import mbox
from detection_stream.ingest.intake import NO_TRANSACTION, MailTransaction
from detection_stream.ingest.watch import watch_maildir
from detection_stream.model.envelope import Envelope
from detection_stream.parsing.identity import identify
from detection_stream.state.database import Database
from tests.ingest.ingest_samples import mail, read, tar_of, write
from tests.reading.cases import CASES, OWN_DOMAINS, raw
from tests.topology.harness import DEAD_LETTERS, VERDICTS, Pipeline

MBOXES = {
    "mbox-all-bare": 2,
    "mbox-at": 2,
    "mbox-bare-from": 3,
    "mbox-crlf": 2,
    "mbox-gmail": 2,
    "mbox-mmdf": 2,
    "mbox-noblank": 2,
    "mbox-patch": 2,
    "mbox-thunderbird": 2,
    "mbox-tzparen": 3,
}
FROM = b"From a@b Wed May  1 10:00:00 2024\n"


@pytest.mark.parametrize("name", MBOXES)
def test_messages_of_an_mbox(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "mail", raw(f"{name}.mbox"))
    found = read(path)
    assert len(found) == MBOXES[name]
    assert all(one.raw.startswith(b"Received:") for one in found)
    assert len(read(write(tmp_path / "in.mbox", raw(f"{name}.mbox")))) == MBOXES[name]


@pytest.mark.parametrize(
    "line",
    [
        b"From \n",
        b"From -\n",
        b"From - \r\n",
        b"From x@y.example\n",
        b"From MAILER-DAEMON\n",
        b"From x@y.example 2024-05-01 10:00:00\n",
        b"From x@y.example Wed, 1 May 2024 10:00:00 +0000\n",
        b"From x@y.example Mi Mai  1 10:00:00 2024\n",
    ],
)
@pytest.mark.parametrize("between", [b"", b"\n"])
def test_separators_of_other_forms(tmp_path: Path, line: bytes, between: bytes) -> None:
    files = FROM + mail(1) + between + line + mail(2)
    assert [one.raw for one in read(write(tmp_path / "a.mbox", files))] == [mail(1), mail(2)]
    assert len(read(write(tmp_path / "b", line + mail(1) + between + line + mail(2)))) == 2


@pytest.mark.parametrize(
    "text",
    [
        b"From - \nno field\n",
        b"From memory at 10:00 I said:\n\nFrom: x@y.example\nTo: z@y.example\n",
        b"From the desk of Ann\nFrom: x@y.example\nDate: today\nSubject: z\n",
        b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"
        b"From: x@y.example\nDate: today\nSubject: [PATCH] z\n",
        b"From Ann we heard:\nTo: us\nSubject: it\nMessage-ID: <1@x>\n",
    ],
)
def test_text_that_separates_nothing(text: bytes) -> None:
    for between in (b"", b"\n"):
        content = FROM + mail(1) + between + text
        (one,) = mbox.split(BytesIO(content))
        assert content[one.position : one.position + one.length].endswith(text)


def test_patches_in_a_file_of_patches_are_messages(tmp_path: Path) -> None:
    line = b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"
    path = write(tmp_path / "p.mbox", line + mail(1) + b"\n" + line + mail(2))
    assert len(read(path)) == 2


@pytest.mark.parametrize("block", [1, 7, 4_096])
def test_mmdf_whatever_the_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "BLOCK", block)
    mark = b"\x01\x01\x01\x01\n"
    for content in (
        b"".join((mark, b"A: 1\n\nx\n", mark, mark, b"B: 1\n\ny\n", mark)),
        b"".join((mark, b"A: 1\n\nx\n", mark, b"B: 1\n\ny\n")),
    ):
        found = [content[one.position :][: one.length] for one in mbox.split(BytesIO(content))]
        assert found == [b"A: 1\n\nx\n", b"B: 1\n\ny\n"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("maildir-mixed", 5),
        ("maildir-nonutf8", 2),
    ],
)
def test_maildirs(tmp_path: Path, name: str, expected: int) -> None:
    found = read(_unpacked(name, tmp_path) / name)
    readable = [one for one in found if b"From:" in one.raw]
    assert len(readable) == expected
    assert all(one.source.encode() for one in found)


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    name = os.fsdecode(b"1.\xff\xfe")
    file = write(tmp_path / f"{name}.eml", mail(1))
    (one,) = read(file)
    assert one.source.endswith("1.\\xff\\xfe.eml")
    packed = write(tmp_path / f"{name}.tar", tar_of({f"md/new/{name}": mail(2)}))
    (one,) = read(packed)
    assert one.source.endswith("1.\\xff\\xfe.tar:md/new/1.\\xff\\xfe")
    assert b"\\udcff" in Envelope("t", frozenset(), 0, source=name).headers()["source"]


class _Box:
    def __init__(self) -> None:
        self.sources: list[str] = []

    async def take(
        self, raw: bytes, source: str, transaction: MailTransaction = NO_TRANSACTION
    ) -> None:
        """As an intake does, which writes the source in UTF-8."""
        assert raw
        assert transaction == NO_TRANSACTION
        source.encode()
        self.sources.append(source)


async def test_a_watched_file_with_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    maildir = _unpacked("watch-nonutf8", tmp_path) / "md"
    write(maildir / "new/2.usual", mail(2))
    box = _Box()
    with suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await watch_maildir(maildir, box)
    assert len(box.sources) == 2
    assert not list((maildir / "new").iterdir())


@pytest.mark.parametrize("name", ["file-msg.msg", "file-pst.pst", "file-zip.zip", "file-empty.eml"])
def test_what_is_no_mail_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="nothing readable"):
        read(write(tmp_path / name, raw(name)))


def test_a_broken_line_among_good_ones(tmp_path: Path) -> None:
    found = read(write(tmp_path / "a.jsonl", raw("json-bad-line.jsonl")))
    pipeline = Pipeline(Database(tmp_path / "data"))
    for one in found:
        pipeline.feed_with(Envelope("t", OWN_DOMAINS, one.received_at, one.format), one.raw)
    pipeline.run()
    assert len(pipeline.values(VERDICTS)) == 2
    assert len(pipeline.values(DEAD_LETTERS)) == 1


def test_other_content_under_the_same_identifier_is_another_message(tmp_path: Path) -> None:
    mails = [raw("dup-mid-a.eml"), raw("dup-mid-b.eml")]
    assert len({one.uid for one in read(write(tmp_path / "a.mbox", _mbox(mails)))}) == 2
    pipeline = Pipeline(Database(tmp_path / "data"))
    for one in [*mails, mails[0]]:
        pipeline.feed_with(Envelope("t", OWN_DOMAINS, identify(one, "t")[0]), one)
    pipeline.run()
    assert len(pipeline.values(VERDICTS)) == 2


def _mbox(mails: list[bytes]) -> bytes:
    return b"\n".join(FROM + one for one in mails)


def test_no_mail_has_arrived_in_the_future(tmp_path: Path) -> None:
    (one,) = read(write(tmp_path / "date.eml", raw("date-future.eml")))
    assert one.received_at == 0
    (one,) = read(write(tmp_path / "a.mbox", FROM + raw("date-future.eml")))
    assert one.received_at == 1_714_557_600_000
    ahead = b"Received: from a by b; 1 May 2090 10:00:00 +0000\nDate: 1 May 2024 10:00:00 +0000\n\n"
    (one,) = read(write(tmp_path / "b.eml", b"From: a@b.example\n" + ahead))
    assert one.received_at == 1_714_557_600_000
    line = (
        b'{"subject": "a", "received_at": "2090-05-01T10:00:00Z", "date": "2024-05-01T10:00:00Z"}'
    )
    (one,) = read(write(tmp_path / "c.jsonl", line))
    assert one.received_at == 1_714_557_600_000


def _unpacked(name: str, place: Path) -> Path:
    with tarfile.open(CASES / f"{name}.tar") as archive:
        archive.extractall(place, filter="tar")
    return place
