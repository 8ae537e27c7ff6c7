"""Workers prove to each other that they know the same secret, without ever sending it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from itertools import islice

from detection_stream.model.signature import keyed_digest

MAX_AGE_SECONDS = 60
"""Age of a proof, either way: clocks of workers may differ by less than this."""
NONCE_BYTES = 16
"""Bytes that make each proof count once."""


class SharedSecret:
    """Makes and checks proofs: HMACs with SHA-256 of a purpose, the time, a nonce and a content.

    A proof counts once, for ``MAX_AGE_SECONDS``. With an empty secret anybody can make one.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"detection-stream workers\0" + secret.encode()).digest()
        self.known = bool(secret)
        """Whether there is a secret at all."""
        self._used: dict[str, float] = {}

    def proof(self, purpose: str, content: bytes) -> str:
        """A proof for a content; ``purpose`` says what it is, and to what it belongs."""
        at, nonce = str(int(time.time())), secrets.token_hex(NONCE_BYTES)
        return f"{at}.{nonce}.{self._digest(purpose, at, nonce, content)}"

    def problem(self, purpose: str, content: bytes, proof: str) -> str:
        """Why a proof does not count; empty if it does, this one time."""
        at, _, rest = proof.partition(".")
        nonce, _, digest = rest.partition(".")
        if not hmac.compare_digest(
            self._digest(purpose, at, nonce, content).encode(),
            digest.encode("utf-8", "surrogateescape"),
        ):
            return "workers need the same [cluster] secret"
        # Only one who knows the secret comes here, so what is remembered is bounded by their rate.
        now = time.time()
        if not at.isdigit() or abs(now - int(at)) > MAX_AGE_SECONDS:
            return f"the clocks of the workers differ by more than {MAX_AGE_SECONDS} s"
        if nonce in self._used:
            return "this was said before"
        self._forget(now)
        self._used[nonce] = now
        return ""

    def _forget(self, now: float) -> None:
        """Drop the nonces whose proofs are too old by now; the first ones are the oldest."""
        # Twice the age: a proof may come from a clock that is ahead.
        for nonce, at in list(islice(self._used.items(), 8)):
            if now - at <= 2 * MAX_AGE_SECONDS:
                break
            del self._used[nonce]

    def _digest(self, purpose: str, at: str, nonce: str, content: bytes) -> str:
        parts = [part.encode("utf-8", "surrogateescape") for part in (purpose, at, nonce)]
        return keyed_digest(self._key, [*parts, content])
