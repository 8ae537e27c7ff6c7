"""One module a room of the web view; ``VIEWS`` has the views of all of them, by their paths."""

from __future__ import annotations

import importlib
import pkgutil

from detection_stream.web.view import VIEWS

__all__ = ["VIEWS"]

for _module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    importlib.import_module(f"{__name__}.{_module}")
