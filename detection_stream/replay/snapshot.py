"""Copies of the state: with marks, to verify from, and as a seed, to replay from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import xxhash

from detection_stream import __version__
from detection_stream.errors import InputError
from detection_stream.private_files import write_private
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.records import Record
from detection_stream.runtime.topic import Topic

NAME = "snapshot.json"
SEED = "seed"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Description of a snapshot folder; read by ``open_snapshot``.

    ``cut`` is the last offset of each partition of each source that the seed has seen (-1 for
    none), ``last`` a digest of the record there, to identify the topic. ``ends`` are
    the ends of the topics that stages write, taken afterwards.
    """

    topology: str
    source: str
    partitions: int
    cut: dict[str, dict[str, int]]
    last: dict[str, dict[str, str]]
    ends: dict[str, dict[str, int]]
    taken_at: str
    version: str = __version__

    def save(self, folder: Path) -> None:
        """Write it last: a folder without it is not a complete snapshot."""
        write_private(folder / NAME, orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))

    def begins(self, source: Topic) -> dict[int, int]:
        """The first offset of each partition of a source that the seed has not seen."""
        return {int(number): end + 1 for number, end in self.cut.get(source.key, {}).items()}


def open_snapshot(folder: Path) -> Snapshot:
    """The snapshot in a folder.

    Raises:
        InputError: there is none, or it is from another release.
    """
    try:
        found = orjson.loads((folder / NAME).read_bytes())
        snapshot = Snapshot(**found)
    except (OSError, orjson.JSONDecodeError, TypeError) as error:
        raise InputError(f"{folder} is not a snapshot; take one with `snapshot`") from error
    if snapshot.version != __version__:
        raise InputError(
            f"{folder} is from release {snapshot.version}, this is {__version__}; take a new one"
        )
    return snapshot


def belongs(snapshot: Snapshot, recorded: Recorded, source: Topic) -> bool:
    """Whether a snapshot was taken from this source."""
    extents, cut = recorded.extents(source.name), snapshot.cut.get(source.key, {})
    if {str(number) for number in extents} != cut.keys():
        return False
    for number, extent in extents.items():
        at, last = cut[str(number)], snapshot.last[source.key][str(number)]
        # Expired records cannot be compared.
        if extent.stop <= at or (
            at in extent and digest(record_at(recorded, source.name, number, at)) != last
        ):
            return False
    return True


def record_at(recorded: Recorded, topic: str, partition: int, offset: int) -> list[Record]:
    """The record at an offset, if there is one."""
    if offset < 0:
        return []
    found = recorded.read(topic, {partition: range(offset, offset + 1)})
    return [record for _, records in found for record in records]


def digest(records: Sequence[Record]) -> str:
    """A digest of the first record, empty for none."""
    return xxhash.xxh3_128_hexdigest(records[0].value) if records else ""


def state_directory(folder: Path, stage: str, partition: int) -> Path:
    """Folder of the committed state of a stage's partition in a snapshot."""
    return folder / f"{stage}-{partition}"
