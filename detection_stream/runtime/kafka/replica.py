"""The local copy of one changelog partition: a database and its changelog position."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from detection_stream.errors import DamagedStateError, DataDirectoryError, DetectionStreamError
from detection_stream.state.database import Database, Memory, new_batch
from detection_stream.state.partition import PROGRESS_KEY, progress_family, table_family

log = logging.getLogger(__name__)

META_KEY = b"meta"
"""Key of the changelog record that ends each checkpoint; table rows have a zero byte in theirs."""
TOMBSTONE_SECONDS = 86_400
"""How long changelogs keep deletes; an older copy could hold deleted rows."""

_POSITION_KEY = b"position"
_DAMAGED = "damaged"


def mark_damaged(error: DamagedStateError) -> None:
    """Mark the copy to be restored when it is next opened."""
    (error.directory / _DAMAGED).touch()


class Replica:
    """A stage's partition on disk, kept in sync with its committed changelog."""

    def __init__(
        self,
        directory: Path,
        stage: str,
        partition: int,
        tables: Iterable[str],
        memory: Memory,
    ) -> None:
        self.stage = stage
        self.partition = partition
        self.directory = directory
        self._tables = tuple(tables)
        self._memory = memory
        self.database = self._open()

    def _open(self) -> Database:
        if (self.directory / _DAMAGED).exists():
            self._set_aside("it could not be read")
        try:
            database = Database(self.directory, memory=self._memory)
            self._attach(database)
        except DataDirectoryError as error:
            if "in use" in str(error):
                raise
            self._set_aside(str(error))
            database = Database(self.directory, memory=self._memory)
            self._attach(database)
        return database

    def _attach(self, database: Database) -> None:
        self._own = database.family("changelog")
        position, meta = self._own.get([_POSITION_KEY, META_KEY])
        self.position = int(position) if position else 0
        """Offset of the next changelog record to apply."""
        self.meta: dict[str, Any] = orjson.loads(meta) if meta else {}
        """The META record of the last checkpoint."""
        self._families = {
            name.encode(): database.family(table_family(self.stage, name, self.partition))
            for name in self._tables
        }
        self._progress = database.family(progress_family(self.stage, self.partition))

    def fits(self, start: int, end: int) -> bool:
        """Whether the copy can catch up with a changelog that holds ``start`` to ``end``."""
        if self.position == 0:
            return True
        age = time.time() - self.meta.get("written_at", 0)
        return start <= self.position <= end and age < TOMBSTONE_SECONDS

    def start_over(self, reason: str) -> None:
        """Move the copy aside and start with an empty one."""
        self.database.close()
        self._set_aside(reason)
        self.database = self._open()

    def _set_aside(self, reason: str) -> None:
        aside = self.directory.with_name(f"{self.directory.name}.set-aside")
        shutil.rmtree(aside, ignore_errors=True)
        if self.directory.exists():
            self.directory.rename(aside)
        log.warning("%s was moved to %s, restoring: %s", self.directory, aside.name, reason)

    def apply(self, records: Iterable[Any]) -> int:
        """Apply changelog records in order; returns how many."""
        batch = new_batch()
        count = 0
        for record in records:
            table, separator, key = record.key.partition(b"\0")
            if separator and table in self._families:
                handle = self._families[table].handle
                if record.value is None:
                    batch.delete(key, handle)
                else:
                    batch.put(key, record.value, handle)
            elif record.key == META_KEY and record.value is not None:
                self._note(batch, record.value)
            self.position = record.offset + 1
            count += 1
        batch.put(_POSITION_KEY, b"%d" % self.position, self._own.handle)
        self._write(batch)
        return count

    def settle(self, batch: Any, meta: bytes, position: int) -> None:
        """Write a checkpoint's rows with its META record and changelog position."""
        self._note(batch, meta)
        self.position = position
        batch.put(_POSITION_KEY, b"%d" % position, self._own.handle)
        self._write(batch)

    def _write(self, batch: Any) -> None:
        # The changelog is the commit: whatever a power loss takes from disk is restored from it.
        self.database.write(batch, sync=False)

    def _note(self, batch: Any, meta: bytes) -> None:
        try:
            self.meta = orjson.loads(meta)
            progress = orjson.dumps(self.meta["progress"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise DetectionStreamError(
                f"the changelog of {self.stage}/{self.partition} holds a record that is not from "
                f"this release: {error!r}"
            ) from error
        batch.put(META_KEY, meta, self._own.handle)
        batch.put(PROGRESS_KEY, progress, self._progress.handle)

    def close(self) -> None:
        """Release the directory."""
        self.database.close()
