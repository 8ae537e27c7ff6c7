"""Records what a replay was made from; kept with its state and its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from detection_stream import __version__
from detection_stream.errors import DataDirectoryError, InputError, MessageError
from detection_stream.model.envelope import Envelope
from detection_stream.private_files import new_directory, write_private
from detection_stream.replay.code_version import code_version
from detection_stream.replay.selection import Selection
from detection_stream.replay.snapshot import Snapshot, belongs
from detection_stream.runtime.recorded import Recorded
from detection_stream.runtime.topic import Topic

NAME = "manifest.json"
MAX_RECORDS_SEARCHED = 1_000
"""Maximum records searched for one with a time; directory entries have none."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One replay's source, range and code version; ``finish`` adds its results.

    ``offsets`` are those of each source's partitions when the replay began: later records are not
    part of it, however often it is resumed.
    """

    described: dict[str, Any]
    offsets: dict[Topic, dict[int, range]]
    out: Path

    @classmethod
    def begin(
        cls,
        recorded: Recorded,
        sources: Sequence[Topic],
        selection: Selection,
        data: Path,
        out: Path,
        *,
        partial: bool,
        processes: int = 1,
        snapshot: Snapshot | None = None,
        signals: tuple[str, ...] = (),
    ) -> Manifest:
        """Record what a new replay is made from, or check that a resumed one matches.

        Raises:
            InputError: the directories belong to something else, or the range has expired.
        """
        described: dict[str, Any] = {
            "version": __version__,
            "code": code_version(),
            "source": f"{', '.join(topic.name for topic in sources)} in {recorded.name}",
            "selection": selection.described(),
            "processes": processes,
            "signals": list(signals),
            "snapshot": asdict(snapshot) if snapshot else None,
        }
        begun = _check(data, described)
        _check(out, described)
        if begun:
            offsets = begun["offsets"]
        else:
            if snapshot:
                _check_snapshot(snapshot, recorded, sources)
            chosen = _offsets(recorded, sources, selection, snapshot, partial=partial)
            offsets = {
                topic.key: {str(n): [extent.start, extent.stop] for n, extent in found.items()}
                for topic, found in chosen.items()
            }
        described["offsets"] = offsets
        for directory in (data, out):
            new_directory(directory)
            write_private(directory / NAME, _encode(described))
        ranges = {
            topic: {int(n): range(*found) for n, found in offsets[topic.key].items()}
            for topic in sources
        }
        return cls(described, ranges, out)

    def finish(
        self, taken: int, skipped: Mapping[str, int], counts: Mapping[str, Mapping[str, int]]
    ) -> None:
        """Write what was read, what was skipped and why, and the totals of each stage."""
        result = {"messages": taken, "skipped": skipped, "counts": counts}
        write_private(self.out / NAME, _encode({**self.described, **result}))


def _check(directory: Path, described: Mapping[str, Any]) -> dict[str, Any]:
    """The content of the directory's manifest; empty for a new directory."""
    if not directory.exists() or not any(directory.iterdir()):
        return {}
    path = directory / NAME
    if not path.exists():
        raise DataDirectoryError(
            f"{directory} holds something else; use a new directory for the replay"
        )
    try:
        found: Any = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path} is not a manifest: {error}; use a new directory") from error
    if not isinstance(found, dict):
        raise InputError(f"{path} is not a manifest; use a new directory")
    for name, wanted in described.items():
        if found.get(name) != wanted:
            raise InputError(
                f"{directory} belongs to a replay with another {name} ({found.get(name)}); use "
                "the same options to resume it, or use a new directory"
            )
    return found


def _check_snapshot(snapshot: Snapshot, recorded: Recorded, sources: Sequence[Topic]) -> None:
    for topic in sources:
        if not belongs(snapshot, recorded, topic):
            raise InputError(
                f"{topic.name} in {recorded.name} is not what the snapshot was taken from "
                f"({snapshot.source}); take a snapshot of it"
            )


def _offsets(
    recorded: Recorded,
    sources: Sequence[Topic],
    selection: Selection,
    snapshot: Snapshot | None,
    *,
    partial: bool,
) -> dict[Topic, dict[int, range]]:
    """The offsets to read of each source's partitions.

    Raises:
        InputError: some have expired, unless ``partial``, or the range is empty.
    """
    if len(sources) > 1 and (selection.first, selection.last) != (None, None):
        names = ", ".join(topic.key for topic in sources)
        raise InputError(f"--from, --until: offsets of {names} have nothing in common; use times")
    chosen: dict[Topic, dict[int, range]] = {}
    held: list[str] = []
    for topic in sources:
        begins = snapshot.begins(topic) if snapshot else {}
        extents = {
            n: _from(extent, begins.get(n, 0)) for n, extent in recorded.extents(topic.name).items()
        }
        for partition, extent in extents.items():
            if not partial and extent.start != begins.get(partition, 0):
                _check_whole(recorded, topic, partition, extent, selection)
        held += [f"{topic.name} {extent.start} to {extent.stop}" for extent in extents.values()]
        chosen[topic] = {n: selection.offsets(extent) for n, extent in extents.items()}
    if not any(extent for found in chosen.values() for extent in found.values()):
        raise InputError(
            f"{recorded.name}: the range has no records; the partitions hold {', '.join(held)}"
        )
    return chosen


def _check_whole(
    recorded: Recorded, topic: Topic, partition: int, extent: range, selection: Selection
) -> None:
    """Refuse a partly expired range."""
    if selection.lowest is not None and extent:
        if _received_at(recorded, topic.name, partition, extent) <= selection.lowest:
            return
    elif (selection.first or 0) >= extent.start:
        return
    raise InputError(
        f"{topic.name}/{partition} in {recorded.name}: records 0 to "
        f"{extent.start - 1} have expired; start later with --from, or use what is "
        "left with --partial"
    )


def _from(extent: range, begin: int) -> range:
    """The part of an extent from an offset on."""
    return range(max(extent.start, begin), max(extent.stop, begin))


def _received_at(recorded: Recorded, topic: str, partition: int, extent: range) -> int:
    """Time of the first record that has one; 0 if none of the first ones does."""
    for _, records in recorded.read(topic, {partition: extent[:MAX_RECORDS_SEARCHED]}):
        for record in records:
            try:
                at = Envelope.from_headers(record.headers, record.timestamp).received_at
            except MessageError:
                continue
            if at:
                return at
    return 0


def _encode(described: Mapping[str, Any]) -> bytes:
    return orjson.dumps(described, option=orjson.OPT_INDENT_2)
