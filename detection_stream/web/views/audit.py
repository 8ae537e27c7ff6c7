"""The audit log."""

from __future__ import annotations

from typing import Any

from detection_stream.web.view import Result, Visit, view
from detection_stream.web.views.tables import NoParameters


class Audit(Result):
    """Recent changes through this process, newest first."""

    changes: list[dict[str, Any]]


@view("/audit", "audit.html", NoParameters, Audit, operate=True, whole=True)
async def audit(visit: Visit, asked: NoParameters) -> Audit:
    """Changes made through this process, by whom, and from where."""
    return Audit(changes=visit.audit.latest())
