"""Files as the commands read them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from detection_stream.errors import InputError
from detection_stream.ingest.inputs import open_inputs
from tests.fuzz.mutation.chance import Chance
from tests.fuzz.mutation.packing import mutate_file

MAX_MESSAGES = 200
"""Messages read of each file."""


class FileTarget:
    """Indexes a file and reads its messages; a refusal with a reason is right."""

    batch = 8

    def __init__(self) -> None:
        self._scratch = TemporaryDirectory(prefix="fuzz-")
        self._place = Path(self._scratch.name)

    def make(self, chance: Chance) -> tuple[str, bytes]:
        """A name and the content of a file."""
        return mutate_file(chance)

    def run(self, inputs: Sequence[tuple[str, bytes]]) -> int:
        """Read each file alone."""
        return sum(self._refused(name, data) for name, data in inputs)

    def saved(self, made: tuple[str, bytes]) -> bytes:
        """The content; the first bytes tell the format."""
        return made[1]

    def close(self) -> None:
        """Remove the files."""
        self._scratch.cleanup()

    def _refused(self, name: str, data: bytes) -> bool:
        path = self._place / name
        path.write_bytes(data)
        try:
            with open_inputs([path], self._place / "spool", "fuzz") as inputs:
                for _ in islice(inputs.messages({}), MAX_MESSAGES):
                    pass
        except InputError:
            return True
        finally:
            path.unlink()
        return False
