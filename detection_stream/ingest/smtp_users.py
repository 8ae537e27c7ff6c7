"""Who may send over SMTP: names and digests of generated passwords.

The file is TOML::

    [users.journal]
    sha256 = "..."      # of the password; `smtp-user journal` creates both
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path

from detection_stream.errors import InputError
from detection_stream.private_files import refuse_shared

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,60}")


class SmtpUsers:
    """Digests by name. A password is 256 random bits, so a plain digest is enough."""

    def __init__(self, digests: Mapping[str, str]) -> None:
        self._digests = dict(digests)

    def __contains__(self, name: object) -> bool:
        return name in self._digests

    def knows(self, name: bytes, password: bytes) -> bool:
        """Whether the password is that of the user."""
        known = self._digests.get(name.decode("utf-8", "replace"), "")
        # An unknown name takes as long as a wrong password.
        return hmac.compare_digest(known, hashlib.sha256(password).hexdigest())


def read_users(file: Path) -> SmtpUsers:
    """The users of a file.

    Raises:
        InputError: it cannot be read, is invalid, or others than its owner can read it.
    """
    try:
        refuse_shared(file)
        found = tomllib.loads(file.read_text())
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; create one with `smtp-user`") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is not valid TOML: {error}") from error
    users = found.pop("users", None)
    if found or not isinstance(users, dict) or not users:
        raise InputError(f"{file}: it must have tables [users.NAME] and nothing else")
    for name, table in users.items():
        digest = table.get("sha256") if isinstance(table, dict) else None
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest) or len(table) != 1:
            raise InputError(f"{file}: users.{name} must have a hexadecimal sha256 and no more")
    return SmtpUsers({name: table["sha256"] for name, table in users.items()})


def add_user(file: Path, name: str) -> str:
    """Add a user to a file, created if missing; returns the password, which is not stored.

    Raises:
        InputError: the name has invalid characters or is taken, or the file cannot be used.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name}: use letters, digits, '.', '_', '@' and '-', at most 60")
    if file.exists() and name in read_users(file):
        raise InputError(f"{file} has a user {name}; remove it or use another name")
    password = secrets.token_urlsafe(32)
    digest = hashlib.sha256(password.encode()).hexdigest()
    try:
        file.touch(0o600)
        with file.open("a") as opened:
            opened.write(f'[users."{name}"]\nsha256 = "{digest}"\n\n')
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    return password
