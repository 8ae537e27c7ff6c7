"""Creates tokens and their entries in an access file."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from detection_stream.errors import InputError
from detection_stream.web.security.access import digest, read_access

_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,60}")


def new_token(name: str, role: str, tenants: Sequence[str]) -> tuple[str, str]:
    """A token and its entry; without tenants it covers all of them.

    Raises:
        InputError: the name has invalid characters.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name}: use letters, digits, '.', '_', '@' and '-', at most 60")
    token = secrets.token_urlsafe(32)
    lines = f'[tokens."{name}"]\nsha256 = "{digest(token)}"\nrole = "{role}"\n'
    if tenants:
        lines += f"tenants = {json.dumps(list(tenants))}\n"
    return token, lines


def add_to(file: Path, name: str, lines: str) -> None:
    """Add an entry to an access file; a new file also gets a secret for the workers.

    Raises:
        InputError: the file is not an access file, already has the name, or cannot be written.
    """
    try:
        if not file.exists():
            file.touch(0o600)
            file.write_text(f'[cluster]\nsecret = "{secrets.token_urlsafe(32)}"\n\n{lines}')
        elif read_access(file).of_name(name):
            raise InputError(f"{file} has a token for {name}; remove it or use another name")
        else:
            with file.open("a") as opened:
                opened.write(f"\n{lines}")
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
