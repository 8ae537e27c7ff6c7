"""One RocksDB directory: column families, one atomic write, a shared cache."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteBufferManager,
    WriteOptions,
)

from detection_stream.errors import DamagedStateError, DataDirectoryError, StageError
from detection_stream.private_files import private_directory
from detection_stream.state.own_directory import check_own

log = logging.getLogger(__name__)

FORMAT_VERSION = 1
"""Version of the layout of a data directory."""
CACHE_BYTES = 64 << 20
"""Block cache shared by all column families of a directory."""
WRITE_BUFFER_BYTES = 64 << 20
"""Write buffers of all column families together."""
MAX_MEMTABLE_BYTES = 16 << 20
"""Maximum memtable of one column family."""
MAX_OPEN_FILES = 256
"""Sorted files kept open at once."""
MAX_WAL_BYTES = 128 << 20
"""Write-ahead log size at which RocksDB flushes memtables."""

_FORMAT_KEY = b"format"


class Memory:
    """Block cache and write buffers, shared by all databases opened with it."""

    def __init__(self, cache: int = CACHE_BYTES, buffers: int = WRITE_BUFFER_BYTES) -> None:
        self.cache = Cache(cache)
        self.buffers = WriteBufferManager(buffers, allow_stall=False)


class Database:
    """A directory with one RocksDB, opened by one process at a time.

    Raises:
        DataDirectoryError: another process has it open, it has another version or is damaged, or
            it holds files of others.
    """

    def __init__(
        self, directory: Path, *, create: bool = True, memory: Memory | None = None
    ) -> None:
        self.directory = directory
        path = directory / "db"
        if not create and not (path / "CURRENT").exists():
            raise DataDirectoryError(
                f"{directory} is not a data directory: it has no db/ folder; "
                "use the one written by `detection-stream run --data`"
            )
        check_own(directory)
        private_directory(directory)
        private_directory(path)
        self._memory = memory or Memory()
        options = self._options()
        try:
            names = Rdict.list_cf(str(path)) if (path / "CURRENT").exists() else ["default"]
            self._main = Rdict(str(path), options, {name: self._options() for name in names})
        except Exception as error:
            raise _open_error(directory, error) from error
        self._families: dict[str, Family] = {}
        self._names = set(names)
        self._check_format()

    def _options(self) -> Options:
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.create_missing_column_families(True)
        options.set_compression_type(DBCompressionType.lz4())
        options.set_write_buffer_size(MAX_MEMTABLE_BYTES)
        options.set_write_buffer_manager(self._memory.buffers)
        options.set_max_open_files(MAX_OPEN_FILES)
        options.set_max_total_wal_size(MAX_WAL_BYTES)
        options.set_keep_log_file_num(2)
        blocks = BlockBasedOptions()
        blocks.set_block_cache(self._memory.cache)
        blocks.set_bloom_filter(10, False)
        blocks.set_cache_index_and_filter_blocks(True)
        options.set_block_based_table_factory(blocks)
        return options

    def _check_format(self) -> None:
        found = self._main.get(_FORMAT_KEY)
        if found is None:
            self._main[_FORMAT_KEY] = str(FORMAT_VERSION).encode()
        elif found != str(FORMAT_VERSION).encode():
            self.close()
            raise DataDirectoryError(
                f"{self.directory} has format {found.decode(errors='replace')}, this release "
                f"reads format {FORMAT_VERSION}; use the release that wrote it or a new directory"
            )

    @property
    def names(self) -> list[str]:
        """Names of all column families."""
        return sorted(self._names)

    def family(self, name: str) -> Family:
        """The column family of that name, created if missing."""
        if name not in self._families:
            if name in self._names:
                store = self._main.get_column_family(name)
            else:
                store = self._main.create_column_family(name, self._options())
                self._names.add(name)
            handle = self._main.get_column_family_handle(name)
            self._families[name] = Family(name, self.directory, store, handle)
        return self._families[name]

    def write(self, batch: WriteBatch, *, sync: bool = True) -> None:
        """Write ``batch`` atomically; with ``sync``, wait until it is on disk."""
        options = WriteOptions()
        options.sync = sync
        try:
            self._main.write(batch, options)
        except Exception as error:
            raise StageError(
                f"cannot write to {self.directory}: {error}; is the disk full?"
            ) from error

    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.stat().st_size for file in (self.directory / "db").glob("*"))

    def close(self) -> None:
        """Release the directory; the database must not be used afterwards."""
        for close in (
            *(family.release for family in getattr(self, "_families", {}).values()),
            self._main.close,
        ):
            try:
                close()
            except Exception as error:
                # A full disk: what was acknowledged is in the write-ahead log.
                log.warning("%s was not closed cleanly: %s", self.directory, error)


class Family:
    """One column family."""

    def __init__(self, name: str, directory: Path, store: Rdict, handle: Any) -> None:
        self.name = name
        self._directory = directory
        self.handle: Any = handle
        self._store: Any = store

    def release(self) -> None:
        """Drop the reference to the database: RocksDB stays open while any exists."""
        store, self._store, self.handle = self._store, None, None
        store.close()

    def get(self, keys: list[bytes]) -> list[bytes | None]:
        """Values of ``keys``, None for those that are absent."""
        if self._store is None:
            raise StageError(f"{self.name} in {self._directory} was closed")
        try:
            values: list[bytes | None] = self._store[keys]
        except Exception as error:
            raise DamagedStateError(self._directory, f"{self.name}: {error}") from error
        return values

    def items(self, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Entries from ``start``, in key order."""
        cursor = self._store.iter()
        if start:
            cursor.seek(start)
        else:
            cursor.seek_to_first()
        while cursor.valid():
            yield cursor.key(), cursor.value()
            cursor.next()

    def size(self) -> int:
        """Bytes on disk and in memtables, as RocksDB estimates them."""
        return sum(
            self._store.property_int_value(name) or 0
            for name in ("rocksdb.live-sst-files-size", "rocksdb.size-all-mem-tables")
        )

    def estimated_rows(self) -> int:
        """Entries, as RocksDB estimates them."""
        return self._store.property_int_value("rocksdb.estimate-num-keys") or 0


def new_batch() -> WriteBatch:
    """An empty atomic write."""
    return WriteBatch(raw_mode=True)


def _open_error(directory: Path, error: Exception) -> DataDirectoryError:
    text = str(error)
    if "lock" in text.lower():
        return DataDirectoryError(
            f"{directory} is in use by another process; stop it or use another --data"
        )
    return DataDirectoryError(
        f"{directory} cannot be opened: {text}; restore it from a copy or use another --data"
    )
