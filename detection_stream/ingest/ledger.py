"""What has been fed already: each file by digest and position, each person by content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from detection_stream.model.person import Person
from detection_stream.runtime.embedded.engine import Engine


class Ledger:
    """Part of every checkpoint, so that it never says more or less than the log holds."""

    def __init__(self, engine: Engine, tenant: str) -> None:
        self._family = engine.database.family("ledger")
        self._tenant = tenant
        self._changed: dict[bytes, bytes] = {}
        self._counts: dict[str, int] = {}
        engine.on_checkpoint(self)

    def done(self, digests: Iterable[str]) -> dict[str, int]:
        """For each file how many messages of its order in time have been fed."""
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
        """The people who were not fed as they are now."""
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
        """Add what has changed to a checkpoint."""
        for key, value in self._changed.items():
            batch.put(key, value, self._family.handle)

    def settle(self) -> None:
        """Forget what is on disk."""
        self._changed = {}

    def _key(self, kind: str, name: str) -> bytes:
        return f"{self._tenant}\0{kind}\0{name}".encode()
