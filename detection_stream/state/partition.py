"""The state of one partition of one stage, and the transaction of one batch on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from detection_stream.state.database import Database, new_batch
from detection_stream.state.progress import Progress
from detection_stream.state.sweep import Sweep
from detection_stream.state.table import Changes, Table

PROGRESS_KEY = b"progress"


def table_family(stage: str, table: str, partition: int) -> str:
    """Name of the column family of one table of a stage's partition."""
    return f"state:{stage}:{table}:{partition}"


def progress_family(stage: str, partition: int) -> str:
    """Name of the column family that holds a partition's progress."""
    return f"progress:{stage}:{partition}"


class Volatile(Protocol):
    """An object that a stage keeps between batches; written when frozen."""

    def copy(self) -> Any:
        """A copy that a batch may change."""

    def changes(self) -> Changes:
        """Differences since the last call, as changes to its table."""


class PartitionState:
    """Tables, progress and volatile state of one partition of a stage."""

    def __init__(
        self, database: Database, stage: str, partition: int, tables: Iterable[str]
    ) -> None:
        self.stage = stage
        self.partition = partition
        self.tables = {
            name: Table(name, database.family(table_family(stage, name, partition)))
            for name in tables
        }
        self._family = database.family(progress_family(stage, partition))
        self.progress = Progress.decode(self._family.get([PROGRESS_KEY])[0])
        self.volatile: Any = None
        self.volatile_table = ""
        self.sweeps: dict[str, Sweep] = {}
        self._frozen_progress = self.progress.encode()

    def begin(self) -> Transaction:
        """Start a batch."""
        copied = None if self.volatile is None else self.volatile.copy()
        return Transaction(self.partition, self.tables, self.progress.copy(), copied)

    def publish(self, transaction: Transaction) -> None:
        """Publish a batch's changes to the state at once."""
        for name, changes in transaction.changes.items():
            self.tables[name].put(changes)
        self.progress = transaction.progress
        self.volatile = transaction.volatile

    def freeze(self) -> None:
        """Freeze everything so far for a checkpoint; later changes belong to the next one."""
        if self.volatile is not None:
            self.tables[self.volatile_table].put(self.volatile.changes())
        for name, sweep in self.sweeps.items():
            table = self.tables[name]
            table.put(sweep.changes(table, self.progress.clock))
        for table in self.tables.values():
            table.freeze()
        self._frozen_progress = self.progress.encode()

    def entries(self) -> Iterator[tuple[bytes, bytes | None]]:
        """The frozen changes as changelog records: table and key, and the row or None."""
        for name, table in self.tables.items():
            start = f"{name}\0".encode()
            for key, value in table.frozen.items():
                yield start + key, value

    @property
    def changed(self) -> bool:
        """Whether anything happened since the last checkpoint."""
        return self.progress.encode() != self._frozen_progress

    def write(self, batch: Any) -> int:
        """Add the frozen changes to an atomic write; returns the number of changed rows."""
        for table in self.tables.values():
            table.write(batch)
        batch.put(PROGRESS_KEY, self._frozen_progress, self._family.handle)
        return sum(len(table.frozen) for table in self.tables.values())

    def save(self, database: Database) -> None:
        """Write everything to disk, for a state with no other readers."""
        self.freeze()
        batch = new_batch()
        self.write(batch)
        database.write(batch, sync=False)
        self.settle()

    def settle(self) -> None:
        """Record that the frozen changes are on disk."""
        for table in self.tables.values():
            table.settle()


class Transaction:
    """The changes of one batch: copies that are published at once or discarded.

    ``child`` starts one inside it, for a part of the batch that may fail alone.
    """

    def __init__(
        self,
        partition: int,
        tables: dict[str, Table],
        progress: Progress,
        volatile: Any,
        parent: Transaction | None = None,
    ) -> None:
        self.partition = partition
        self._tables = tables
        self._parent = parent
        self.progress = progress
        self.volatile = volatile
        self.changes: dict[str, Changes] = {}
        self.outputs: list[Any] = []

    def get(self, table: str, keys: list[bytes]) -> list[bytes | None]:
        """Values of ``keys`` as this batch sees them."""
        own = self.changes.get(table)
        if not own:
            return self._parent.get(table, keys) if self._parent else self._tables[table].get(keys)
        below = [key for key in keys if key not in own]
        found = iter(
            self._parent.get(table, below) if self._parent else self._tables[table].get(below)
        )
        return [own[key] if key in own else next(found) for key in keys]

    def put(self, table: str, changes: Changes) -> None:
        """Change rows."""
        self.changes.setdefault(table, {}).update(changes)

    def child(self) -> Transaction:
        """A transaction on top of this one."""
        volatile = None if self.volatile is None else self.volatile.copy()
        return Transaction(self.partition, self._tables, self.progress.copy(), volatile, self)

    def merge(self, child: Transaction) -> None:
        """Take over what a child changed."""
        for table, changes in child.changes.items():
            self.put(table, changes)
        self.outputs.extend(child.outputs)
        self.progress = child.progress
        self.volatile = child.volatile
