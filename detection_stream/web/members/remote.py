"""A member in another process, queried over HTTP, and the server side of that."""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import TypeVar

import msgspec
from aiohttp import ClientError, ClientSession, web

from detection_stream.web.members.cluster import Member, MemberAwayError
from detection_stream.web.members.queries import Answer, AnyQuery, Query

log = logging.getLogger(__name__)

PATH = "/internal/ask"
SECRET_HEADER = "X-Detection-Stream-Secret"
MAX_BODY_BYTES = 1 << 20
"""Maximum query size; answers are bounded by the queries' limits."""

A = TypeVar("A", bound=Answer)

_decoder = msgspec.json.Decoder(AnyQuery)


class RemoteMember:
    """Asks a member at a URL; ``session`` may talk through a Unix socket."""

    def __init__(self, name: str, url: str, session: ClientSession, secret: str = "") -> None:
        self.name = name
        self._url = url
        self._session = session
        self._secret = secret

    async def ask(self, query: Query, answer: type[A]) -> A:
        """Ask over HTTP.

        Raises:
            MemberAwayError: it does not answer.
        """
        try:
            async with self._session.post(
                self._url + PATH,
                data=msgspec.json.encode(query),
                headers={SECRET_HEADER: self._secret, "Content-Type": "application/json"},
            ) as response:
                body = await response.read()
                if response.status != 200:
                    raise MemberAwayError(body.decode("utf-8", "replace")[:200])
                return msgspec.json.decode(body, type=answer)
        except (ClientError, OSError) as error:
            raise MemberAwayError(f"no answer ({type(error).__name__})") from error
        except msgspec.MsgspecError as error:
            raise MemberAwayError("it is of another release") from error


class Questions:
    """Answers other members' queries from this process's member.

    Whoever knows the secret may query everything, so users never get it.
    """

    def __init__(self, member: Member, secret: str, *, required: bool) -> None:
        self._member = member
        self._secret = secret
        self._required = required

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one question."""
        # Cross-site pages cannot send this header without a preflight, so it is
        # required even without a secret.
        given = request.headers.get(SECRET_HEADER)
        known = given is not None and hmac.compare_digest(
            given.encode("utf-8", "surrogateescape"), self._secret.encode()
        )
        if not known or (self._required and not self._secret):
            return web.Response(status=403, text="workers need the same [cluster] secret")
        try:
            # The application's own limit is for users' far smaller requests.
            whole = request.clone(client_max_size=MAX_BODY_BYTES)
            query = _decoder.decode(await whole.read())
        except msgspec.MsgspecError:
            return web.Response(status=400, text="it has another release")
        try:
            # The client has stopped waiting.
            async with asyncio.timeout(query.seconds):
                found = await self._member.ask(query, Answer)
        except MemberAwayError as error:
            return web.Response(status=503, text=str(error))
        except TimeoutError:
            return web.Response(status=503, text=f"no answer within {query.seconds:.0f} s")
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("could not answer a query: %s", type(query).__name__)
            return web.Response(status=500, text="failed to answer; see its log")
        return web.Response(body=msgspec.json.encode(found), content_type="application/json")
