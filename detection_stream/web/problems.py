"""Request errors, as pages and as RFC 9457 problem documents."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class ProblemError(Exception):
    """A request that cannot be answered; ``detail`` says why and what to do."""

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
    """A malformed request."""
    return ProblemError(HTTPStatus.BAD_REQUEST, detail)


def not_found(detail: str) -> ProblemError:
    """Not found, or hidden from the user."""
    return ProblemError(HTTPStatus.NOT_FOUND, detail)


def forbidden(detail: str) -> ProblemError:
    """Not allowed for the user."""
    return ProblemError(HTTPStatus.FORBIDDEN, detail)
