"""After a snapshot, a replay from it equals a replay of everything."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest

from detection_stream.cli.job import run_job
from detection_stream.demo import OWN_DOMAINS, TENANT, write_mbox
from detection_stream.errors import InputError
from detection_stream.replay.replay import Options, Places, replay
from detection_stream.replay.selection import Selection
from detection_stream.replay.shards import ReplayResult
from detection_stream.replay.snapshot import open_snapshot
from detection_stream.replay.take_snapshot import snapshot_directory
from detection_stream.runtime.embedded.log import Logs
from detection_stream.runtime.embedded.recorded import RecordedDirectory
from detection_stream.runtime.topic import Retention
from detection_stream.state.database import Database, new_batch
from tests.topology.harness import RAW, demo
from topologies import blueprint, message_detection

MESSAGES = demo(400)
EARLY = 250


FLOW = blueprint()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data/ and out/ of a run in two parts, and snapshot/ taken in between."""
    folder = tmp_path_factory.mktemp("snapshot")
    for name, part in (("early", MESSAGES[:EARLY]), ("late", MESSAGES[EARLY:])):
        write_mbox(folder / f"{name}.mbox", iter(part))
        mail = [folder / f"{name}.mbox"]
        own = frozenset(OWN_DOMAINS)
        run_job(mail, TENANT, own, [], folder / "data", folder / "out")
        if name == "early":
            topology = message_detection.build()
            snapshot_directory(folder / "data", topology, folder / "snapshot")
    return folder


def _replay(place: Path, target: Path, snapshot: Path | None) -> ReplayResult:
    return asyncio.run(
        replay(
            RecordedDirectory(place / "data"),
            FLOW.topology().sources,
            FLOW,
            Selection(),
            Places(target / "data", target / "out"),
            reading=lambda *_: None,
            feeding=lambda *_: None,
            options=Options(readers=1, snapshot=snapshot),
        )
    )


def test_it_goes_on_where_the_snapshot_ends(place: Path, tmp_path: Path) -> None:
    assert open_snapshot(place / "snapshot").cut == {RAW: {"0": EARLY - 1}}
    assert _replay(place, tmp_path, place / "snapshot").messages == len(MESSAGES) - EARLY
    for name in ("verdicts", "attributions"):
        live = (place / "out" / f"{name}.jsonl").read_bytes().splitlines()
        again = (tmp_path / "out" / f"{name}.jsonl").read_bytes().splitlines()
        assert again == live[EARLY:]
    manifest = orjson.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest["snapshot"]["cut"] == {RAW: {"0": EARLY - 1}}


def test_without_it_the_same_messages_know_nothing_of_earlier_ones(
    place: Path, tmp_path: Path
) -> None:
    """The state of the snapshot is what makes the difference."""
    live = (place / "out" / "attributions.jsonl").read_bytes().splitlines()[EARLY:]
    write_mbox(tmp_path / "late.mbox", iter(MESSAGES[EARLY:]))
    own = frozenset(OWN_DOMAINS)
    run_job([tmp_path / "late.mbox"], TENANT, own, [], tmp_path / "data", tmp_path / "out")
    assert (tmp_path / "out" / "attributions.jsonl").read_bytes().splitlines() != live


def test_one_that_was_begun_from_another_state_is_refused(place: Path, tmp_path: Path) -> None:
    _replay(place, tmp_path, place / "snapshot")
    with pytest.raises(InputError, match="another snapshot"):
        _replay(place, tmp_path, None)


def test_a_copy_that_was_cut_short_is_made_anew(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(source: Path, target: Path) -> None:
        target.mkdir(parents=True)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("shutil.copytree", cut)
        with pytest.raises(KeyboardInterrupt):
            _replay(place, tmp_path, place / "snapshot")
    assert _replay(place, tmp_path, place / "snapshot").messages == len(MESSAGES) - EARLY
    live = (place / "out" / "attributions.jsonl").read_bytes().splitlines()
    assert (tmp_path / "out" / "attributions.jsonl").read_bytes().splitlines() == live[EARLY:]


def test_a_snapshot_of_other_mail_is_refused(place: Path, tmp_path: Path) -> None:
    write_mbox(tmp_path / "other.mbox", iter(demo(EARLY + 50, seed=5)))
    own = frozenset(OWN_DOMAINS)
    run_job([tmp_path / "other.mbox"], TENANT, own, [], tmp_path / "data", tmp_path / "out")
    with pytest.raises(InputError, match="is not what the snapshot was taken from"):
        _replay(tmp_path, tmp_path / "again", place / "snapshot")


def test_what_cannot_be_used_is_refused(place: Path, tmp_path: Path) -> None:
    topology = message_detection.build()
    with pytest.raises(InputError, match="is not a snapshot"):
        _replay(place, tmp_path, place / "out")
    assert not (tmp_path / "data").exists()
    with pytest.raises(InputError, match="is not empty"):
        snapshot_directory(place / "data", topology, place / "out")
    with pytest.raises(InputError, match="not a data directory"):
        snapshot_directory(tmp_path / "nowhere", topology, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_messages_under_way_are_refused(tmp_path: Path) -> None:
    database = Database(tmp_path / "data")
    log = Logs(database, {RAW: Retention(60, 1 << 20)}).partition(RAW, 0)
    log.append(b"", MESSAGES[0].raw, 0, {})
    batch = new_batch()
    log.write(batch, -1)
    database.write(batch)
    database.close()
    with pytest.raises(InputError, match="in flight"):
        snapshot_directory(tmp_path / "data", message_detection.build(), tmp_path / "snapshot")
    assert not (tmp_path / "snapshot").exists()
