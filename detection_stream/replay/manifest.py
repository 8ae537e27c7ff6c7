"""What a replay was made from: kept with its state and beside its results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from detection_stream import __version__
from detection_stream.errors import InputError, MessageError
from detection_stream.model.envelope import Envelope
from detection_stream.replay.code_version import code_version
from detection_stream.replay.selection import Selection
from detection_stream.replay.snapshot import Snapshot, belongs
from detection_stream.runtime.recorded import Recorded

NAME = "manifest.json"
LOOKED_AT = 1_000
"""Records in which one with a time is looked for; entries of the directory have none."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One replay's source, range and code version; ``finish`` adds what came of it.

    ``offsets`` are those of each partition when the replay began: what has come since is not part
    of it, however often it goes on.
    """

    described: dict[str, Any]
    offsets: dict[int, range]
    out: Path

    @classmethod
    def begin(
        cls,
        source: Recorded,
        topic: str,
        selection: Selection,
        data: Path,
        out: Path,
        *,
        partial: bool,
        processes: int = 1,
        snapshot: Snapshot | None = None,
        signals: tuple[str, ...] = (),
    ) -> Manifest:
        """Note what a new replay is made from, or check that one that goes on is the same.

        Raises:
            InputError: the directories belong to something else, or the range is cut.
        """
        described: dict[str, Any] = {
            "version": __version__,
            "code": code_version(),
            "source": f"{topic} in {source.name}",
            "selection": selection.described(),
            "processes": processes,
            "signals": list(signals),
            "snapshot": asdict(snapshot) if snapshot else None,
        }
        begins = {int(number): end + 1 for number, end in snapshot.cut.items()} if snapshot else {}
        begun = _check(data, described)
        _check(out, described)
        if begun:
            offsets = begun["offsets"]
        else:
            extents = source.extents(topic)
            if snapshot and not belongs(snapshot, source, topic, extents):
                raise InputError(
                    f"{topic} in {source.name} is not what the snapshot was made from "
                    f"({snapshot.source}); take one of it"
                )
            extents = {n: _from(extent, begins.get(n, 0)) for n, extent in extents.items()}
            _check_range(source, topic, extents, selection, partial, begins)
            wanted = {str(n): selection.offsets(extent) for n, extent in extents.items()}
            offsets = {n: [extent.start, extent.stop] for n, extent in wanted.items()}
        described["offsets"] = offsets
        for directory in (data, out):
            directory.mkdir(parents=True, exist_ok=True)
            (directory / NAME).write_bytes(_encode(described))
        return cls(described, {int(n): range(*found) for n, found in offsets.items()}, out)

    def finish(
        self, taken: int, skipped: Mapping[str, int], counts: Mapping[str, Mapping[str, int]]
    ) -> None:
        """Write what was read, what was left out and why, and the totals of each stage."""
        result = {"messages": taken, "skipped": skipped, "counts": counts}
        (self.out / NAME).write_bytes(_encode({**self.described, **result}))


def _check(directory: Path, described: Mapping[str, Any]) -> dict[str, Any]:
    """What the directory's manifest holds; nothing when the directory is new."""
    if not directory.exists() or not any(directory.iterdir()):
        return {}
    path = directory / NAME
    if not path.exists():
        raise InputError(f"{directory} holds something else; name a new directory for the replay")
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path} is no manifest: {error}; name a new directory") from error
    for name, wanted in described.items():
        if found.get(name) != wanted:
            raise InputError(
                f"{directory} belongs to a replay with another {name} ({found.get(name)}); give "
                "the same options to go on with that one, or name a new directory"
            )
    return found


def _check_range(
    source: Recorded,
    topic: str,
    extents: Mapping[int, range],
    selection: Selection,
    partial: bool,
    begins: Mapping[int, int],
) -> None:
    """Refuse ranges that retention has cut, unless ``partial``, and ranges of nothing."""
    if not any(selection.offsets(extent) for extent in extents.values()):
        held = ", ".join(f"{extent.start} to {extent.stop}" for extent in extents.values())
        raise InputError(
            f"{topic} in {source.name}: no record is in the range; the partitions hold {held}"
        )
    for partition, extent in extents.items():
        if extent.start == begins.get(partition, 0) or partial:
            continue
        first = selection.first or 0
        if selection.lowest is not None and extent:
            if _received_at(source, topic, partition, extent) <= selection.lowest:
                continue
        elif first >= extent.start:
            continue
        raise InputError(
            f"{topic}/{partition} in {source.name}: retention has cut records 0 to "
            f"{extent.start - 1}, so the range is not whole; begin later with --from, or take what "
            "is left with --partial"
        )


def _from(extent: range, begin: int) -> range:
    """What is left of an extent from an offset on."""
    return range(max(extent.start, begin), max(extent.stop, begin))


def _received_at(source: Recorded, topic: str, partition: int, extent: range) -> int:
    """When the first record came that has a time; 0 if none of the first ones has."""
    for _, records in source.read(topic, {partition: extent[:LOOKED_AT]}):
        for record in records:
            try:
                at = Envelope.from_headers(record.headers).received_at
            except MessageError:
                continue
            if at:
                return at
    return 0


def _encode(described: Mapping[str, Any]) -> bytes:
    return orjson.dumps(described, option=orjson.OPT_INDENT_2)
