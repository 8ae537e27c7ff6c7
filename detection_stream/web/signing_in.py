"""Signing in with a token, for browsers: a cookie remembers it for 12 hours."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from aiohttp import web

from detection_stream.web.problems import ProblemError
from detection_stream.web.security.guard import COOKIE, PRINCIPAL, SESSION_SECONDS
from detection_stream.web.site import Site


class SigningIn:
    """Handlers of the sign-in form."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def form(self, request: web.Request) -> web.Response:
        """Show the form."""
        return self._page(request, _inside(request.query.get("next", "/")), "")

    async def sign_in(self, request: web.Request) -> web.Response:
        """Check the token."""
        given = await request.post()
        then = _inside(str(given.get("next", "/")))
        token = str(given.get("token", "")).strip()
        who = self._site.guard.of_token(token, request.remote or "")
        if who is None:
            page = self._page(request, then, "Unknown token.")
            page.set_status(HTTPStatus.UNAUTHORIZED)
            return page
        audit, remote = self._site.audit, request.remote or ""
        audit.sees(who, remote)
        await asyncio.to_thread(audit.write, who, remote, "sign in", {"with": "form"})
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": then})
        secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
        response.set_cookie(
            COOKIE,
            self._site.guard.session(who),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=secure,
        )
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        """Sign out."""
        who, audit = request.get(PRINCIPAL), self._site.audit
        if who is not None:
            await asyncio.to_thread(audit.write, who, request.remote or "", "sign out", {})
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/sign-in"})
        response.del_cookie(COOKIE, httponly=True, samesite="Strict")
        return response

    def _page(self, request: web.Request, then: str, problem: str) -> web.Response:
        if not self._site.guard.access.closed:
            raise ProblemError(HTTPStatus.NOT_FOUND, "this server needs no sign-in")
        return self._site.render(request, "sign_in.html", then=then, problem=problem)


def _inside(path: str) -> str:
    """A path on this site, never another site, whatever the link says."""
    harmless = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if harmless and path.isprintable() else "/"
