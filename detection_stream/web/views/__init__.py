"""One module a room of the web view; ``VIEWS`` has all of them, by their paths."""

from detection_stream.web.view import VIEWS
from detection_stream.web.views import (
    audit,
    dead_letters,
    detectors,
    entities,
    flow,
    messages,
    overview,
    tables,
    tenants,
    verdicts,
)

__all__ = [
    "VIEWS",
    "audit",
    "dead_letters",
    "detectors",
    "entities",
    "flow",
    "messages",
    "overview",
    "tables",
    "tenants",
    "verdicts",
]
