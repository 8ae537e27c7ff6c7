"""Lists of hosts and of parts of their names; the data is in ``urls.yml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml


@cache
def url_list(which: str) -> frozenset[str]:
    """One list of ``urls.yml``: ``rewriters``, ``redirectors``, ``written_alone``, ..."""
    text = files("detection_stream.parsing").joinpath("urls.yml").read_text("utf-8")
    return frozenset(yaml.safe_load(text)[which])
