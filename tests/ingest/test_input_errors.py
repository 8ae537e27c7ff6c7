"""What cannot be used is refused before anything is processed, with what to do about it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from detection_stream.errors import InputError
from tests.ingest.ingest_samples import PACK, mail, mbox_of, read, tar_of, write

MBOX = mbox_of([mail(1, body=os.urandom(30_000).hex() + "\n"), mail(2)])
TAR = tar_of({"a.eml": mail(1), "b.eml": mail(2, body="x\n" * 2000)})
JUNK = bytes(range(128, 256)) * 100


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}")
    assert "; " in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("pack", PACK)
@pytest.mark.parametrize("kept", [0.3, 0.9, -1])
def test_truncated_compression(tmp_path: Path, pack: str, kept: float) -> None:
    content = PACK[pack](MBOX)
    cut = content[: int(len(content) * kept)] if kept > 0 else content[:-1]
    assert "data is truncated" in refused(write(tmp_path / f"a.mbox{pack}", cut))


@pytest.mark.parametrize("pack", PACK)
def test_damaged_compression(tmp_path: Path, pack: str) -> None:
    content = bytearray(PACK[pack](MBOX))
    content[0] ^= 0xFF
    assert "is damaged" in refused(write(tmp_path / f"a.mbox{pack}", bytes(content)))


@pytest.mark.parametrize("pack", PACK)
def test_a_truncated_message_file(tmp_path: Path, pack: str) -> None:
    assert "data is truncated" in refused(write(tmp_path / f"a.eml{pack}", PACK[pack](MBOX)[:-2]))


@pytest.mark.parametrize("cut", [100, 512, 700, 1024, 1600, 2560, 3000, 6144])
def test_a_truncated_archive(tmp_path: Path, cut: int) -> None:
    assert cut < TAR.rindex(b"x\n") + 512
    assert "damaged or truncated" in refused(write(tmp_path / "a.tar", TAR[:cut]))


def test_a_damaged_archive(tmp_path: Path) -> None:
    content = bytearray(TAR)
    content[1024 + 10] ^= 0xFF
    assert "damaged" in refused(write(tmp_path / "a.tar", bytes(content)))


def test_an_mbox_in_an_archive(tmp_path: Path) -> None:
    for name in ("inner.mbox", "inner"):
        path = write(tmp_path / "a.tar", tar_of({"a.eml": mail(1), name: MBOX}))
        assert f"the mbox {name}" in refused(path)


@pytest.mark.parametrize("name", ["a.eml", "a.mbox", "a.tar", "a.jsonl", "a"])
@pytest.mark.parametrize("content", [b"", JUNK, b"\n\n\n", b"only some text\n"])
def test_nothing_readable(tmp_path: Path, name: str, content: bytes) -> None:
    refused(write(tmp_path / name, content))


@pytest.mark.parametrize("name", ["a.mbox", "a.tar", "a.jsonl"])
def test_a_mail_under_the_wrong_name(tmp_path: Path, name: str) -> None:
    refused(write(tmp_path / name, mail(1)))


def test_json_that_is_no_mail(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"Operation": "UserLoggedIn"}\n[]\n')
    assert "no line is a JSON object" in refused(path)


def test_an_mbox_and_an_archive_of_junk(tmp_path: Path) -> None:
    assert "nothing readable" in refused(write(tmp_path / "a.mbox", mbox_of([JUNK])))
    assert "nothing readable" in refused(write(tmp_path / "a.tar", tar_of({"a.eml": JUNK})))
    assert "nothing readable" in refused(write(tmp_path / "b.tar", tar_of({"README": b"x\n"})))


def test_folders_without_mail(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "has no mail" in refused(empty)
    write(tmp_path / "notes" / "README", b"hello\n")
    assert "has no mail" in refused(tmp_path / "notes")
    write(tmp_path / "junk" / "a.eml", JUNK)
    assert "nothing readable" in refused(tmp_path / "junk")


def test_missing_files(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.mbox")
    assert "No such file" in refused(tmp_path / "none")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "gone.eml").symlink_to("nowhere")
    assert "gone.eml: cannot be read (No such file" in refused(folder)


def test_no_paths() -> None:
    from detection_stream.ingest import open_inputs

    with pytest.raises(InputError, match="no input"), open_inputs([], Path("unused"), "t"):
        pass


def test_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mbox")
    assert "not a regular file" in refused(tmp_path / "a.mbox")
