"""What every block of every kind of profile keeps to, and every class of blocks."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import is_dataclass
from functools import cache
from typing import Any, get_args

import msgspec
import numpy as np
import pytest

from detection_stream import profiles
from detection_stream.profiles.block import Block, FieldValue, Shape, Unit
from detection_stream.profiles.kind import Kind
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.observation import FIELDS
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType
from tests.contract.observed import START, Seen, is_hash, rows_of

BLOCKS = [pytest.param(k, b, id=f"{k.name}.{b.name}") for k in KINDS for b in k.row.blocks]
every_block = pytest.mark.parametrize(("kind", "block"), BLOCKS)
DAY = 86_400
STEP = DAY + 3_600
NOW = START + 9 * STEP


def _classes() -> list[type[Any]]:
    """The classes of the package that are blocks."""
    found: dict[str, type[Any]] = {}
    for module in pkgutil.iter_modules(profiles.__path__):
        for one in vars(importlib.import_module(f"{profiles.__name__}.{module.name}")).values():
            fields = getattr(one, "__dataclass_fields__", {})
            if isinstance(one, type) and is_dataclass(one) and {"words", "unit"} <= fields.keys():
                found[one.__name__] = one
    return list(found.values())


@cache
def _row(kind: Kind) -> Records:
    """One row, after ten observations of each role, on other days at other hours."""
    rows = kind.row.empty(1)
    for day in range(10):
        for observed in kind.observations:
            fields = {name: float(day + 64 if is_hash(name) else day % 2) for name in FIELDS}
            fields["proof"] = float((day + 2) % 3)
            one = Seen(0, observed.role, START + day * STEP, fields)
            kind.update(rows, rows_of(kind, [one]))
    return rows


def _fits(block: Block, field: FieldValue) -> None:
    """A description has the form of its shape."""
    assert (field.name, field.words, field.unit, field.listed) == (
        block.name,
        block.words,
        block.unit,
        block.listed,
    )
    assert field.shape in get_args(Shape)
    assert field.value is None or (np.isfinite(field.value) and field.value >= 0)
    assert bool(field.buckets) == (field.shape == "window")
    assert bool(field.slots) == (field.shape in {"hours", "sides"})
    if field.shape == "window":
        assert sum(bucket.count for bucket in field.buckets) == field.value
        at = [bucket.at for bucket in field.buckets]
        assert at == sorted(set(at))
    if field.shape == "hours":
        assert len(field.slots) == 24
    if field.slots and field.value is not None:
        assert sum(slot or 0 for slot in field.slots) == field.value
    if field.unit == "flag":
        assert field.value in {0.0, 1.0}
    if field.unit == "time":
        told = [one for one in (field.value, *field.slots) if one is not None]
        assert all(START * 1_000 <= one <= NOW * 1_000 for one in told)
    else:
        assert field.value is not None
    assert msgspec.json.decode(msgspec.json.encode(field), type=FieldValue) == field


@every_block
def test_it_has_words_and_a_unit(kind: Kind, block: Block) -> None:
    assert block.unit in get_args(Unit)
    assert block.words
    assert not block.words.endswith(".")
    assert not block.words[:2].istitle() or block.words[:2].isupper()


@every_block
def test_its_fields_are_named_after_it(kind: Kind, block: Block) -> None:
    names = [name for name, *_ in block.fields()]
    assert names[0] in {block.name, f"{block.name}_head"}
    assert all(name == block.name or name.startswith(f"{block.name}_") for name in names)
    assert set(names) <= set(kind.row.dtype.names or ())


@every_block
def test_of_nobody_it_says_nothing(kind: Kind, block: Block) -> None:
    field = block.describe(kind.row.empty(1), NOW)
    _fits(block, field)
    assert not field.value
    assert not any(field.slots)


@every_block
def test_it_says_what_its_kind_has_learnt(kind: Kind, block: Block) -> None:
    row = _row(kind).copy()
    before = row.tobytes()
    field = block.describe(row, NOW)
    _fits(block, field)
    assert field.value or any(field.slots)
    assert row.tobytes() == before


@every_block
def test_what_lists_show_is_one_plain_number(kind: Kind, block: Block) -> None:
    assert not block.listed or block.describe(_row(kind), NOW).shape == "number"


@pytest.mark.parametrize("made", _classes(), ids=lambda one: one.__name__)
def test_every_class_of_blocks_is_used(made: type[Any]) -> None:
    assert any(isinstance(block, made) for kind in KINDS for block in kind.row.blocks)


@every_block
def test_it_needs_no_other_block(kind: Kind, block: Block) -> None:
    alone = RowType(1, (block,))
    row = alone.empty(1)
    for name, *_ in block.fields():
        row[name] = _row(kind)[name]
    assert block.describe(row, NOW) == block.describe(_row(kind), NOW)
