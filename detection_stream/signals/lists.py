"""Lookup lists for signals; the data is in ``lists.yml`` and ``brands.yml``."""

from __future__ import annotations

from functools import cache
from typing import Any

from detection_stream.data_files import load_data


def load(name: str) -> Any:
    """The content of a YAML file of this package."""
    return load_data("detection_stream.signals", name)


@cache
def names(which: str) -> frozenset[str]:
    """One list of ``lists.yml``: ``freemail``, ``shorteners``, ``free_hosts``, ..."""
    return frozenset(load("lists.yml")[which])


@cache
def brands() -> dict[str, frozenset[str]]:
    """Brands that attackers impersonate, with the registrable domains they send from."""
    return {brand: frozenset(domains) for brand, domains in load("brands.yml").items()}


@cache
def brand_domains() -> dict[str, str]:
    """Brand of each domain of ``brands``."""
    return {domain: brand for brand, domains in brands().items() for domain in domains}
