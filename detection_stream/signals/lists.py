"""Lists that signals look things up in; the data is in ``lists.yml`` and ``brands.yml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# The parser in C, where PyYAML was built with it, reads the lists ten times faster.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(name: str) -> Any:
    """The content of a YAML file of this package."""
    text = files("detection_stream.signals").joinpath(name).read_text("utf-8")
    return yaml.load(text, _Loader)


@cache
def names(which: str) -> frozenset[str]:
    """One list of ``lists.yml``: ``freemail``, ``shorteners``, ``free_hosts``, ..."""
    return frozenset(load("lists.yml")[which])


@cache
def brands() -> dict[str, frozenset[str]]:
    """Brands that attackers imitate, each with the registrable domains that it sends from."""
    return {brand: frozenset(domains) for brand, domains in load("brands.yml").items()}


@cache
def brand_domains() -> dict[str, str]:
    """Brand of each domain of ``brands``."""
    return {domain: brand for brand, domains in brands().items() for domain in domains}
