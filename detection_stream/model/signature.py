"""Signatures of records that say something about a tenant: profiles and people.

Mail comes from strangers and proves nothing; what changes how a tenant is decided counts only when
whoever runs the engine has signed it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from detection_stream.errors import InputError

CONTROL_FORMATS = frozenset({"tenant", "person"})
"""Formats of records that must be signed."""
SIGNATURE = "signature"
"""The record header of the signature."""
KEY_BYTES = 32
"""Length of a key: that of the digest (RFC 2104, section 3)."""

_SIGNED = ("tenant", "format", "received_at", "own_domains")


@dataclass(frozen=True, slots=True)
class OperatorKeys:
    """Keys of the operator: the first signs, all are believed, so that keys can be changed."""

    keys: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def generated(cls) -> OperatorKeys:
        """One new random key."""
        return cls((secrets.token_bytes(KEY_BYTES),))

    def __bool__(self) -> bool:
        return bool(self.keys)

    def also(self, others: OperatorKeys) -> OperatorKeys:
        """These, and behind them others that are believed."""
        return OperatorKeys(tuple(dict.fromkeys(self.keys + others.keys)))

    def signed(self, headers: Mapping[str, bytes], value: bytes) -> dict[str, bytes]:
        """The headers of a record with its signature.

        Raises:
            InputError: there is no key.
        """
        if not self.keys:
            raise InputError(NO_KEY)
        return {**headers, SIGNATURE: _digest(self.keys[0], headers, value)}

    def problem(self, headers: Mapping[str, bytes], value: bytes) -> str:
        """Why a record does not count; empty if a key has signed it."""
        given = headers.get(SIGNATURE)
        if given is None:
            return "it is not signed with the operator's key"
        if not self.keys:
            return "it is signed, but no operator key is given to check that"
        for key in self.keys:
            if hmac.compare_digest(given, _digest(key, headers, value)):
                return ""
        return "its signature is of no operator key that is given, or it was changed"


NO_KEYS = OperatorKeys()
"""Nothing is signed with these, and nothing believed."""
NO_KEY = (
    "tenant profiles and people must be signed; pass --operator-key FILE (`operator-key FILE` "
    "creates one)"
)


def _digest(key: bytes, headers: Mapping[str, bytes], value: bytes) -> bytes:
    """The digest of what the record says."""
    return keyed_digest(key, [*(headers.get(name, b"") for name in _SIGNED), value]).encode()


def keyed_digest(key: bytes, parts: Sequence[bytes]) -> str:
    """HMAC-SHA-256 (RFC 2104) of parts, in hexadecimal; their lengths keep them apart."""
    message = b"".join(len(part).to_bytes(8) + part for part in parts)
    return hmac.new(key, message, hashlib.sha256).hexdigest()
