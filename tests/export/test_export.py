"""What is exported is what was decided, as data scientists read it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import duckdb
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest

from detection_stream.demo import OWN_DOMAINS, TENANT, write_mbox
from detection_stream.errors import InputError
from detection_stream.export.dataset import NAME, Dataset
from detection_stream.export.pairs import Pairs
from detection_stream.replay.replay import Options, Places, replay
from detection_stream.replay.selection import Selection
from detection_stream.runtime.embedded.recorded import RecordedDirectory
from detection_stream.signals.registry import all_signals
from tests.cli.test_bad_input import command
from tests.topology.harness import demo
from topologies import blueprint

MESSAGES = demo(300)
TOPICS = ("verdicts", "attributions")
WHO = ("--tenant", TENANT, *(word for name in OWN_DOMAINS for word in ("--own-domain", name)))


def _run(place: Path, name: str, start: int, stop: int, *who: str) -> None:
    write_mbox(place / name, iter(MESSAGES[start:stop]))
    done = command("run", name, *(who or WHO), "--data", "data", "--out", "out", cwd=place)
    assert done.returncode == 0, done.stderr


def _export(place: Path, tenant: str | None = None) -> tuple[int, int]:
    with RecordedDirectory(place / "data") as source:
        return Dataset(place / "export", source, TOPICS, tenant).grow(lambda *_: None)


def _lines(place: Path, name: str) -> list[dict[str, object]]:
    lines = (place / "out" / f"{name}.jsonl").read_bytes().splitlines()
    return [orjson.loads(line) for line in lines]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in two halves, each exported."""
    place = tmp_path_factory.mktemp("exported")
    _run(place, "first.mbox", 0, 200)
    assert _export(place) == (200, 0)
    _run(place, "second.mbox", 200, 300)
    assert _export(place) == (100, 0)
    assert _export(place) == (0, 0)
    return place


def test_versions_of_the_state_do_not_mix() -> None:
    def record(version: int) -> bytes:
        return orjson.dumps({"uid": "u", "revision": 1, "state_version": version})

    pairs = Pairs(TOPICS, {}).take([record(1), record(2)], [record(2), record(1)])
    versions = [(v["state_version"], a["state_version"]) for v, a in pairs]
    assert versions == [(1, 1), (2, 2)]


def test_pandas_reads_every_verdict_with_its_signals(exported: Path) -> None:
    frame = pd.read_parquet(exported / "export").set_index("uid")
    assert len(frame) == frame.index.nunique() == len(MESSAGES)
    assert set(frame["tenant"]) == {TENANT}
    for verdict in _lines(exported, "verdicts"):
        row = frame.loc[verdict["uid"]]
        for name in ("revision", "verdict", "score", "direction", "sender", "subject"):
            assert row[name] == verdict[name]
        assert list(row["detectors"]) == verdict["detectors"]
        assert row["received_at"] == pd.Timestamp(verdict["received_at"])
    names = [signal.name for signal in all_signals()]
    for attribution in _lines(exported, "attributions"):
        found = frame.loc[attribution["uid"], names].dropna().to_dict()
        assert found == attribution["signals"]
        assert frame.loc[attribution["uid"], "detector_version"] == attribution["detector_version"]


def test_duckdb_reads_it(exported: Path) -> None:
    files = exported / "export" / "*" / "*" / "*.parquet"
    rows = duckdb.sql(
        f"""select verdict, count(*), count("sender.messages_30d")
            from read_parquet('{files}', hive_partitioning = true)
            where tenant = '{TENANT}' group by verdict"""
    ).fetchall()
    counted = {verdict: count for verdict, count, _ in rows}
    wanted = [verdict["verdict"] for verdict in _lines(exported, "verdicts")]
    assert counted == {name: wanted.count(name) for name in set(wanted)}


def test_some_signals_of_a_replay_are_a_back_fill(exported: Path, tmp_path: Path) -> None:
    names = ("sender.messages_30d", "pair.first_contact")
    asyncio.run(_replay(exported / "data", tmp_path))
    with RecordedDirectory(tmp_path / "data") as source:
        Dataset(tmp_path / "export", source, TOPICS, None, names).grow(lambda *_: None)
    filled = pd.read_parquet(tmp_path / "export").set_index("uid")
    assert set(names) < set(filled.columns)
    assert "verdict" not in filled.columns
    stored = pd.read_parquet(exported / "export").set_index("uid")
    pd.testing.assert_frame_equal(
        filled[list(names)].sort_index(), stored[list(names)].sort_index()
    )
    with RecordedDirectory(tmp_path / "data") as source:
        with pytest.raises(InputError, match="another signals"):
            Dataset(tmp_path / "export", source, TOPICS, None)
        with pytest.raises(InputError, match=r"sender\.nothing: unknown"):
            Dataset(tmp_path / "other", source, TOPICS, None, ("sender.nothing",))


async def _replay(data: Path, place: Path) -> None:
    await replay(
        RecordedDirectory(data),
        blueprint().topology().sources,
        blueprint(),
        Selection(),
        Places(place / "data", place / "out"),
        reading=lambda *_: None,
        feeding=lambda *_: None,
        options=Options(readers=1),
    )


def test_every_column_says_what_it_is(exported: Path) -> None:
    file = next((exported / "export").rglob("*.parquet"))
    fields = pq.read_schema(file)
    assert {signal.name for signal in all_signals()} <= set(fields.names)
    assert all(field.metadata[b"description"] for field in fields)


def test_a_file_that_a_crash_has_left_is_void(exported: Path, tmp_path: Path) -> None:
    stray = next((exported / "export").rglob("*.parquet")).with_name("0-999.parquet")
    stray.write_bytes(b"half a file")
    assert _export(exported) == (0, 0)
    assert not stray.exists()


def test_tenants_are_folders(exported: Path, tmp_path: Path) -> None:
    _run(tmp_path, "mail.mbox", 0, 30, "--tenant", "a/../b", "--own-domain", "b.example")
    assert _export(tmp_path, "a/../b") == (30, 0)
    (folder,) = (tmp_path / "export").glob("tenant=*")
    assert folder.name == "tenant=a%2F..%2Fb"
    assert len(pd.read_parquet(tmp_path / "export")) == 30


def test_folders_of_something_else_are_refused(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with RecordedDirectory(exported / "data") as source:
        with pytest.raises(InputError, match="holds something else"):
            Dataset(tmp_path, source, TOPICS, None)
        with pytest.raises(InputError, match="another tenant"):
            Dataset(exported / "export", source, TOPICS, "other")
    assert (exported / "export" / NAME).exists()


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    for options, words in (
        ((), "--broker HOST:PORT or --source DIR"),
        (("--source", "nowhere"), "not a data directory"),
        (("--source", "nowhere", "--broker", "127.0.0.1:1"), "--broker HOST:PORT or --source DIR"),
    ):
        done = command("export", *options, cwd=tmp_path)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert words in done.stderr
    assert not list(tmp_path.iterdir())


def test_pairs_come_together_once() -> None:
    def record(uid: str, revision: int = 1) -> bytes:
        return orjson.dumps({"uid": uid, "revision": revision})

    pairs = Pairs(TOPICS, {})
    found = pairs.take([record("a"), record("b"), record("b", 2)], [record("a")])
    assert [verdict["uid"] for verdict, _ in found] == ["a"]
    assert pairs.take([record("a")], [record("a"), record("c")]) == []
    assert pairs.repeated == 2
    later = Pairs(TOPICS, pairs.waiting())
    found = later.take([record("c")], [record("b", 2), record("b")])
    names = [(verdict["uid"], verdict["revision"]) for verdict, _ in found]
    assert names == [("b", 1), ("b", 2), ("c", 1)]
    assert not any(later.waiting().values())
