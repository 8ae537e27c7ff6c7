"""Renders a self-contained page; values from mail are escaped."""

from __future__ import annotations

from typing import Any

import jinja2


def render(template: str, **values: Any) -> str:
    """The page of a template in this folder."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("detection_stream.evaluation", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)
