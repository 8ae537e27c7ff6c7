"""The audit log."""

from __future__ import annotations

from typing import Any

from detection_stream.web.view import Result, Visit, view
from detection_stream.web.views.tables import NoParameters


class Audit(Result):
    """Recent sign-ins, reads of mail, changes and refusals of this process, newest first."""

    changes: list[dict[str, Any]]


@view("/audit", "audit.html", NoParameters, Audit, operate=True, whole=True)
async def audit(visit: Visit, asked: NoParameters) -> Audit:
    """Who signed in, read mail or changed something here, and what was refused to whom."""
    return Audit(changes=visit.audit.latest())
