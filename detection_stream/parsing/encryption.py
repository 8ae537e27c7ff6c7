"""Whether a file is encrypted, so that nobody on the way can look into it."""

from __future__ import annotations

import re
from typing import Final

_ENVELOPED: Final = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
"""The object identifier of CMS enveloped data (RFC 5652), in DER."""
_ARMOUR: Final = b"-----BEGIN PGP MESSAGE-----"
_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
"""The stream that holds an Office document with a password (MS-OFFCRYPTO)."""
# An entry of the directory; the lowest of its flags, behind two versions, says so.
_LOCKED_MEMBER = re.compile(
    rb"PK\x01\x02.{4}[" + re.escape(bytes(range(1, 256, 2))) + rb"]", re.DOTALL
)
_HEAD: Final = 4_096


def is_encrypted(content: bytes, found: str) -> bool:
    """Whether content of a format is: S/MIME, PGP, ZIP, PDF and Office documents."""
    if found == "zip":
        return _LOCKED_MEMBER.search(content) is not None
    if found == "ole":
        return _PACKAGE in content
    if found == "pdf":
        return b"/Encrypt" in content
    if content.startswith(b"\x30"):
        return _ENVELOPED in content[:24]
    return _ARMOUR in content[:_HEAD]
