"""What has been fed already: each file by digest and position, each person by content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from detection_stream.model.person import Person
from detection_stream.runtime.embedded.engine import Engine


class Ledger:
    """Part of every checkpoint, so it always matches the log."""

    def __init__(self, engine: Engine, tenant: str) -> None:
        self._family = engine.database.family("ledger")
        self._tenant = tenant
        self._changed: dict[bytes, bytes] = {}
        self._counts: dict[str, int] = {}
        engine.on_checkpoint(self)

    def done(self, digests: Iterable[str]) -> dict[str, int]:
        """How many messages of each file have been fed, in time order."""
        wanted = list(digests)
        found = self._family.get([self._key("file", digest) for digest in wanted])
        self._counts = {
            digest: int(value) if value else 0 for digest, value in zip(wanted, found, strict=True)
        }
        return dict(self._counts)

    def fed(self, digest: str) -> None:
        """Count one more message of a file."""
        self._counts[digest] += 1
        self._changed[self._key("file", digest)] = str(self._counts[digest]).encode()

    def new_people(self, people: Iterable[Person]) -> list[Person]:
        """The people whose current entry was not fed yet."""
        records = [(person, person.record()) for person in people]
        keys = [self._key("person", person.address) for person, _ in records]
        fresh = []
        for (person, record), key, stored in zip(
            records, keys, self._family.get(keys), strict=True
        ):
            digest = hashlib.blake2b(record, digest_size=16).digest()
            if stored != digest:
                self._changed[key] = digest
                fresh.append(person)
        return fresh

    def write(self, batch: Any) -> None:
        """Add changes to a checkpoint."""
        for key, value in self._changed.items():
            batch.put(key, value, self._family.handle)

    def settle(self) -> None:
        """Drop what is on disk."""
        self._changed = {}

    def _key(self, kind: str, name: str) -> bytes:
        return f"{self._tenant}\0{kind}\0{name}".encode()
