"""Middlewares: authentication, rate limits, origin checks, and response headers."""

from __future__ import annotations

import hmac
import ipaddress
import math
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from itsdangerous import BadData, URLSafeTimedSerializer

from detection_stream.web.fair_thread import ASKER
from detection_stream.web.problems import ProblemError, bad_request, forbidden
from detection_stream.web.security.access import LOCAL, Access, Principal
from detection_stream.web.security.limits import MAX_FAILED_BURST, MAX_FAILED_PER_SECOND, RateLimit
from detection_stream.web.security.unique_headers import check_unique

COOKIE = "detection-stream"
SESSION_SECONDS = 12 * 3_600
CSRF_FIELD = "csrf"
OPEN_PATHS = ("/static/", "/sign-in", "/internal/", "/favicon.ico")
"""Paths open to everyone; they reveal nothing."""

PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", Principal)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Guard:
    """Authenticates and admits requests."""

    def __init__(self, access: Access, *, loopback: bool) -> None:
        self.access = access
        self._loopback = loopback
        self._sessions = URLSafeTimedSerializer(access.key, salt="session")
        self._forms = URLSafeTimedSerializer(access.key, salt="form")
        self._requests = RateLimit()
        self._failures = RateLimit(MAX_FAILED_BURST, MAX_FAILED_PER_SECOND)

    @web.middleware
    async def let_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Apply rate limits, authenticate, refuse cross-site requests."""
        remote = request.remote or ""
        check_unique(request, self.access.proxy_header)
        self._check_host(request)
        who = self._who(request, remote)
        # Behind a proxy all clients share one address.
        wait = self._requests.wait(f"{remote} {who.name if who else ''}")
        # Workers query each other as often as users do.
        if wait and not request.path.startswith("/internal/"):
            raise _too_many(wait)
        if who is None and not request.path.startswith(OPEN_PATHS):
            raise self._unknown(request)
        if who is not None:
            request[PRINCIPAL] = who
            ASKER.set(f"{who.name} {remote}")
        if request.method not in {"GET", "HEAD", "OPTIONS"} and not request.path.startswith(
            "/internal/"
        ):
            await self._check_origin(request, who)
        return await handler(request)

    def _check_host(self, request: web.Request) -> None:
        """Refuse foreign host names that resolve to this address (DNS rebinding)."""
        if not self._loopback:
            return
        name = _host(f"//{request.host}")
        if name not in self.access.names | {"localhost"} and not _is_loopback(name):
            raise forbidden(f"this address is not {name}; use http://127.0.0.1 or http://localhost")

    def _who(self, request: web.Request, remote: str) -> Principal | None:
        if not self.access.closed:
            return LOCAL
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.of_token(token.strip(), remote)
        found = self.access.of_proxy(remote, request.headers)
        return found or self._of_cookie(request)

    def of_token(self, token: str, remote: str) -> Principal | None:
        """The owner of a token; guessing is rate-limited.

        Raises:
            ProblemError: too many wrong tokens from the address.
        """
        found = self.access.of_token(token)
        # Only wrong tokens count, so that nobody can lock out others behind the same address.
        if found is None and self._failures.wait(remote):
            raise _too_many(1 / MAX_FAILED_PER_SECOND)
        return found

    def _of_cookie(self, request: web.Request) -> Principal | None:
        try:
            name = self._sessions.loads(request.cookies.get(COOKIE, ""), max_age=SESSION_SECONDS)
        except BadData:
            return None
        return self.access.of_name(name)

    def session(self, who: Principal) -> str:
        """A session cookie for the owner of a token."""
        return str(self._sessions.dumps(who.name))

    def form_token(self, who: Principal | None) -> str:
        """The CSRF token of forms."""
        return str(self._forms.dumps(who.name if who else ""))

    async def _check_origin(self, request: web.Request, who: Principal | None) -> None:
        if request.headers.get("Authorization", "").lower().startswith("bearer "):
            # Browsers never add that by themselves.
            return
        origin = request.headers.get("Origin")
        if origin is not None:
            same = origin.partition("://")[2] == request.host
            if not same and _host(origin) not in self.access.names:
                raise forbidden("the form was sent by another site")
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            raise forbidden("the form was sent by another site")
        given = request.headers.get("X-CSRF-Token")
        if given is None and request.content_type != "application/json":
            try:
                given = str((await request.post()).get(CSRF_FIELD, ""))
            except (ValueError, LookupError) as error:
                raise bad_request("the form cannot be read") from error
        if given is None:
            # Cross-site pages cannot send JSON without a preflight, which is never granted.
            return
        try:
            name = self._forms.loads(given, max_age=SESSION_SECONDS)
        except BadData as error:
            raise forbidden("the form has expired; reload the page and try again") from error
        if not hmac.compare_digest(str(name).encode(), (who.name if who else "").encode()):
            raise forbidden("the form belongs to another user; reload the page and try again")

    def _unknown(self, request: web.Request) -> Exception:
        if "HX-Request" in request.headers:
            # A fragment of an open page: the whole page must go to the sign-in.
            return ProblemError(
                HTTPStatus.UNAUTHORIZED, "the session has ended", {"HX-Refresh": "true"}
            )
        if request.path.startswith("/api/") or request.method != "GET":
            return ProblemError(
                HTTPStatus.UNAUTHORIZED,
                "send a valid token as Authorization: Bearer TOKEN",
                {"WWW-Authenticate": "Bearer"},
            )
        return web.HTTPSeeOther(f"/sign-in?next={quote(request.path_qs)}")


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add headers to every response; a handler's own are kept."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _host(url: str) -> str:
    """The host name of a URL; empty if invalid."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _too_many(seconds: float) -> ProblemError:
    wait = max(1, math.ceil(seconds))
    return ProblemError(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"too many requests; retry in {wait} s",
        {"Retry-After": str(wait)},
    )
