"""Labels: what messages really were."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from detection_stream.errors import InputError

HARMLESS = frozenset({"safe", "graymail"})
"""Kinds of messages that must not be flagged as attacks; spam counts as neither."""

_OTHER_WORDS = {"ham": "safe", "benign": "safe", "legitimate": "safe", "junk": "spam"}
_NO = frozenset({"0", "false", "no"})


@dataclass(frozen=True, slots=True)
class Label:
    """What a message was: ``safe``, ``graymail``, ``spam`` or the class of an attack.

    Messages of one ``campaign`` stand and fall together; without one, each is its own.
    ``groups`` are the other fields by name, such as the language.
    """

    kind: str
    campaign: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_harmless(self) -> bool:
        """Whether it must not be flagged as an attack."""
        return self.kind in HARMLESS

    @property
    def is_attack(self) -> bool:
        """Whether it must be flagged as an attack."""
        return self.kind not in HARMLESS and self.kind != "spam"


def read_labels(path: Path) -> dict[str, str]:
    """Kinds by uid or Message-ID (see :func:`read_labelled`)."""
    return {name: label.kind for name, label in read_labelled(path).items()}


def read_labelled(path: Path) -> dict[str, Label]:
    """Labels by uid or Message-ID, from a table (.csv) or JSON lines.

    A label has ``uid`` or ``message_id``, and ``kind``; or ``label`` instead, with ``attack_class``
    for attacks. ``campaign`` is optional, what ``scored`` says no to is left out, and all other
    fields are groups.

    Raises:
        InputError: the file cannot be read, or a line is not a label.
    """
    labels: dict[str, Label] = {}
    try:
        for number, row in _rows(path):
            try:
                name = row.get("uid") or row["message_id"]
                label = _label(row)
            except (KeyError, AttributeError) as error:
                raise InputError(
                    f"{path} line {number} is not a label: kind, and uid or message_id are expected"
                ) from error
            if str(row.get("scored", "")).lower() not in _NO:
                labels[str(name).strip("<> ")] = label
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; use a CSV or JSON-lines file") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a table of labels: {error}") from error
    return labels


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as table:
            yield from enumerate(csv.DictReader(table), 2)
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield number, orjson.loads(line)
                except orjson.JSONDecodeError:
                    yield number, {}


def _label(row: Mapping[str, Any]) -> Label:
    kind = str(row["kind"] if row.get("kind") else row["label"]).strip()
    if not kind:
        raise KeyError("kind")
    kind = _OTHER_WORDS.get(kind.lower(), kind)
    if kind not in HARMLESS and row.get("attack_class"):
        kind = str(row["attack_class"])
    known = ("uid", "message_id", "kind", "label", "attack_class", "campaign", "scored")
    groups = {name: str(value) for name, value in row.items() if name not in known and value}
    return Label(kind, str(row.get("campaign") or ""), groups)
