"""Reads the YAML files that come with the packages."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

# PyYAML's C parser, if available, reads the lists ten times faster.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_data(package: str, name: str) -> Any:
    """The content of a file of a package."""
    return yaml.load(files(package).joinpath(name).read_text("utf-8"), _Loader)
