"""The detectors under test in a back-test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from detection_stream.detectors.registry import (
    DetectorSet,
    detector_set,
    load_detector,
    load_detectors,
)
from detection_stream.errors import InputError
from detection_stream.signals.registry import all_signals


def candidates(paths: Sequence[Path]) -> DetectorSet:
    """A directory is a whole set; files replace shipped detectors of their id, or are added.

    Raises:
        InputError: a path is missing, or directories and files are mixed.
        RuleError: a detector does not load.
    """
    signals = [signal.name for signal in all_signals()]
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such detector; use files or a directory")
    if len(paths) == 1 and paths[0].is_dir():
        return load_detectors(paths[0], signals)
    if any(path.is_dir() for path in paths):
        raise InputError("use one directory of detectors, or files, not both")
    known = dict(load_detectors(signals=signals).by_id)
    known |= {one.id: one for one in (load_detector(path, signals) for path in paths)}
    return detector_set(list(known.values()))
