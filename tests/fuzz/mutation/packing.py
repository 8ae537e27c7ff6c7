"""Mutated files of mail: tar, mbox and JSON lines, packed or not."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile

import zstandard

from tests.fuzz.mutation.chance import Chance
from tests.fuzz.mutation.documents import mutate_document
from tests.fuzz.mutation.mail import mutate_mail, sources
from tests.fuzz.mutation.octets import mutate_bytes

_BLOCK = tarfile.BLOCKSIZE
_KINDS = b"0\x0012345671LKxgSVDX"
_NUMBERS = (
    b"00000000000",
    b"77777777777",
    b"-0000000001",
    b"\x80" + b"\0" * 10,
    b"\xff" * 11,
    b"x",
)
_NAMES = (
    "a.eml", "new/1", "cur/1:2,S", "../../etc/a.eml", "/a.eml", ".hidden", "a" * 90, "", "b.mbox",
    "c.jsonl", "d.tar", "x\u202e.eml", "box/tmp/1",
)  # fmt: skip


def _tar(chance: Chance) -> bytes:
    file = io.BytesIO()
    form = chance.some((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT))
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for _ in range(chance.size(4, 300)):
            data = mutate_mail(chance) if chance.random() < 0.3 else chance.some(sources())
            name = chance.some(_NAMES)
            if form != tarfile.USTAR_FORMAT and chance.random() < 0.2:
                name = "n" * chance.size(400, 20_000) + ".eml"
            member = tarfile.TarInfo(name)
            member.size = len(data)
            if form == tarfile.PAX_FORMAT and chance.random() < 0.4:
                member.pax_headers = {chance.some(("path", "size", "GNU.sparse.map", "x")): "9" * 9}
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def _damage_header(chance: Chance, data: bytes) -> bytes:
    """Another number, kind or name in a header, mostly with a right checksum."""
    starts = [at for at in range(0, len(data), _BLOCK) if data[at + 257 : at + 262] == b"ustar"]
    if not starts:
        return data
    at = chance.some(starts)
    header = bytearray(data[at : at + _BLOCK])
    match chance.randrange(4):
        case 0:
            header[124:135] = chance.some(_NUMBERS).ljust(11, b"\0")
        case 1:
            header[156] = chance.some(_KINDS)
        case 2:
            header[0:100] = chance.junk(100)
        case _:
            header[chance.randrange(_BLOCK)] ^= 1 << chance.randrange(8)
    if chance.random() < 0.85:
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
    return data[:at] + bytes(header) + data[at + _BLOCK :]


def _mbox(chance: Chance) -> bytes:
    line = chance.some(
        (b"From a Mon Jan  6 10:00:00 2025\n", b"From \n", b">From a\n", b"From a\r\n")
    )
    mails = (mutate_mail(chance).replace(b"\r\n", b"\n") for _ in range(chance.size(3, 60)))
    return b"".join(line + mail + b"\n" for mail in mails)


def _lines(chance: Chance) -> bytes:
    end = chance.some((b"\n", b"\n", b"\r\n", b"\n\n", b" ", b"\0\n"))
    return b"".join(mutate_document(chance) + end for _ in range(chance.size(3, 60)))


def _packed(chance: Chance, data: bytes) -> bytes:
    if chance.randrange(50) == 0:
        data += bytes(chance.size(1_000_000, 60_000_000))
    match chance.randrange(3):
        case 0:
            return gzip.compress(data, 1, mtime=0)
        case 1:
            return lzma.compress(data, preset=0)
        case _:
            return zstandard.ZstdCompressor(1).compress(data)


def mutate_file(chance: Chance) -> tuple[str, bytes]:
    """A name and the content of a file."""
    name, make = chance.some((("a.tar", _tar), ("a.mbox", _mbox), ("a.jsonl", _lines)))
    data = make(chance)
    if name == "a.tar":
        for _ in range(chance.randrange(3)):
            data = _damage_header(chance, data)
    if chance.random() < 0.25:
        data = mutate_bytes(chance, data)
    for _ in range(chance.some((0, 1, 1, 2))):
        data = _packed(chance, data)
        name += chance.some((".gz", ".xz", ".zst", ""))
        if chance.random() < 0.15:
            data = mutate_bytes(chance, data)
    return name, data
