"""Headers that two readers of one request must not understand differently."""

from __future__ import annotations

from collections import Counter

from aiohttp import web

from detection_stream.web.problems import bad_request

UNIQUE = (
    *("Host", "Authorization", "Content-Length", "Transfer-Encoding", "Content-Type", "Cookie"),
    *("Origin", "X-CSRF-Token", "Sec-Fetch-Site", "X-Detection-Stream-Proof"),
)
"""They say who asks, where a request ends, or whether it was meant (RFC 9110, 9112, 6265)."""
FORWARDED = "x-forwarded-"
"""How the names of a proxy's headers begin."""


def check_unique(request: web.Request, *others: str) -> None:
    """Refuse a request with a header twice that must come once.

    Raises:
        ProblemError: there is one.
    """
    counts = Counter(name.lower() for name, _ in request.headers.items())
    forwarded = (name for name in counts if name.startswith(FORWARDED))
    for name in (*UNIQUE, *others, *forwarded):
        if counts[name.lower()] > 1:
            raise bad_request(f"the header {name} comes twice")
