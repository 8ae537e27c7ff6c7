"""Results as HTML. Everything from mail is escaped; links in mail are never links here."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from detection_stream import __version__
from detection_stream.decision.policy import VERDICTS
from detection_stream.detectors.detector import ATTACK_TYPES
from detection_stream.profiles.kinds import KINDS
from detection_stream.web import charts

TEMPLATES = Path(__file__).parent / "templates"
ROOMS = (
    ("/", "Overview"),
    ("/verdicts", "Verdicts"),
    ("/tables", "Tables"),
    ("/tenants", "Tenants"),
    ("/detectors", "Detectors"),
    ("/flow", "Flow"),
    ("/dead-letters", "Dead letters"),
)
"""Sections in the navigation."""

_SCHEME = re.compile(r"\b(h)tt(ps?)://", re.IGNORECASE)
_DOT = re.compile(r"(?<=[\w-])\.(?=[\w-])")


def environment() -> Environment:
    """The templates, with their filters."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "when": when,
        "number": number,
        "size": size,
        "defang": defang,
        "words": words,
        "visible": visible,
        "json": as_json,
        "day": lambda at: f"{_moment(at):%Y-%m-%d}",
    }
    env.globals |= {
        "rooms": ROOMS,
        "release": __version__,
        "verdict_names": VERDICTS,
        "attack_types": ATTACK_TYPES,
        "charts": charts,
        "entity_link": entity_link,
        # Those that a token of some tenants may see: the others span all tenants.
        "tables_by_tenant": frozenset(KINDS.names),
        "link": link,
    }
    return env


def when(at: float | None) -> Markup:
    """A time (milliseconds since 1970) in UTC, to the minute."""
    if at is None:
        return Markup('<span class="faint">never</span>')
    moment = _moment(at)
    return Markup('<time datetime="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), f"{moment:%Y-%m-%d %H:%M}"
    )


def _moment(at: float) -> datetime:
    try:
        return datetime.fromtimestamp(at / 1_000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def number(value: float | None) -> str:
    """A formatted number; a dash for None."""
    if value is None:
        return "\N{EN DASH}"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3g}"


def size(value: float) -> str:
    """A formatted number of bytes."""
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1_000:
            return f"{value:,.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1_000
    return f"{value:,.1f} TB"


def defang(text: str) -> str:
    """A defanged link."""
    return _DOT.sub("[.]", _SCHEME.sub(r"\1xx\2://", text))


def words(name: str) -> str:
    """A code name in plain words."""
    return {"bec": "business e-mail compromise"}.get(name, name.replace("_", " "))


def visible(text: str) -> str:
    """Text with control and direction characters made visible."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else f"\\u{ord(char):04x}" for char in text
    )


def as_json(value: Any) -> str:
    """JSON for a data attribute; the template escapes it."""
    return msgspec.json.encode(value).decode()


def link(path: str, **query: Any) -> str:
    """A link into the web view, without empty query parameters."""
    kept = {name: value for name, value in query.items() if value not in {None, ""}}
    return f"{path}?{urlencode(kept)}" if kept else path


def entity_link(kind: str, tenant: str, value: str, **query: Any) -> str:
    """A link to the profile of an entity."""
    return link(f"/entities/{kind}", tenant=tenant, value=value, **query)
