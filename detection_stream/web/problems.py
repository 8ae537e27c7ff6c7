"""What is wrong with a request, for people and as RFC 9457 says it for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class ProblemError(Exception):
    """A request that cannot be answered; ``detail`` says what is wrong and what to do."""

    def __init__(self, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None):
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    def document(self, path: str) -> dict[str, Any]:
        """The problem document."""
        return {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "instance": path,
        }


def bad_request(detail: str) -> ProblemError:
    """The request says something that cannot be understood."""
    return ProblemError(HTTPStatus.BAD_REQUEST, detail)


def not_found(detail: str) -> ProblemError:
    """There is no such thing, or the asker may not know of it."""
    return ProblemError(HTTPStatus.NOT_FOUND, detail)


def forbidden(detail: str) -> ProblemError:
    """The asker may not do that."""
    return ProblemError(HTTPStatus.FORBIDDEN, detail)
