"""A digest of the running code: release numbers do not change with every edit."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

import detection_stream
import topologies

SUFFIXES = {".py", ".yml", ".json"}


@cache
def code_version() -> str:
    """A digest (16 hex digits) of all code, rules and lists of this installation."""
    digest = blake2b(digest_size=8)
    for package in (detection_stream, topologies):
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*")):
            if path.suffix in SUFFIXES:
                digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
