"""A replay equals a run, whatever the partitions, and resumes after an interruption."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from detection_stream.cli.job import run_job
from detection_stream.demo import OWN_DOMAINS, TENANT, write_mbox
from detection_stream.errors import InputError
from detection_stream.export.pairs import stored_pairs
from detection_stream.replay.replay import Options, Places, replay
from detection_stream.replay.results import RecordedShards
from detection_stream.replay.selection import Selection
from detection_stream.replay.shards import ReplayResult
from detection_stream.runtime.embedded.recorded import RecordedDirectory
from detection_stream.runtime.recorded import Recorded
from tests.replay.memory_source import MemorySource
from tests.topology.harness import RAW, demo
from topologies import blueprint

MESSAGES = demo(400)
EVERYTHING = Selection()

FLOW = blueprint()


def _replay(
    source: Recorded,
    place: Path,
    selection: Selection = EVERYTHING,
    *,
    stop_at: int = 1 << 30,
    partial: bool = False,
    processes: int = 1,
) -> ReplayResult:
    def feeding(done: int, total: int, at: int) -> None:
        if done >= stop_at:
            raise KeyboardInterrupt

    return asyncio.run(
        replay(
            source,
            FLOW.topology().sources,
            FLOW,
            selection,
            Places(place / "data", place / "out"),
            reading=lambda *_: None,
            feeding=feeding,
            options=Options(partial=partial, processes=processes, readers=1),
        )
    )


def _lines(place: Path, name: str = "verdicts") -> list[bytes]:
    return (place / "out" / f"{name}.jsonl").read_bytes().splitlines()


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC).isoformat()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A replay of everything, from one partition."""
    place = tmp_path_factory.mktemp("whole")
    assert _replay(MemorySource(MESSAGES), place).messages == len(MESSAGES)
    return place


def test_partitions_change_nothing(whole: Path, tmp_path: Path) -> None:
    _replay(MemorySource(MESSAGES, 3), tmp_path)
    assert len(_lines(tmp_path)) == len(MESSAGES)
    for name in ("verdicts", "attributions"):
        assert _lines(tmp_path, name) == _lines(whole, name)


def test_a_replay_of_a_directory_is_the_run_that_wrote_it(tmp_path: Path) -> None:
    write_mbox(tmp_path / "mail.mbox", iter(MESSAGES))
    data, out = tmp_path / "live", tmp_path / "live-out"
    domains = frozenset(OWN_DOMAINS)
    run_job([tmp_path / "mail.mbox"], TENANT, domains, [], data, out)
    before = _content(data)
    _replay(RecordedDirectory(data), tmp_path)
    for name in ("verdicts", "attributions"):
        live = (out / f"{name}.jsonl").read_bytes().splitlines()
        assert sorted(live) == sorted(_lines(tmp_path, name))
    assert _content(data) == before, "the replay has touched what is live"


def _content(data: Path) -> str:
    source = RecordedDirectory(data)
    digest = hashlib.sha256()
    with source:
        for _, records in source.read(RAW, source.extents(RAW)):
            digest.update(repr(records).encode())
        digest.update(repr(source.extents(RAW)).encode())
    return digest.hexdigest()


def test_a_replay_that_was_stopped_goes_on(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _replay(MemorySource(MESSAGES, 2), tmp_path, stop_at=256)
    assert len(_lines(tmp_path)) < len(MESSAGES)
    grown = MemorySource((*MESSAGES, *demo(40, seed=3)), 2)
    result = _replay(grown, tmp_path)
    assert result.before >= 256
    assert result.messages + result.before == len(MESSAGES)
    assert _lines(tmp_path) == _lines(whole)


def test_a_range_of_time_begins_with_empty_state(whole: Path, tmp_path: Path) -> None:
    first, last = MESSAGES[100].received_at, MESSAGES[300].received_at
    selection = Selection.parse(None, _moment(first), _moment(last), None)
    _replay(MemorySource(MESSAGES, 2), tmp_path, selection)
    wanted = {m.message_id for m in MESSAGES if first <= m.received_at < last}
    found = [orjson.loads(line) for line in _lines(tmp_path)]
    assert {verdict["message_id"] for verdict in found} == wanted
    manifest = orjson.loads((tmp_path / "out" / "manifest.json").read_bytes())
    early = sum(message.received_at < first for message in MESSAGES)
    assert manifest["skipped"]["before the range"] == early
    assert manifest["messages"] == len(wanted)
    assert _attributions(tmp_path) != _attributions(whole, wanted)


def test_a_warm_up_gives_the_state_and_writes_nothing(whole: Path, tmp_path: Path) -> None:
    first = MESSAGES[250].received_at
    warm_up = MESSAGES[0].received_at
    selection = Selection.parse(None, _moment(first), None, _moment(warm_up))
    _replay(MemorySource(MESSAGES), tmp_path, selection)
    wanted = {m.message_id for m in MESSAGES if m.received_at >= first}
    assert 0 < len(wanted) < len(MESSAGES)
    assert _attributions(tmp_path) == _attributions(whole, wanted)


def _attributions(place: Path, wanted: set[str] | None = None) -> set[bytes]:
    verdicts = [orjson.loads(line) for line in _lines(place)]
    uids = {v["uid"] for v in verdicts if wanted is None or v["message_id"] in wanted}
    return {line for line in _lines(place, "attributions") if orjson.loads(line)["uid"] in uids}


def test_one_tenant(whole: Path, tmp_path: Path) -> None:
    source = MemorySource(MESSAGES, tenants=("demo", "other"))
    _replay(source, tmp_path, Selection.parse("other", None, None, None))
    verdicts = [orjson.loads(line) for line in _lines(tmp_path)]
    assert len(verdicts) == len(MESSAGES) // 2
    assert {verdict["tenant"] for verdict in verdicts} == {"other"}


TENANTS = ("demo", "other", "third", "fourth", "fifth")


@pytest.mark.slow
def test_processes_share_the_tenants(tmp_path: Path) -> None:
    source = MemorySource(MESSAGES, 2, tenants=TENANTS)
    alone, apart = tmp_path / "alone", tmp_path / "apart"
    _replay(source, alone)
    found = _replay(source, apart, processes=2)
    assert found.messages == len(MESSAGES)
    for name in ("verdicts", "attributions"):
        assert sorted(_lines(apart, name)) == sorted(_lines(alone, name))
        parts = [len(_lines(apart, f"shard-{number}/{name}")) for number in range(2)]
        assert all(parts)
        assert sum(parts) == len(MESSAGES)
    order = [orjson.loads(line)["uid"] for line in _lines(apart)]
    assert [orjson.loads(line)["uid"] for line in _lines(apart, "attributions")] == order
    manifest = orjson.loads((apart / "out" / "manifest.json").read_bytes())
    assert manifest["messages"] == manifest["counts"]["decision"]["verdicts"] == len(MESSAGES)
    with RecordedShards(apart / "data") as recorded:
        assert {verdict["uid"] for verdict, _ in stored_pairs(recorded)} == set(order)
    with pytest.raises(InputError, match="another processes"):
        _replay(source, apart)


@pytest.mark.slow
def test_processes_go_on_too(tmp_path: Path) -> None:
    messages = demo(2_000)
    source = MemorySource(messages, tenants=TENANTS)
    _replay(source, tmp_path / "whole", processes=2)
    with pytest.raises(KeyboardInterrupt):
        _replay(source, tmp_path / "cut", processes=2, stop_at=0)
    result = _replay(source, tmp_path / "cut", processes=2)
    assert 0 < result.before < len(messages)
    assert result.messages + result.before == len(messages)
    assert sorted(_lines(tmp_path / "cut")) == sorted(_lines(tmp_path / "whole"))


def test_offsets(tmp_path: Path) -> None:
    selection = Selection.parse(None, "20", "70", None)
    assert _replay(MemorySource(MESSAGES, 2), tmp_path, selection).messages == 100


def test_a_cut_range_is_refused_unless_told(tmp_path: Path) -> None:
    cut = MemorySource(MESSAGES, start=7)
    early = Selection.parse(None, _moment(MESSAGES[0].received_at - 5_000), None, None)
    for selection in (EVERYTHING, early, Selection.parse(None, "3", None, None)):
        with pytest.raises(InputError, match="records 0 to 6 have expired"):
            _replay(cut, tmp_path, selection)
    assert not list(tmp_path.iterdir())
    later = Selection.parse(None, _moment(MESSAGES[50].received_at), None, None)
    assert _replay(cut, tmp_path / "later", later).messages > 0
    assert _replay(cut, tmp_path / "partial", partial=True).messages == len(MESSAGES)


def test_a_range_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the range has no records"):
        _replay(MemorySource(MESSAGES), tmp_path, Selection.parse(None, "5000", None, None))
    with pytest.raises(InputError, match="the range has no records"):
        _replay(MemorySource(()), tmp_path)


def test_a_tenant_of_nobody_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="400 other tenant"):
        _replay(MemorySource(MESSAGES), tmp_path, Selection.parse("nobody", None, None, None))
    assert not list(tmp_path.iterdir())


def test_directories_of_something_else_are_refused(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        _replay(MemorySource(MESSAGES), tmp_path)
    with pytest.raises(InputError, match="another selection"):
        _replay(MemorySource(MESSAGES), whole, Selection.parse("other", None, None, None))
    monkeypatch.setattr("detection_stream.replay.manifest.code_version", lambda: "changed")
    with pytest.raises(InputError, match="another code"):
        _replay(MemorySource(MESSAGES), whole)


@pytest.mark.parametrize(
    ("start", "until", "warm_up", "complaint"),
    [
        ("yesterday", None, None, "use a time like"),
        ("5", "2026-01-01", None, "not both"),
        ("2026-02-01", "2026-01-01", None, "the range is empty"),
        ("2026-02-01", None, "2026-03-01", "must be before --from"),
        (None, None, "2026-03-01", "must be before --from"),
    ],
)
def test_ranges_that_make_no_sense(
    start: str | None, until: str | None, warm_up: str | None, complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        Selection.parse(None, start, until, warm_up)
