"""Files of operator keys: one key a line in hexadecimal, the first one signs."""

from __future__ import annotations

import os
from pathlib import Path

from detection_stream.errors import InputError
from detection_stream.model.signature import KEY_BYTES, NO_KEYS, OperatorKeys
from detection_stream.private_files import refuse_shared

NAME = "operator.key"
"""The file in the data directory of an embedded engine."""
MAX_FILE_BYTES = 64 << 10
"""A thousand keys."""


def read_keys(file: Path) -> OperatorKeys:
    """The keys of a file.

    Raises:
        InputError: it cannot be read, is no file of keys, or others than its owner can read it.
    """
    try:
        refuse_shared(file)
        with file.open("rb") as opened:
            words = opened.read(MAX_FILE_BYTES).split()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; create it with `operator-key`") from error
    try:
        keys = tuple(bytes.fromhex(word.decode("ascii")) for word in words)
    except ValueError:
        keys = ()
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise InputError(f"{file} must have keys of {2 * KEY_BYTES} hexadecimal digits, one a line")
    return OperatorKeys(keys)


def add_key(file: Path) -> OperatorKeys:
    """Put a new key in front of those of a file, created if missing; all are believed.

    Raises:
        InputError: the file cannot be read or written.
    """
    before = read_keys(file) if file.exists() else NO_KEYS
    keys = OperatorKeys.generated().also(before)
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write("".join(f"{key.hex()}\n" for key in keys.keys))
            opened.flush()
            os.fsync(opened.fileno())
        part.replace(file)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    return keys


def own_keys(directory: Path) -> OperatorKeys:
    """The keys of an embedded engine's directory, made at its first use."""
    file = directory / NAME
    return read_keys(file) if file.exists() else add_key(file)


def stored_keys(directory: Path) -> OperatorKeys:
    """The keys of an embedded engine's directory; none if it has none."""
    file = directory / NAME
    return read_keys(file) if file.exists() else NO_KEYS
