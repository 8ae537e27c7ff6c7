"""The detectors that a back-test tries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from detection_stream.detectors.loader import load_rule
from detection_stream.detectors.registry import DetectorSet, load_rules
from detection_stream.errors import InputError
from detection_stream.signals.registry import all_signals


def candidates(paths: Sequence[Path]) -> DetectorSet:
    """A directory is a whole set; files replace shipped rules of their id, or are added to them.

    Raises:
        InputError: a path is missing, or directories and files are mixed.
        RuleError: a rule does not compile or fails its tests.
    """
    signals = [signal.name for signal in all_signals()]
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: there is no such rule; name .yml files or a directory")
    if len(paths) == 1 and paths[0].is_dir():
        return load_rules(paths[0], signals)
    if any(path.is_dir() for path in paths):
        raise InputError("give one directory of rules, or rule files, not both")
    rules = {rule.id: rule for rule in load_rules(signals=signals).rules}
    rules |= {rule.id: rule for rule in (load_rule(path, signals) for path in paths)}
    return DetectorSet(tuple(rules[name] for name in sorted(rules)))
