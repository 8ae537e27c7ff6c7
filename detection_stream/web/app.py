"""The web application: every view as a page and in the API, plus the other routes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from detection_stream.detectors.registry import load_detectors
from detection_stream.errors import DetectionStreamError
from detection_stream.runtime.shared_secret import SharedSecret
from detection_stream.runtime.topology import Topology
from detection_stream.signals.registry import all_signals
from detection_stream.web import actions
from detection_stream.web.members.cluster import Cluster
from detection_stream.web.members.remote import PATH, Questions
from detection_stream.web.openapi import document
from detection_stream.web.pages import entity_link, environment
from detection_stream.web.problems import ProblemError, forbidden
from detection_stream.web.security.access import Access
from detection_stream.web.security.audit import AuditLog
from detection_stream.web.security.audited import audit_arrivals, audit_refusals
from detection_stream.web.security.guard import Guard, add_headers
from detection_stream.web.signing_in import SigningIn
from detection_stream.web.site import Site
from detection_stream.web.view import API, View, parse
from detection_stream.web.views import VIEWS

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
MAX_BODY_BYTES = 64 << 10
"""Maximum body of a user's request; none of them is large."""


def make_app(
    cluster: Cluster, topology: Topology, access: Access, audit: AuditLog, *, loopback: bool
) -> web.Application:
    """The application; ``loopback`` says that only this machine can reach it."""
    detectors = load_detectors(signals=[signal.name for signal in all_signals()])
    guard = Guard(access, loopback=loopback)
    site = Site(cluster, topology, detectors, audit, guard, environment())
    app = web.Application(
        middlewares=[_problems(site), audit_refusals(audit), guard.let_in, audit_arrivals(audit)],
        client_max_size=MAX_BODY_BYTES,
    )
    app.on_response_prepare.append(add_headers)
    for view in VIEWS.values():
        app.router.add_get(view.path, _page(site, view))
        app.router.add_get(f"{API}{view.path}".rstrip("/") or API, _answer(site, view))
    app.router.add_get(f"{API}/openapi.json", _openapi())
    app.router.add_get("/verdicts/{uid}/download", _download(site))
    app.router.add_get("/entities", _find)
    app.router.add_post("/dead-letters/retry", actions.retry_form(site))
    app.router.add_post(f"{API}/dead-letters/retry", actions.retry_json(site))
    signing_in = SigningIn(site)
    app.router.add_get("/sign-in", signing_in.form)
    app.router.add_post("/sign-in", signing_in.sign_in)
    app.router.add_post("/sign-out", signing_in.sign_out)
    questions = Questions(cluster.own, SharedSecret(access.secret), required=access.closed)
    app.router.add_post(PATH, questions.answer)
    app.router.add_static("/static/", STATIC)
    return app


async def _ask(site: Site, view: View, request: web.Request) -> Any:
    visit = site.visit(request)
    if view.operate and not visit.who.operates:
        raise forbidden("that requires the role operate")
    if view.whole and visit.who.tenants is not None:
        raise forbidden("that spans all tenants, but your token covers only some")
    asked = parse(view.parameters, {**request.query, **request.match_info})
    result = await view.function(visit, asked)
    if view.reads:
        # Log first: what was read must be in the log whatever happens to the response.
        details = {**request.match_info, "path": request.path}
        remote = request.remote or ""
        await asyncio.to_thread(visit.audit.write, visit.who, remote, view.reads, details)
    result.notes, result.index = [*visit.notes, *result.notes], visit.index
    return result


def _page(site: Site, view: View) -> Handler:
    async def page(request: web.Request) -> web.Response:
        return site.render(request, view.template, result=await _ask(site, view, request))

    return page


def _answer(site: Site, view: View) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        return json_response(await _ask(site, view, request))

    return answer


def json_response(value: Any) -> web.Response:
    """JSON; NaN and infinities become null."""
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


def _openapi() -> Handler:
    body = msgspec.json.encode(document())

    async def openapi(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    return openapi


def _download(site: Site) -> Handler:
    view = VIEWS["/verdicts/{uid}"]

    async def download(request: web.Request) -> web.Response:
        response = json_response(await _ask(site, view, request))
        name = f"verdict-{request.match_info['uid']}.json"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    return download


async def _find(request: web.Request) -> web.Response:
    """Redirect the entity search form."""
    given = request.query
    kind = quote(given.get("kind", "address"), safe="")
    tenant, value = given.get("tenant", ""), given.get("value", "")
    raise web.HTTPSeeOther(entity_link(kind, tenant, value))


def _problems(site: Site) -> Any:
    """A middleware that turns errors into a plain page, or a problem document in the API."""

    @web.middleware
    async def problems(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except ProblemError as error:
            return _problem(site, request, error)
        except web.HTTPRedirection:
            raise
        except web.HTTPException as error:
            kept = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
            found = ProblemError(
                HTTPStatus(error.status), _WORDS.get(error.status, error.reason), kept
            )
            return _problem(site, request, found)
        except DetectionStreamError as error:
            found = ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
            return _problem(site, request, found)
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            found = ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, _FAILED)
            return _problem(site, request, found)

    return problems


_FAILED = "this page failed; see the log of the process. Everything else keeps running"
_WORDS = {
    404: "no such page; use the navigation",
    405: "this page does not support that method",
    413: f"the body is larger than {MAX_BODY_BYTES:,} bytes, the maximum",
}


def _problem(site: Site, request: web.Request, error: ProblemError) -> web.Response:
    if request.path.startswith("/api/"):
        body = msgspec.json.encode(error.document(request.path))
        response = web.Response(body=body, content_type="application/problem+json")
    else:
        response = site.render(request, "problem.html", problem=error)
    response.set_status(error.status)
    response.headers.update(error.headers)
    return response
