"""What every kind of profile keeps to, whatever it is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from detection_stream.cli.main import cli
from detection_stream.model.batch import Rows, occurrence_rounds
from detection_stream.model.entity import entity_key
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind
from detection_stream.profiles.kinds import KINDS
from detection_stream.profiles.observation import COMMON, ObservationType
from detection_stream.profiles.ownership import PROVEN
from detection_stream.profiles.plain import Count
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType
from detection_stream.signals.registry import signals_of
from detection_stream.state.database import Database
from tests.contract.observed import START, declared, rows_of, seen
from topologies import blueprints

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
every_observation = pytest.mark.parametrize(
    "observed", KINDS.observations, ids=lambda observed: observed.role
)
few = settings(
    max_examples=12, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate]
)
"""Without shrinking, which takes minutes for rows of many fields."""
ENTITIES = 3
DAY = 86_400


def _learn(kind: Kind, rows: Records, observations: Rows, places: Any) -> None:
    """Apply the observations of entities that differ, all at once."""
    current = rows[places]
    kind.update(current, observations)
    rows[places] = current


def _learnt(kind: Kind, data: st.DataObject) -> Records:
    """Rows after some observations, one by one."""
    rows = kind.row.empty(ENTITIES)
    for one in data.draw(seen(kind, ENTITIES)):
        _learn(kind, rows, rows_of(kind, [one]), [one.entity])
    return rows


@every_kind
@few
@given(data=st.data())
def test_rows_are_stored_and_read_back(kind: Kind, data: st.DataObject) -> None:
    rows = _learnt(kind, data)
    stored = kind.row.encode(rows)
    assert [value[0] for value in stored] == [kind.row.version] * ENTITIES
    assert kind.row.decode(stored).tobytes() == rows.tobytes()
    assert kind.row.encode(kind.row.decode([None])) == kind.row.encode(kind.row.empty(1))


@every_kind
@few
@given(data=st.data())
def test_rounds_teach_what_single_observations_do(kind: Kind, data: st.DataObject) -> None:
    observations = data.draw(seen(kind, ENTITIES))
    alone, together = kind.row.empty(ENTITIES), kind.row.empty(ENTITIES)
    touched = alone["touched"].copy()
    for one in observations:
        _learn(kind, alone, rows_of(kind, [one]), [one.entity])
        assert (alone["touched"] >= touched).all()
        assert alone["touched"][one.entity] >= one.at
        touched = alone["touched"].copy()
    entities = np.array([one.entity for one in observations], dtype=np.int64)
    columns = rows_of(kind, observations)
    for chosen in occurrence_rounds(entities):
        _learn(kind, together, columns.take(chosen), entities[chosen])
    assert together.tobytes() == alone.tobytes()


@every_observation
@few
@given(data=st.data())
def test_it_reads_the_fields_that_it_declares(
    observed: ObservationType, data: st.DataObject
) -> None:
    """Nothing else is there, and each is read by who learns or by a signal."""
    kind = KINDS.kind_of[observed.role]
    rows = _learnt(kind, data)[:1]
    one = data.draw(seen(kind, 1, most=1))[0]
    one = one._replace(role=observed.role, fields={**one.fields, "proof": PROVEN})
    columns = declared(observed, rows_of(kind, [one]))
    for signal in signals_of(observed.role):
        signal.function(rows, Rows(1, columns))
    observed.learn(rows, Rows(1, columns))
    assert set(observed.fields) <= columns.names


@every_observation
def test_only_a_role_with_signals_has_some(observed: ObservationType) -> None:
    assert bool(signals_of(observed.role)) == observed.signals


@every_kind
def test_a_silent_row_is_forgotten_in_time(kind: Kind) -> None:
    kept = kind.keep_days * DAY
    rows = kind.row.empty(2)
    rows["touched"], rows["count"] = [START, 0], 7
    for watermark, gone in ((START, False), (START + kept, False), (START + kept + 1, True)):
        read = rows.copy()
        kind.expire(read, np.full(2, watermark))
        blank = [
            kind.row.empty(1).tobytes() == read[place : place + 1].tobytes() for place in (0, 1)
        ]
        assert blank == [gone, False]
        assert kind.expired(kind.row.encode(rows), np.full(2, watermark)).tolist() == blank


@every_kind
@few
@given(data=st.data())
def test_a_later_version_reads_its_rows(kind: Kind, data: st.DataObject) -> None:
    rows = _learnt(kind, data)
    more = Count("in_the_next_version", "things")
    later = RowType(kind.row.version + 1, (more, *kind.row.blocks), previous=kind.row)
    read = later.decode([*kind.row.encode(rows), None])
    assert (read["version"] == kind.row.version + 1).all()
    assert not read["in_the_next_version"].any()
    for name, *_ in kind.row.fields:
        np.testing.assert_array_equal(read[name][:-1], rows[name])
    with pytest.raises(ValueError, match=str(later.version)):
        kind.row.decode(later.encode(read))


@every_kind
def test_its_blocks_are_described_once_each(kind: Kind) -> None:
    names = [block.name for block in kind.row.blocks]
    assert len(set(names)) == len(names)
    fields = [name for name, *_ in kind.row.fields]
    assert len(set(fields)) == len(fields)
    assert kind.row.blocks[: len(COMMON_BLOCKS)] == COMMON_BLOCKS
    (stored,) = kind.row.encode(kind.row.empty(1))
    assert [field.name for field in kind.describe(stored, START)] == names


@every_kind
def test_it_has_words(kind: Kind) -> None:
    assert kind.keep_days > 0
    assert kind.entity
    assert kind.text
    for observed in kind.observations:
        assert observed.words
        assert not COMMON.keys() & set(observed.fields)


@every_kind
def test_what_belongs_to_an_entity_is_of_a_kind_that_exists(kind: Kind) -> None:
    for value in ("", "ann", "ann@a.example", "ann@a.example bob@b.example", "<id@a.example>"):
        for name, other in kind.related(value):
            assert name in KINDS
            assert other


def test_names_and_roles_are_there_once() -> None:
    assert len(set(KINDS.names)) == len(KINDS)
    roles = [observed.role for observed in KINDS.observations]
    assert len(set(roles)) == len(roles)
    assert all(role in KINDS.kind_of[role].codes for role in roles)


@every_kind
def test_the_command_line_shows_every_block(kind: Kind, tmp_path: Path) -> None:
    kept = (one.topology().keeper(kind.name) for one in blueprints())
    node = next(node for node in kept if node is not None)
    database = Database(tmp_path)
    state = node.stage.open_state(database, 0)
    state.tables[kind.name].put({entity_key("t", "x"): kind.row.encode(kind.row.empty(1))[0]})
    state.save(database)
    database.close()
    done = CliRunner().invoke(cli, ["tables", "show", kind.name, "x", "--data", str(tmp_path)])
    assert done.exit_code == 0, done.output
    for block in kind.row.blocks:
        assert block.words in done.stdout
