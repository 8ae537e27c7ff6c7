"""Reads files that may be compressed, block by block."""

from __future__ import annotations

import lzma
import stat
import zlib
from collections.abc import Callable, Generator, Iterator
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

from detection_stream.errors import InputError

BLOCK = 1024 * 1024
"""Bytes read at once from an uncompressed file."""

_COMPRESSED_BLOCK = 1024
"""Compressed bytes unpacked at once: zstd expands them at most 32,768 times, to 32 MiB."""

MAX_DECODER_BYTES = 128 * 1024 * 1024
"""Maximum memory for unpacking xz, and window of zstd, in bytes.

The strongest preset of xz needs 65 MiB, and zstd itself refuses larger windows unless told to.
"""

MAX_RATIO = 500
"""Maximum expansion of a file, beyond :data:`MIN_CHECKED_BYTES`; mail expands 3 to 30 times."""

MIN_CHECKED_BYTES = 256 * 1024 * 1024
"""Unpacked bytes that any file may have."""


class Compression(Enum):
    """How a file is compressed; the value is its name in messages."""

    GZIP = "gzip"
    XZ = "xz"
    ZSTD = "zstd"


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


_DECODERS: dict[Compression, Callable[[], _Decoder]] = {
    Compression.GZIP: lambda: zlib.decompressobj(wbits=16 + zlib.MAX_WBITS),
    Compression.XZ: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_DECODER_BYTES),
    Compression.ZSTD: lambda: zstandard.ZstdDecompressor(
        max_window_size=MAX_DECODER_BYTES
    ).decompressobj(),
}
_MAGIC = {
    b"\x1f\x8b\x08": Compression.GZIP,
    b"\xfd7zXZ\0": Compression.XZ,
    b"\x28\xb5\x2f\xfd": Compression.ZSTD,
}


def compression_of(path: Path) -> Compression | None:
    """The compression indicated by a file's first bytes, None for any other file."""
    with open_file(path) as file:
        head = file.read(max(map(len, _MAGIC)))
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


def open_file(path: Path) -> BinaryIO:
    """Open a regular file; InputError for a pipe, a device or a directory."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise InputError(f"{path}: is not a regular file; save its output to a file and use that")
    return path.open("rb")


def contents(
    path: Path, compression: Compression | None, seen: Callable[[int], None] | None = None
) -> Generator[bytes, None, None]:
    """The unpacked content, block by block; ``seen`` gets the bytes read each time.

    Raises InputError for a compressed file that is damaged or truncated, needs too much memory or
    expands too far.
    """
    with open_file(path) as file:
        size = BLOCK if compression is None else _COMPRESSED_BLOCK
        blocks = _blocks(file, size, seen)
        if compression is None:
            yield from blocks
        else:
            yield from _expanded(_unpacked(blocks, path, compression), file, path)


def _blocks(file: BinaryIO, size: int, seen: Callable[[int], None] | None) -> Iterator[bytes]:
    while block := file.read(size):
        if seen:
            seen(len(block))
        yield block


def _expanded(blocks: Iterator[bytes], file: BinaryIO, path: Path) -> Iterator[bytes]:
    unpacked = 0
    for block in blocks:
        unpacked += len(block)
        if unpacked > MIN_CHECKED_BYTES + MAX_RATIO * file.tell():
            raise InputError(
                f"{path}: expands more than {MAX_RATIO} times, which mail does not; "
                f"unpack it yourself if you trust it"
            )
        yield block


def _unpacked(blocks: Iterator[bytes], path: Path, compression: Compression) -> Iterator[bytes]:
    decoder: _Decoder | None = None
    for block in blocks:
        rest = block
        while rest:
            if decoder is None:
                # Files may be joined, with zeros between them.
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                decoder = _DECODERS[compression]()
            try:
                data = decoder.decompress(rest)
            except (zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
                raise _unusable(path, compression, str(error)) from error
            if data:
                yield data
            rest = decoder.unused_data if decoder.eof else b""
            decoder = None if decoder.eof else decoder
    if decoder is not None:
        raise InputError(
            f"{path}: the {compression.value} data is truncated; fetch or compress the file again"
        )


def _unusable(path: Path, compression: Compression, reason: str) -> InputError:
    if "memory" in reason.lower():
        return InputError(
            f"{path}: needs more than {MAX_DECODER_BYTES // 1024**2} MiB of memory to unpack; "
            f"compress it again with a smaller {compression.value} window"
        )
    return InputError(
        f"{path}: the {compression.value} data is damaged ({reason}); "
        f"fetch or compress the file again"
    )
