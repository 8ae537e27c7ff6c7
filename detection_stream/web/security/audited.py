"""Middlewares that put refusals and arrivals into the audit log."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from detection_stream.web.problems import ProblemError
from detection_stream.web.security.access import LOCAL
from detection_stream.web.security.audit import AuditLog
from detection_stream.web.security.guard import COOKIE, PRINCIPAL

REFUSALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


def audit_refusals(audit: AuditLog) -> Any:
    """Record every response that refuses something."""

    async def record(request: web.Request, status: int, reason: str) -> None:
        if status in REFUSALS:
            who, path = request.get(PRINCIPAL), f"{request.method} {request.path}"
            await asyncio.to_thread(
                audit.refuse, who, request.remote or "", int(status), path, reason
            )

    @web.middleware
    async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except ProblemError as error:
            await record(request, error.status, error.detail)
            raise
        except web.HTTPException as error:
            await record(request, error.status, error.reason)
            raise
        await record(request, response.status, response.reason or "")
        return response

    return refusals


def audit_arrivals(audit: AuditLog) -> Any:
    """Record users who are let in without a session: by a token of a program, or by a proxy."""

    @web.middleware
    async def arrivals(request: web.Request, handler: Handler) -> web.StreamResponse:
        who, address = request.get(PRINCIPAL), request.remote or ""
        named = who is not None and who is not LOCAL and COOKIE not in request.cookies
        if who is not None and named and audit.sees(who, address):
            await asyncio.to_thread(audit.write, who, address, "sign in", {"with": _with(request)})
        return await handler(request)

    return arrivals


def _with(request: web.Request) -> str:
    return "token" if "Authorization" in request.headers else "proxy"
