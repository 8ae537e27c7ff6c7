"""One module a room of the web view; importing one registers its views."""

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
