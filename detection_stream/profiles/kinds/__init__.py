"""Every kind of profile: a module of this folder that has a ``KIND`` is one."""

from __future__ import annotations

import importlib
import pkgutil

from detection_stream.profiles.kind_set import KindSet


def _discover() -> KindSet:
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return KindSet(tuple(importlib.import_module(f"{__name__}.{name}").KIND for name in modules))


KINDS = _discover()
"""All of them, in order of their names."""
