"""All kinds of profile: one for each module of this folder with a ``KIND``."""

from __future__ import annotations

import importlib
import pkgutil

from detection_stream.profiles.kind_set import KindSet


def _discover() -> KindSet:
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return KindSet(tuple(importlib.import_module(f"{__name__}.{name}").KIND for name in modules))


KINDS = _discover()
"""All kinds, in name order."""
