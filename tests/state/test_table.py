"""Reading a table in order, on disk and what has changed since."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detection_stream.state.database import Database, new_batch
from detection_stream.state.table import Table

keys = st.builds(
    lambda group, name: f"{group}\0{name}".encode(),
    st.sampled_from(["a", "ab", "b", "b\x01", "ö", ""]),
    st.sampled_from(["x", "y", "\x7f"]),
)
changes = st.dictionaries(keys, st.one_of(st.none(), st.binary(max_size=3)), max_size=6)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(stored=changes, frozen=changes, dirty=changes, limit=st.integers(1, 9), start=keys)
def test_pages_and_groups_are_those_of_all_rows(
    tmp_path_factory: pytest.TempPathFactory,
    stored: dict[bytes, bytes | None],
    frozen: dict[bytes, bytes | None],
    dirty: dict[bytes, bytes | None],
    limit: int,
    start: bytes,
) -> None:
    database = Database(tmp_path_factory.mktemp("table"))
    table = Table("rows", database.family("rows"))
    table.put(stored)
    table.freeze()
    batch = new_batch()
    table.write(batch)
    database.write(batch)
    table.settle()
    table.put(frozen)
    table.freeze()
    table.put(dirty)
    rows = {key: value for key, value in (stored | frozen | dirty).items() if value is not None}
    expected = sorted((key, value) for key, value in rows.items() if key >= start)
    assert table.page(b"", start, limit) == expected[:limit]
    assert table.page(b"a", start, limit) == [e for e in expected if e[0][:1] == b"a"][:limit]
    # A group whose rows on disk are to be removed is still seen there.
    seen = {key for key, value in stored.items() if value is not None} | rows.keys()
    groups = table.groups(b"\0", 99)
    assert groups == sorted({key.partition(b"\0")[0] for key in seen})
    assert table.groups(b"\0", limit) == groups[:limit]
    database.close()
