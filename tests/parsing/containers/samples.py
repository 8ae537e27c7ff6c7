"""Small containers, each written as its own format asks, and mails around them."""

from __future__ import annotations

import struct
from base64 import encodebytes
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

LINK = "https://evil.example/x"
LURE = f"Please buy gift cards and send me the codes. {LINK}"
MAIL = f"From: Ann <ann@evil.example>\r\nSubject: Inner\r\n\r\n{LURE}\r\n".encode()
PROGRAM = b"MZ\x90\x00" + bytes(60)

# Mail


def attached(content: bytes, kind: str, name: str = "", headers: bytes = b"") -> bytes:
    """A mail with one attachment of this type and name."""
    named = f'; name="{name}"' if name else ""
    return (
        b"From: ann@a.example\r\nTo: bob@acme.example\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"
        + headers
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSee attached.\r\n--b\r\n'
        + f"Content-Type: {kind}{named}\r\n".encode()
        + b"Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + encodebytes(content)
        + b"\r\n--b--\r\n"
    )


# ZIP


def zipped(files: Mapping[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these files."""
    target = BytesIO()
    with ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


# CMS

DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
SIGNED = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
ENVELOPED = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
COMPRESSED = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09"


def element(tag: int, *contents: bytes, indefinite: bool = False) -> bytes:
    """A BER element with its length in the shortest form, or without one."""
    content = b"".join(contents)
    if indefinite:
        return bytes([tag, 0x80]) + content + b"\0\0"
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def signed(content: bytes, kind: bytes = SIGNED, *, streamed: bool = False) -> bytes:
    """CMS data of a kind around the content, in one octet string or streamed in pieces of 7."""
    if streamed:
        pieces = [element(0x04, content[at : at + 7]) for at in range(0, len(content), 7)]
        octets = element(0x24, *pieces, indefinite=True)
    else:
        octets = element(0x04, content)
    inner = element(0x30, DATA, element(0xA0, octets, indefinite=streamed), indefinite=streamed)
    algorithms = element(0x31, element(0x30, b"\x06\x05\x2b\x0e\x03\x02\x1a"))
    certificates = element(0xA0, element(0x30, element(0x04, b"not the content")))
    body = element(0x30, b"\x02\x01\x01", algorithms, inner, certificates, indefinite=streamed)
    return element(0x30, kind, element(0xA0, body, indefinite=streamed), indefinite=streamed)


# MAPI


def text_property(identifier: int, value: str) -> bytes:
    """A property of Unicode text in a stream of TNEF."""
    return _property(0x001F, identifier, value.encode("utf-16-le") + b"\0\0")


def binary_property(identifier: int, value: bytes, kind: int = 0x0102) -> bytes:
    """A property of bytes in a stream of TNEF."""
    return _property(kind, identifier, value)


def _property(kind: int, identifier: int, value: bytes) -> bytes:
    padding = bytes(-len(value) % 4)
    return struct.pack("<HHII", kind, identifier, 1, len(value)) + value + padding


def properties(*found: bytes) -> bytes:
    """A stream of properties."""
    return struct.pack("<I", len(found)) + b"".join(found)


def attribute(level: int, identifier: int, value: bytes) -> bytes:
    """An attribute of TNEF."""
    checksum = sum(value) & 0xFFFF
    return struct.pack("<BII", level, identifier, len(value)) + value + struct.pack("<H", checksum)


def tnef(*attributes: bytes) -> bytes:
    """A file of TNEF."""
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


def tnef_file(name: str, content: bytes) -> bytes:
    """The attributes of one file."""
    return (
        attribute(2, 0x00069002, bytes(14))
        + attribute(2, 0x00018010, b"SHORT~1.DAT\0")
        + attribute(2, 0x0006800F, content)
        + attribute(2, 0x00069005, properties(text_property(0x3707, name)))
    )


# Compound files

Tree = dict[str, "bytes | Tree"]
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SECTOR = 512
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(tree: Tree) -> bytes:
    """A compound file of these streams (bytes) and storages."""
    entries: list[list[int | str]] = [["Root Entry", 5, _FREE, _FREE, _END, 0]]
    streams: list[tuple[int, bytes]] = []
    _add_entries(tree, 0, entries, streams)
    small = b"".join(_padded(data, 64) for _, data in streams if len(data) < 4096)
    sectors: list[bytes] = []
    table: list[int] = []
    at, small_table = 0, []
    for number, data in streams:
        if len(data) >= 4096:
            entries[number][4] = _add_chain(sectors, table, data)
        else:
            count = -(-len(data) // 64)
            entries[number][4] = at if count else _END
            small_table += [*range(at + 1, at + count), _END] if count else []
            at += count
    entries[0][4], entries[0][5] = _add_chain(sectors, table, small), len(small)
    small_start = _add_chain(sectors, table, struct.pack(f"<{len(small_table)}I", *small_table))
    directory = _add_chain(sectors, table, b"".join(map(_entry, entries)))
    table_at = [len(sectors)]
    while len(table_at) * 128 < len(sectors) + len(table_at):
        table_at.append(table_at[-1] + 1)
    table += [_TABLE] * len(table_at)
    table += [_FREE] * (len(table_at) * 128 - len(table))
    header = _MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIII", 0, len(table_at), directory, 0, 4096)
    header += struct.pack("<IIII", small_start, 1, _END, 0)
    assert len(table_at) <= 109, "larger files have another table"
    header += struct.pack("<109I", *table_at, *[_FREE] * (109 - len(table_at)))
    return header + b"".join(sectors) + struct.pack(f"<{len(table)}I", *table)


def _add_entries(
    tree: Tree, parent: int, entries: list[list[int | str]], streams: list[tuple[int, bytes]]
) -> None:
    """Siblings hang to the right of one another, which readers have to accept."""
    before = parent
    for name, value in tree.items():
        number = len(entries)
        entries[before][3 if before == parent else 2] = number
        before = number
        if isinstance(value, bytes):
            entries.append([name, 2, _FREE, _FREE, _END, len(value)])
            streams.append((number, value))
        else:
            entries.append([name, 1, _FREE, _FREE, 0, 0])
            _add_entries(value, number, entries, streams)


def _entry(fields: list[int | str]) -> bytes:
    name, kind, right, child, start, size = fields
    encoded = str(name).encode("utf-16-le") + b"\0\0"
    head = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
    return head + struct.pack("<III36xIIxxxx", _FREE, right, child, start, size)


def _add_chain(sectors: list[bytes], table: list[int], data: bytes) -> int:
    data = _padded(data, _SECTOR)
    if not data:
        return _END
    first = len(sectors)
    count = len(data) // _SECTOR
    sectors += [data[at : at + _SECTOR] for at in range(0, len(data), _SECTOR)]
    table += [*range(first + 1, first + count), _END]
    return first


def _padded(data: bytes, size: int) -> bytes:
    return data + bytes(-len(data) % size)


def text_stream(identifier: int, value: str) -> Tree:
    """A stream of Unicode text of an Outlook message."""
    return {f"__substg1.0_{identifier:04X}001F": value.encode("utf-16-le")}


def outlook_file(number: int, name: str, content: bytes) -> Tree:
    """The storage of a file in an Outlook message."""
    inside = text_stream(0x3707, name) | {"__substg1.0_37010102": content}
    return {f"__attach_version1.0_#{number:08X}": inside}
