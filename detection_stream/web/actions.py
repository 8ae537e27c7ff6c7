"""Actions that change something: retrying dead letters. Each is recorded in the audit log."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Meta, Struct

from detection_stream.web.members import queries as q
from detection_stream.web.problems import ProblemError, bad_request, forbidden
from detection_stream.web.security.guard import CSRF_FIELD
from detection_stream.web.site import Site
from detection_stream.web.view import Visit, parse

NonNegativeInt = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]


class RetryRequest(Struct, forbid_unknown_fields=True):
    """A dead letter, by its partition and offset in the dead-letter topic."""

    letter_partition: NonNegativeInt
    letter_offset: NonNegativeInt


class Retried(Struct):
    """Where the record was sent."""

    sent: str
    letter: q.DeadLetter


def retry_form(site: Site) -> Handler:
    """Handle the button on the page."""

    async def retry(request: web.Request) -> web.Response:
        given = {n: str(v) for n, v in (await request.post()).items() if n != CSRF_FIELD}
        retried = await _retry(site, request, parse(RetryRequest, given))
        return site.render(request, "retried.html", retried=retried)

    return retry


def retry_json(site: Site) -> Handler:
    """Handle the API request."""

    async def retry(request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise ProblemError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send a JSON object as application/json"
            )
        try:
            asked = msgspec.json.decode(await request.read(), type=RetryRequest)
        except msgspec.MsgspecError as error:
            raise bad_request(
                f"{error}; send an object with letter_partition and letter_offset"
            ) from error
        retried = await _retry(site, request, asked)
        return web.Response(body=msgspec.json.encode(retried), content_type="application/json")

    return retry


async def _retry(site: Site, request: web.Request, asked: RetryRequest) -> Retried:
    visit = site.visit(request)
    if not visit.who.operates:
        raise forbidden("retrying dead letters requires the role operate")
    letter = await _letter(visit, asked)
    if letter.retry:
        raise ProblemError(HTTPStatus.CONFLICT, f"cannot retry: {letter.retry}")
    # Log first: a retry must be in the log whatever happens to the response.
    details = {
        "partition": asked.letter_partition,
        "offset": asked.letter_offset,
        "reason": letter.reason,
    }
    remote = request.remote or ""
    await asyncio.to_thread(visit.audit.write, visit.who, remote, "retry dead letter", details)
    query = q.Retry(asked.letter_partition, asked.letter_offset)
    for answer in await visit.ask(query, q.RetryAnswer):
        if answer.problem:
            raise ProblemError(HTTPStatus.CONFLICT, f"cannot retry: {answer.problem}")
        if answer.sent and answer.letter:
            return Retried(answer.sent, answer.letter)
    raise visit.missing("no such dead letter")


async def _letter(visit: Visit, asked: RetryRequest) -> q.DeadLetter:
    """The letter; not found if the user may not see its tenant."""
    before = {asked.letter_partition: asked.letter_offset + 1}
    for answer in await visit.ask(q.DeadLetters(1, before), q.DeadLettersAnswer):
        for letter in answer.letters:
            same = letter.letter_partition == asked.letter_partition
            if same and letter.letter_offset == asked.letter_offset:
                visit.check(letter.tenant)
                return letter
    raise visit.missing("no such dead letter")
