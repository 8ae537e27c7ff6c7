"""The topics in a data directory that no engine is using."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from detection_stream.runtime.embedded.log import Logs
from detection_stream.runtime.records import Record
from detection_stream.state.database import Database


class RecordedDirectory:
    """Reads the logs of an embedded engine.

    Raises:
        DataDirectoryError: it is not a data directory, or is in use.
    """

    def __init__(self, directory: Path) -> None:
        self._database = Database(directory, create=False)
        self._logs = Logs(self._database, {})
        self.name = str(directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def extents(self, topic: str) -> dict[int, range]:
        """The offsets that a log holds; each topic has one partition."""
        extent = self._logs.partition(topic, 0).extent
        return {0: range(extent.start, extent.end)}

    def read(self, topic: str, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        """Records of these offsets in order."""
        log, wanted = self._logs.partition(topic, 0), extents[0]
        at = wanted.start
        while at < wanted.stop:
            records = [record for record in log.read(at) if record.offset < wanted.stop]
            if not records:
                return
            at = records[-1].offset + 1
            yield 0, records
