"""A folder of Parquet files by tenant and month that grows with each export."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from detection_stream.errors import InputError
from detection_stream.export.pairs import Pairs
from detection_stream.export.schema import table
from detection_stream.private_files import new_directory, open_private
from detection_stream.reporting import ReportProgress
from detection_stream.runtime.recorded import Recorded
from detection_stream.signals.registry import all_signals

CHUNK_RECORDS = 20_000
"""Records of a partition read and written at once."""
FORMAT_VERSION = 3
NAME = "_export.json"
"""Parquet readers ignore files that start with an underscore."""


@dataclass
class Contents:
    """The folder's contents, written last: files not covered by it are void.

    ``next`` has the next offset of each partition of each topic, ``waiting`` the records of each
    partition still without a counterpart.
    """

    source: str
    tenant: str | None
    signals: list[str] = field(default_factory=list)
    version: int = FORMAT_VERSION
    rows: int = 0
    files: list[str] = field(default_factory=list)
    next: dict[str, dict[str, int]] = field(default_factory=dict)
    waiting: dict[str, dict[str, list[Any]]] = field(default_factory=dict)


def check_signals(names: Iterable[str]) -> None:
    """Raise InputError when a signal is unknown."""
    known = {signal.name for signal in all_signals()}
    if unknown := [name for name in names if name not in known]:
        raise InputError(f"--signal {unknown[0]}: unknown; see `signals list`")


class Dataset:
    """Exports to a folder, resuming where the last export ended; ``signals`` limits the columns.

    Messages received before ``since`` (milliseconds since 1970) are skipped.

    Raises:
        InputError: the folder belongs to something else, or a signal is unknown.
    """

    def __init__(
        self,
        folder: Path,
        source: Recorded,
        topics: tuple[str, str],
        tenant: str | None,
        signals: tuple[str, ...] = (),
        since: int = 0,
    ) -> None:
        check_signals(signals)
        self._since = datetime.fromtimestamp(since / 1_000, UTC)
        self._signals = tuple(sorted(set(signals)))
        self._folder = folder
        self._source = source
        self._topics = topics
        self._tenant = tenant
        self.contents = self._open()

    def _open(self) -> Contents:
        source = f"{' and '.join(self._topics)} in {self._source.name}"
        wanted = Contents(source, self._tenant, list(self._signals))
        path = self._folder / NAME
        if not path.exists():
            if self._folder.exists() and any(self._folder.iterdir()):
                raise InputError(f"{self._folder} holds something else; use a new folder")
            return wanted
        found = Contents(**orjson.loads(path.read_bytes()))
        for name in ("version", "source", "tenant", "signals"):
            if getattr(found, name) != getattr(wanted, name):
                raise InputError(
                    f"{self._folder} is an export with another {name} ({getattr(found, name)}); "
                    "use a new folder"
                )
        kept = set(found.files)
        for file in self._folder.rglob("*.parquet"):
            if str(file.relative_to(self._folder)) not in kept:
                file.unlink()
        return found

    def grow(self, progress: ReportProgress) -> tuple[int, int]:
        """Export new records; returns the rows written and the repeats skipped."""
        extents = {topic: self._left(topic) for topic in self._topics}
        total = sum(len(extent) for found in extents.values() for extent in found.values())
        rows = done = repeated = 0
        for partition in extents[self._topics[0]]:
            pairs = Pairs(self._topics, self.contents.waiting.get(str(partition), {}))
            left = {topic: extents[topic][partition] for topic in self._topics}
            while any(left.values()):
                part = {topic: extent[:CHUNK_RECORDS] for topic, extent in left.items()}
                left = {topic: extent[CHUNK_RECORDS:] for topic, extent in left.items()}
                found = pairs.take(*(self._values(topic, partition, part) for topic in part))
                rows += self._write(partition, part, table(found, self._signals))
                self._settle(partition, part, pairs)
                done += sum(map(len, part.values()))
                progress(done, total)
            repeated += pairs.repeated
        return rows, repeated

    def _left(self, topic: str) -> dict[int, range]:
        taken = self.contents.next.get(topic, {})
        return {
            number: range(max(extent.start, taken.get(str(number), 0)), extent.stop)
            for number, extent in self._source.extents(topic).items()
        }

    def _values(self, topic: str, partition: int, part: Mapping[str, range]) -> list[bytes]:
        records = self._source.read(topic, {partition: part[topic]})
        return [record.value for _, found in records for record in found]

    def _write(self, partition: int, part: Mapping[str, range], found: pa.Table) -> int:
        if self._tenant is not None:
            found = found.filter(pc.equal(found["tenant"], self._tenant))
        found = found.filter(pc.greater_equal(found["received_at"], self._since))
        if not len(found):
            return 0
        months = pc.strftime(found["received_at"], format="%Y-%m")
        groups = found.append_column("month", months).group_by(["tenant", "month"]).aggregate([])
        for group in groups.to_pylist():
            chosen = pc.and_(
                pc.equal(found["tenant"], group["tenant"]), pc.equal(months, group["month"])
            )
            tenant = quote(group["tenant"], safe="")
            name = f"{partition}-{part[self._topics[0]].start}.parquet"
            file = Path(f"tenant={tenant}", f"month={group['month']}", name)
            new_directory((self._folder / file).parent)
            # The folder name holds it; a column would duplicate it.
            rows = found.filter(chosen).drop_columns(["tenant"])
            pq.write_table(rows, self._folder / file, compression="zstd")
            self.contents.files.append(str(file))
        self.contents.rows += len(found)
        return len(found)

    def _settle(self, partition: int, part: Mapping[str, range], pairs: Pairs) -> None:
        for topic, extent in part.items():
            if extent:
                self.contents.next.setdefault(topic, {})[str(partition)] = extent.stop
        self.contents.waiting[str(partition)] = pairs.waiting()
        new_directory(self._folder)
        draft = self._folder / f"{NAME}.draft"
        with open_private(draft, "wb") as file:
            file.write(orjson.dumps(asdict(self.contents), option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / NAME)
