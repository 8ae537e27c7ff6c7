"""Makes tokens, and the lines of an access file that know them."""

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
    """A token, and the lines that know it; without tenants it is for all of them.

    Raises:
        InputError: the name has characters that are not taken.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name}: use letters, digits, '.', '_', '@' and '-', at most 60")
    token = secrets.token_urlsafe(32)
    lines = f'[tokens."{name}"]\nsha256 = "{digest(token)}"\nrole = "{role}"\n'
    if tenants:
        lines += f"tenants = {json.dumps(list(tenants))}\n"
    return token, lines


def add_to(file: Path, name: str, lines: str) -> None:
    """Add the lines to an access file; a new one also gets a secret that workers share.

    Raises:
        InputError: the file is no access file, knows the name already, or cannot be written.
    """
    try:
        if not file.exists():
            file.touch(0o600)
            file.write_text(f'[cluster]\nsecret = "{secrets.token_urlsafe(32)}"\n\n{lines}')
        elif read_access(file).of_name(name):
            raise InputError(f"{file} has a token of {name}; remove its lines, or use another name")
        else:
            with file.open("a") as opened:
                opened.write(f"\n{lines}")
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
