"""The first pass: reads and checks every input completely and sorts its messages."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from detection_stream.errors import InputError
from detection_stream.ingest import archive, jsonlines, mbox
from detection_stream.ingest.compression import contents, open_file
from detection_stream.ingest.formats import InputKind
from detection_stream.ingest.message import without_from_line
from detection_stream.ingest.records import Builder, IndexRows
from detection_stream.ingest.search import MessageFile, Source, unreadable
from detection_stream.ingest.separators import LOOK_AHEAD
from detection_stream.ingest.spool import UnpackedInputs
from detection_stream.model.envelope import MAX_AHEAD_MS
from detection_stream.parsing import limits

MAX_MESSAGE_BYTES = limits.MAX_MESSAGE_BYTES + 1
"""Maximum bytes read per message: one more than is parsed, which tells that there are more."""

Seen = Callable[[int], None]

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Index:
    """What the first pass found in one input.

    ``stored`` is where the unpacked content is, None for files with one message each, which are
    ``members``. ``names`` are those of an archive's files. ``digest`` is of the unpacked content.
    """

    source: Source
    digest: str
    records: IndexRows
    skipped: int
    stored: Path | None = None
    members: tuple[MessageFile, ...] = ()
    names: tuple[str, ...] = ()


def index_source(source: Source, spool: UnpackedInputs, tenant: str, seen: Seen) -> Index:
    """Reads one input completely; ``seen`` gets the bytes read as it proceeds.

    Raises InputError for an input that cannot be read, is damaged or holds nothing readable.
    """
    try:
        found = _index_members if source.kind is InputKind.MESSAGE else _index_file
        return found(source, spool, tenant, seen)
    except OSError as error:
        raise unreadable(source.path, error) from error


def _latest() -> int:
    """The time up to which mail can have arrived, by the clock of this host."""
    return time.time_ns() // 1_000_000 + MAX_AHEAD_MS


def size_of(source: Source) -> int:
    """Bytes of the input's files as they are, for ``seen``."""
    paths = [member.path for member in source.members] or [source.path]
    try:
        return sum(path.stat().st_size for path in paths)
    except OSError as error:
        raise unreadable(source.path, error) from error


def _index_members(source: Source, _: UnpackedInputs, tenant: str, seen: Seen) -> Index:
    builder = Builder(tenant, _latest())
    digests = []
    for number, member in enumerate(source.members):
        raw, digest = read_member(member, seen)
        digests.append(digest)
        message, envelope_date = without_from_line(raw)
        builder.add_mail(message, (0, len(raw), number), envelope_date)
    _check_readable(source, builder)
    return Index(
        source=source,
        # Maildir files get renamed, so the digest ignores name order.
        digest=blake2b(b"".join(sorted(digests)), digest_size=_DIGEST_BYTES).hexdigest(),
        records=builder.records(),
        skipped=source.skipped,
        members=tuple(source.members),
    )


def read_member(member: MessageFile, seen: Seen | None = None) -> tuple[bytes, bytes]:
    """A file with one message, unpacked up to :data:`MAX_MESSAGE_BYTES`, and the digest of that."""
    kept: list[bytes] = []
    left = MAX_MESSAGE_BYTES
    with closing(contents(member.path, member.compression, seen)) as blocks:
        for block in blocks:
            kept.append(block[:left])
            left -= len(kept[-1])
            if not left:
                break
    raw = b"".join(kept)
    return raw, blake2b(raw, digest_size=_DIGEST_BYTES).digest()


def _index_file(source: Source, spool: UnpackedInputs, tenant: str, seen: Seen) -> Index:
    packed = source.compression is not None
    digest = blake2b(digest_size=_DIGEST_BYTES)
    blocks = _hashed(contents(source.path, source.compression, seen), digest.update)
    if packed:
        stored = spool.write(blocks)
    else:
        stored = source.path
        for _ in blocks:
            pass
    builder = Builder(tenant, _latest())
    names: list[str] = []
    skipped = 0
    with open_file(stored) as file:
        if source.kind is InputKind.MBOX:
            _add_mbox(builder, file, source.path)
        elif source.kind is InputKind.JSON_LINES:
            _add_lines(builder, file)
        else:
            names, skipped = _add_archive(builder, file, source.path)
    _check_readable(source, builder)
    name = digest.hexdigest()
    return Index(
        source=source,
        digest=name,
        records=builder.records(),
        skipped=skipped,
        stored=spool.keep(stored, name) if packed else stored,
        names=tuple(names),
    )


def _hashed(blocks: Iterator[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for block in blocks:
        update(block)
        yield block


def _add_mbox(builder: Builder, file: BinaryIO, path: Path) -> None:
    head = file.read(LOOK_AHEAD)
    if not (mbox.from_line(head.lstrip(b"\r\n")) or mbox.is_mmdf(head)):
        raise InputError(
            f"{path}: is not an mbox: it does not start with a line 'From address date'; "
            f"a single message needs a name ending in .eml"
        )
    for number, (position, length, date) in enumerate(mbox.split(file), 1):
        raw = mbox.unquote(read_at(file.fileno(), position, length))
        builder.add_mail(raw, (position, length, number), date)


def _add_lines(builder: Builder, file: BinaryIO) -> None:
    for line in jsonlines.split(file):
        builder.add_json(read_at(file.fileno(), line.position, line.length), line)


def _add_archive(builder: Builder, file: BinaryIO, path: Path) -> tuple[list[str], int]:
    names: list[str] = []
    skipped = 0
    for entry in archive.entries(file, path):
        content = read_at(file.fileno(), entry.position, entry.length)
        if archive.is_message(entry, content, path):
            raw, date = without_from_line(content)
            builder.add_mail(raw, (entry.position, entry.length, len(names)), date)
            names.append(entry.name)
        else:
            skipped += 1
    return names, skipped


def read_at(file: int, position: int, length: int) -> bytes:
    """Bytes of an open file, fewer if it has shrunk; never more than :data:`MAX_MESSAGE_BYTES`."""
    return os.pread(file, min(length, MAX_MESSAGE_BYTES), position)


def _check_readable(source: Source, builder: Builder) -> None:
    if builder.readable:
        return
    what = (
        "no line is a JSON object with the fields of a message"
        if source.kind is InputKind.JSON_LINES
        else "no message has a header line"
    )
    raise InputError(f"{source.path}: has nothing readable: {what}; check the input")
