"""Copies a topic to a JSON-lines file that is byte-exact across crashes."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import orjson

from detection_stream.errors import StageError
from detection_stream.private_files import new_directory, open_private
from detection_stream.runtime.embedded.engine import Engine


class FileSink:
    """Writes every record of a topic as one line.

    Each checkpoint records the file's length, so after a crash the file is truncated to it.
    A missing or shorter file is rewritten from the oldest record in the log.
    Records with a timestamp before ``since`` (milliseconds since 1970) are skipped.
    """

    def __init__(self, engine: Engine, topic: str, path: Path, since: int = 0) -> None:
        self._since = since
        self._log = engine.log(topic, 0)
        self._family = engine.database.family("sinks")
        identity = f"{topic}\0{path.resolve()}"
        self._key = hashlib.blake2b(identity.encode(), digest_size=16).digest()
        stored = self._family.get([self._key])[0]
        offset, size = orjson.loads(stored) if stored else (0, 0)
        if not path.exists() or path.stat().st_size < size:
            offset, size = 0, 0
        new_directory(path.parent)
        self._file = open_private(path, "ab")
        self._file.truncate(size)
        self._offset = max(offset, self._log.extent.start)
        engine.on_checkpoint(self)

    @classmethod
    def each(cls, engine: Engine, folder: Path, since: int = 0) -> list[Self]:
        """A sink for each output of the engine's topology, its file named for it."""
        return [
            cls(engine, topic.name, folder / f"{topic.key}.jsonl", since)
            for topic in engine.topology.outputs
        ]

    def write(self, batch: Any) -> None:
        """Extend the file to the end of the log, before the checkpoint that records it.

        Raises:
            StageError: it cannot be written (a full disk).
        """
        try:
            self._extend()
        except OSError as error:
            raise StageError(f"cannot write to {self._file.name}: {error}") from error
        state = orjson.dumps([self._offset, self._file.tell()])
        batch.put(self._key, state, self._family.handle)

    def _extend(self) -> None:
        while records := self._log.read(self._offset):
            wanted = [record.value for record in records if record.timestamp >= self._since]
            self._file.write(b"".join(value + b"\n" for value in wanted))
            self._offset = records[-1].offset + 1
        self._file.flush()
        os.fsync(self._file.fileno())

    def settle(self) -> None:
        """Nothing to do after a checkpoint."""

    def close(self) -> None:
        """Close the file."""
        # What a failed checkpoint left in its buffer is written again at the next start.
        with suppress(OSError):
            self._file.close()
