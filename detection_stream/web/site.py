"""What all handlers share: the cluster, the user and the templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from jinja2 import Environment

from detection_stream.detectors.registry import DetectorSet
from detection_stream.runtime.topology import Topology
from detection_stream.web.members.cluster import Cluster
from detection_stream.web.security.audit import AuditLog
from detection_stream.web.security.guard import PRINCIPAL, Guard
from detection_stream.web.view import Visit


class _QueryString(dict[str, str]):
    """Query parameters; missing ones are empty."""

    def __missing__(self, name: str) -> str:
        return ""


@dataclass(frozen=True)
class Site:
    """What all handlers share."""

    cluster: Cluster
    topology: Topology
    detectors: DetectorSet
    audit: AuditLog
    guard: Guard
    pages: Environment

    def visit(self, request: web.Request) -> Visit:
        """The authenticated user."""
        return Visit(self.cluster, self.topology, self.detectors, self.audit, request[PRINCIPAL])

    def render(self, request: web.Request, template: str, **values: Any) -> web.Response:
        """Render a page."""
        who = request.get(PRINCIPAL)
        text = self.pages.get_template(template).render(
            path=request.path,
            query=_QueryString(request.query),
            who=who,
            closed=self.guard.access.closed,
            csrf=self.guard.form_token(who),
            **values,
        )
        return web.Response(text=text, content_type="text/html")
