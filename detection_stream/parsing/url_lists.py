"""Lists of hosts and of parts of their names; the data is in ``urls.yml``."""

from __future__ import annotations

from functools import cache

from detection_stream.data_files import load_data


@cache
def url_list(which: str) -> frozenset[str]:
    """One list of ``urls.yml``: ``rewriters``, ``redirectors``, ``written_alone``, ..."""
    return frozenset(load_data("detection_stream.parsing", "urls.yml")[which])
