"""The part of a stage that needs no state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from detection_stream.runtime.inputs import Input

Prepare = Callable[[Input], Any]
"""A pure function of an input; its result is passed to the stage."""
