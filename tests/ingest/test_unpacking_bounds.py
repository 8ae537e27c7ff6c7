"""What a packed input may take of memory and disk."""

from __future__ import annotations

import lzma
import tarfile
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
import zstandard

from detection_stream.errors import InputError
from detection_stream.ingest import archive, compression, spool
from detection_stream.ingest.index import MAX_MESSAGE_BYTES
from detection_stream.parsing import parse_message
from tests.hostile.test_budget import CASES
from tests.ingest.ingest_samples import PACK, mail, mbox_of, read, write


def _refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value)


def _case(name: str, folder: Path) -> Path:
    return write(folder / name, lzma.decompress((CASES / f"{name}.xz").read_bytes()))


@pytest.mark.slow
def test_a_mail_of_two_gibibytes_is_cut_while_it_is_unpacked(tmp_path: Path) -> None:
    path = _case("long-mail.eml.zst", tmp_path)
    tracemalloc.start()
    [found] = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.raw) == MAX_MESSAGE_BYTES
    assert peak < 4 * MAX_MESSAGE_BYTES
    assert "message-bytes" in parse_message(found.raw).truncated


@pytest.mark.slow
def test_a_name_of_a_gibibyte_is_refused(tmp_path: Path) -> None:
    assert "expands more than 500 times" in _refused(_case("long-name.tar.zst", tmp_path))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_headers_of_an_archive_that_claim_much_are_refused_unread(
    tmp_path: Path, kind: bytes
) -> None:
    entry = tarfile.TarInfo("long")
    entry.type, entry.size = kind, 1024**3
    path = write(tmp_path / "a.tar", entry.tobuf() + bytes(10_240))
    assert "the headers of a file exceed" in _refused(path)


def test_many_headers_before_a_file_are_refused(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("long")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 512
    path = write(tmp_path / "a.tar", (entry.tobuf() + b"a" * 512) * 1_000 + bytes(10_240))
    assert "the headers of a file exceed" in _refused(path)


def test_global_fields_of_an_archive_do_not_add_up(tmp_path: Path) -> None:
    target = BytesIO()
    for number in range(30):
        fields = {f"key{number}-{field}": "x" for field in range(10)}
        target.write(tarfile.TarInfo.create_pax_global_header(fields))
        content = mail(1, f"{number}")
        entry = tarfile.TarInfo(f"{number}.eml")
        entry.size = len(content)
        target.write(entry.tobuf() + content.ljust(-len(content) // 512 * -512, b"\0"))
    path = write(tmp_path / "a.tar", target.getvalue() + bytes(10_240))
    assert "global pax fields" in _refused(path)


def test_long_names_within_the_bound_are_read(tmp_path: Path) -> None:
    target = BytesIO()
    content = mail(1)
    for number, kind in enumerate((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)):
        with tarfile.open(fileobj=target, mode="w", format=kind) as packed:
            entry = tarfile.TarInfo("n" * (archive.MAX_HEADER_BYTES // 4))
            entry.size = len(content)
            packed.addfile(entry, BytesIO(content))
        path = write(tmp_path / f"{number}.tar", target.getvalue())
        assert [one.raw for one in read(path)] == [content]
        target = BytesIO()


@pytest.mark.parametrize("pack", PACK)
def test_a_file_that_expands_too_far_is_refused(
    tmp_path: Path, pack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "MIN_CHECKED_BYTES", 1024 * 1024)
    content = mbox_of([mail(1, body="x" * 20 * 1024 * 1024)])
    assert "expands more than 500 times" in _refused(
        write(tmp_path / f"a.mbox{pack}", PACK[pack](content))
    )
    monkeypatch.undo()
    assert len(read(write(tmp_path / f"b.mbox{pack}", PACK[pack](content)))) == 1


def test_decoders_that_need_much_memory_are_refused(tmp_path: Path) -> None:
    content = mbox_of([mail(1)])
    wide = zstandard.ZstdCompressionParameters(window_log=29, compression_level=1)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    zst = write(tmp_path / "a.mbox.zst", packer.compress(content) + packer.flush())
    assert "MiB of memory to unpack" in _refused(zst)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 200 * 1024 * 1024}]
    xz = write(tmp_path / "a.mbox.xz", lzma.compress(content, filters=filters))
    assert "MiB of memory to unpack" in _refused(xz)


def test_unpacking_leaves_space_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.mbox.gz", PACK[".gz"](mbox_of([mail(1, body="x" * 2**25)])))
    assert len(read(path)) == 1
    monkeypatch.setattr(spool, "MIN_FREE_BYTES", 2**60)
    assert "No space left on device" in _refused(path)
