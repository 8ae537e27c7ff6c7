"""A folder of unpacked inputs for random access; emptied at the end."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from errno import ENOSPC
from pathlib import Path
from types import TracebackType
from typing import Self

from detection_stream.errors import InputError
from detection_stream.private_files import private_directory

MIN_FREE_BYTES = 256 * 1024 * 1024
"""Bytes of the disk that unpacking leaves free, for the engine's own files."""

_CHECKED_BYTES = 16 * 1024 * 1024
_NAME = re.compile(r"[0-9a-f]{32}\.spool|unpacking-\w+\.part")


class UnpackedInputs:
    """Unpacked inputs by digest. Only one process at a time may use the folder.

    What an earlier process left behind is removed at the start, what this one wrote at the end;
    other files are not touched.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        try:
            private_directory(self._folder)
            self._clear()
        except OSError as error:
            raise self._unusable(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(FileNotFoundError):
            self._clear()

    def write(self, blocks: Iterable[bytes]) -> Path:
        """A new file with these blocks, for :meth:`keep`; errors of ``blocks`` pass through."""
        try:
            number, name = tempfile.mkstemp(".part", "unpacking-", self._folder)
        except OSError as error:
            raise self._unusable(error) from error
        with open(number, "wb") as file:
            unchecked = 0
            for block in blocks:
                unchecked += len(block)
                if unchecked > _CHECKED_BYTES:
                    unchecked = 0
                    self._check_free()
                try:
                    file.write(block)
                except OSError as error:
                    raise self._unusable(error) from error
        return Path(name)

    def keep(self, part: Path, digest: str) -> Path:
        """Rename a file from :meth:`write` to the digest (32 hex digits) of its content."""
        return part.rename(self._folder / f"{digest}.spool")

    def _check_free(self) -> None:
        if shutil.disk_usage(self._folder).free < MIN_FREE_BYTES:
            raise self._unusable(OSError(ENOSPC, os.strerror(ENOSPC)))

    def _clear(self) -> None:
        for entry in os.scandir(self._folder):
            if _NAME.fullmatch(entry.name):
                Path(entry.path).unlink(missing_ok=True)

    def _unusable(self, error: OSError) -> InputError:
        return InputError(
            f"{self._folder}: cannot unpack inputs here ({error.strerror}); "
            f"free some space or use another folder"
        )
