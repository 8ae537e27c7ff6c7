"""Mail files as one stream of messages in arrival order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Literal

from detection_stream.ingest.formats import InputKind
from detection_stream.ingest.index import Index, index_source, size_of
from detection_stream.ingest.reader import MessageReader, OpenFiles
from detection_stream.ingest.search import Source, find_sources
from detection_stream.ingest.shown import shown
from detection_stream.ingest.spool import UnpackedInputs
from detection_stream.reporting import ReportReading

_MAX_ROWS_IN_MEMORY = 65_536
_PROGRESS_STEP = 1024 * 1024


@dataclass(frozen=True, slots=True)
class InputFile:
    """One input: a file of messages, or all single messages of a folder.

    ``digest`` (32 hex digits) is of the unpacked content, so it survives packing
    and moving. ``count`` is its number of messages; ``skipped`` that of files without mail.
    """

    path: Path
    digest: str
    count: int
    skipped: int


@dataclass(frozen=True, slots=True)
class InputMessage:
    """One message, as it was before it was stored in its file.

    ``raw`` has no From_ line and is not quoted; it may be damaged. ``received_at`` is in
    milliseconds since 1970, 0 if undated. ``position`` counts from 0 in the order of the
    file with this ``digest``. ``source`` says where the message is, for display.
    """

    raw: bytes
    received_at: int
    uid: str
    format: Literal["rfc5322", "json"]
    digest: str
    position: int
    source: str


class Inputs:
    """All inputs, checked and indexed; made by :func:`open_inputs`."""

    def __init__(self, indexes: Sequence[Index], files: OpenFiles) -> None:
        self._indexes = tuple(indexes)
        self._files = files
        self.files = tuple(
            InputFile(index.source.path, index.digest, len(index.records), index.skipped)
            for index in indexes
        )

    @property
    def total(self) -> int:
        """Messages in all inputs."""
        return sum(file.count for file in self.files)

    def sample(self, most: int) -> Iterator[InputMessage]:
        """Up to ``most`` messages, evenly spread over all inputs, whatever their order.

        Raises InputError when a file has changed meanwhile.
        """
        step = max(1, ceil(self.total / most))
        passed = 0
        for index in sorted(self._indexes, key=lambda one: one.digest):
            reader = MessageReader(index, self._files)
            for at in range(-passed % step, len(index.records), step):
                received_at, high, low, *where = index.records[at].tolist()
                yield _message(index, reader, (received_at, high, low, at), where)
            passed += len(index.records)

    def messages(self, done: Mapping[str, int]) -> Iterator[InputMessage]:
        """The messages sorted by ``received_at``, uid, input and position.

        For each digest in ``done``, that many initial messages are skipped.
        Raises InputError when a file has changed meanwhile.
        """
        batch = max(_MAX_ROWS_IN_MEMORY // max(len(self._indexes), 1), 1)
        readers = [MessageReader(index, self._files) for index in self._indexes]
        merged = heapq.merge(
            *(
                _rows(input_index, index, done.get(index.digest, 0), batch)
                for input_index, index in enumerate(self._indexes)
            )
        )
        for received_at, high, low, input_index, at, position, length, number in merged:
            index, reader = self._indexes[input_index], readers[input_index]
            yield _message(index, reader, (received_at, high, low, at), (position, length, number))


@contextmanager
def open_inputs(
    paths: Sequence[Path], spool: Path, tenant: str, progress: ReportReading | None = None
) -> Iterator[Inputs]:
    """Reads and checks every input before any of it is used.

    Packed inputs are unpacked into the folder ``spool``, which is emptied at the end. An input
    given twice counts once. Raises InputError for the first unusable one.
    """
    files = OpenFiles()
    with UnpackedInputs(spool) as store:
        indexes: dict[str, Index] = {}
        for source in list(find_sources(paths)):
            index = index_source(source, store, tenant, _counter(source, progress))
            indexes.setdefault(index.digest, index)
        try:
            yield Inputs(list(indexes.values()), files)
        finally:
            files.close()


def _message(
    index: Index, reader: MessageReader, known: tuple[int, int, int, int], where: Sequence[int]
) -> InputMessage:
    """The message with a time, uid and place in order (``known``), ``where`` it is stored."""
    received_at, high, low, at = known
    position, length, number = where
    return InputMessage(
        raw=reader.read(position, length, number),
        received_at=received_at,
        uid=f"{high:016x}{low:016x}",
        format="json" if index.source.kind is InputKind.JSON_LINES else "rfc5322",
        digest=index.digest,
        position=at,
        source=reader.place(number),
    )


_MergeItem = tuple[int, int, int, int, int, int, int, int]


def _rows(input_index: int, index: Index, done: int, batch: int) -> Iterator[_MergeItem]:
    """The records with input index and own index before the fields not compared."""
    for start in range(done, len(index.records), batch):
        rows = index.records[start : start + batch].tolist()
        for at, (received_at, high, low, *where) in enumerate(rows, start):
            yield (received_at, high, low, input_index, at, *where)


def _counter(source: Source, progress: ReportReading | None) -> Callable[[int], None]:
    """Callback for the bytes of each block; reports every full mebibyte and the end."""
    if progress is None:
        return lambda _: None
    name, size = shown(source.path), size_of(source)
    done = told = 0

    def seen(count: int) -> None:
        nonlocal done, told
        done += count
        if done - told >= _PROGRESS_STEP or done >= size:
            told = done
            progress(name, done, size)

    return seen
