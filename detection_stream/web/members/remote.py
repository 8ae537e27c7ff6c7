"""A member in another process, queried over HTTP, and the server side of that."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import TypeVar

import msgspec
from aiohttp import ClientError, ClientSession, web

from detection_stream.errors import BusyError
from detection_stream.runtime.shared_secret import SharedSecret
from detection_stream.web.fair_thread import ASKER
from detection_stream.web.members.cluster import Member, MemberAwayError
from detection_stream.web.members.queries import Answer, AnyQuery, Query

log = logging.getLogger(__name__)

PATH = "/internal/ask"
PROOF_HEADER = "X-Detection-Stream-Proof"
"""Proves that a question, or its answer, comes from a worker with the same secret."""
ASKER_HEADER = "X-Detection-Stream-Asker"
"""Stands for the session that a question comes from, so that sessions share a worker fairly."""
MAX_BODY_BYTES = 1 << 20
"""Maximum query size; answers are bounded by the queries' limits."""

A = TypeVar("A", bound=Answer)

NO_SECRET = SharedSecret("")
"""For members on this machine that others cannot reach."""

_decoder = msgspec.json.Decoder(AnyQuery)


class RemoteMember:
    """Asks a member at a URL; ``session`` may talk through a Unix socket."""

    def __init__(
        self, name: str, url: str, session: ClientSession, secret: SharedSecret = NO_SECRET
    ) -> None:
        self.name = name
        self._url = url
        self._session = session
        self._secret = secret

    async def ask(self, query: Query, answer: type[A]) -> A:
        """Ask over HTTP.

        Raises:
            MemberAwayError: it does not answer.
        """
        asked = msgspec.json.encode(query)
        # Not as it is: the names of users are nothing for a header.
        asker = hashlib.sha256(ASKER.get().encode("utf-8", "replace")).hexdigest()[:16]
        proof = self._secret.proof(_question_of(asker), asked)
        try:
            async with self._session.post(
                self._url + PATH,
                data=asked,
                headers={
                    PROOF_HEADER: proof,
                    ASKER_HEADER: asker,
                    "Content-Type": "application/json",
                },
            ) as response:
                body = await response.read()
                if response.status != 200:
                    raise MemberAwayError(body.decode("utf-8", "replace")[:200])
                given = response.headers.get(PROOF_HEADER, "")
                if problem := self._secret.problem(_answer_to(proof), body, given):
                    raise MemberAwayError(problem)
                return msgspec.json.decode(body, type=answer)
        except (ClientError, OSError) as error:
            raise MemberAwayError(f"no answer ({type(error).__name__})") from error
        except msgspec.MsgspecError as error:
            raise MemberAwayError("it is of another release") from error


class Questions:
    """Answers other members' queries from this process's member.

    Whoever knows the secret may query everything, so users never get it, and it is never sent.
    """

    def __init__(self, member: Member, secret: SharedSecret, *, required: bool) -> None:
        self._member = member
        self._secret = secret
        self._required = required

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one question."""
        # Cross-site pages cannot send this header without a preflight, so it is
        # required even without a secret.
        proof = request.headers.get(PROOF_HEADER)
        asker = request.headers.get(ASKER_HEADER, "")
        if proof is None or (self._required and not self._secret.known):
            return web.Response(status=403, text="workers need the same [cluster] secret")
        # The application's own limit is for users' far smaller requests.
        asked = await request.clone(client_max_size=MAX_BODY_BYTES).read()
        if problem := self._secret.problem(_question_of(asker), asked, proof):
            return web.Response(status=403, text=problem)
        try:
            query = _decoder.decode(asked)
        except msgspec.MsgspecError:
            return web.Response(status=400, text="it has another release")
        ASKER.set(asker)
        return await self._answered(query, proof)

    async def _answered(self, query: Query, proof: str) -> web.Response:
        try:
            # The client has stopped waiting.
            async with asyncio.timeout(query.seconds):
                found = await self._member.ask(query, Answer)
        except (MemberAwayError, BusyError) as error:
            return web.Response(status=503, text=str(error))
        except TimeoutError:
            return web.Response(status=503, text=f"no answer within {query.seconds:.0f} s")
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("could not answer a query: %s", type(query).__name__)
            return web.Response(status=500, text="failed to answer; see its log")
        body = msgspec.json.encode(found)
        response = web.Response(body=body, content_type="application/json")
        response.headers[PROOF_HEADER] = self._secret.proof(_answer_to(proof), body)
        return response


def _question_of(asker: str) -> str:
    return f"question of {asker}"


def _answer_to(proof: str) -> str:
    """The purpose of an answer: to one question, so that no other answer passes for it."""
    return f"answer to {proof}"
