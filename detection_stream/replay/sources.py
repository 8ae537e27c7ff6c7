"""Where a replay finds raw messages: a topic on Kafka, or the directory of an embedded engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from detection_stream.errors import InputError
from detection_stream.runtime.embedded.log import Logs
from detection_stream.runtime.kafka import topics
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.recorded import RecordedTopics
from detection_stream.runtime.records import Record
from detection_stream.runtime.topology import Topology
from detection_stream.state.database import Database


class RawSource(Protocol):
    """Partitions of raw messages as they stand; a context manager."""

    name: str

    def __enter__(self) -> Self:
        """Open it."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""

    def extents(self) -> dict[int, range]:
        """The offsets that each partition holds."""

    def read(self, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        """Records of these offsets as they come: a partition and some of it in order."""


class KafkaSource:
    """The raw topic of a topology on a broker; its group and its offsets are left alone.

    Raises:
        TopicError: the topics are not there.
        BrokerError: no broker answers.
    """

    def __init__(self, connection: Connection, topology: Topology) -> None:
        self._partitions = topics.check(connection, topology)
        self._topic = topology.stages[0][1]
        self._recorded = RecordedTopics(connection)
        self.name = f"{self._topic} on {connection.servers}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._recorded.__exit__()

    def extents(self) -> dict[int, range]:
        """The offsets that each partition holds."""
        return {n: self._recorded.extent(self._topic, n) for n in range(self._partitions)}

    def read(self, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        """Records of these offsets as they come."""
        return self._recorded.read(self._topic, extents)


class DirectorySource:
    """The raw log in a data directory that no engine is using.

    Raises:
        DataDirectoryError: it is no data directory, or in use.
    """

    def __init__(self, directory: Path, topology: Topology) -> None:
        if not (directory / "db").is_dir():
            raise InputError(f"{directory} is no data directory; name one that `run` has written")
        topic = topology.stages[0][1]
        self._database = Database(directory)
        retentions = {name: found.retention for name, found in topology.topics.items()}
        self._log = Logs(self._database, retentions).partition(topic, 0)
        self.name = f"{topic} in {directory}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def extents(self) -> dict[int, range]:
        """The offsets that the log holds."""
        return {0: range(self._log.extent.start, self._log.extent.end)}

    def read(self, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        """Records of these offsets in order."""
        wanted = extents[0]
        at = wanted.start
        while at < wanted.stop:
            records = [r for r in self._log.read(at) if r.offset < wanted.stop]
            if not records:
                return
            at = records[-1].offset + 1
            yield 0, records
