"""Past rows, compared with runs stopped at that time."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detection_stream.demo import generate
from detection_stream.parsing.identity import identify
from detection_stream.profiles.kinds import KINDS
from detection_stream.replay.take_snapshot import snapshot_directory
from detection_stream.state.database import Database
from tests.web.site import run_mail, web
from topologies import message_detection

pytestmark = pytest.mark.slow

MAIL = list(generate(600, seed=3))
STOPPED = 350
"""Messages of the run that is stopped."""


def rows(data: Path) -> dict[tuple[str, str], bytes]:
    """Every row of every kind in a data directory."""
    database = Database(data, create=False)
    try:
        return {
            (kind, key.decode().partition("\0")[2]): value
            for kind in KINDS.names
            for key, value in database.family(f"state:entity:{kind}:0").items()
        }
    finally:
        database.close()


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over the first messages only."""
    data = tmp_path_factory.mktemp("stopped") / "data"
    run_mail(data, MAIL[:STOPPED])
    return data


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over all messages, in two parts so that the directory was closed in between."""
    data = tmp_path_factory.mktemp("whole") / "data"
    run_mail(data, MAIL[:STOPPED])
    run_mail(data, MAIL)
    return data


def sample(stopped: Path, whole: Path, count: int) -> list[tuple[str, str]]:
    """Entities that changed after the run was stopped, and a few that came later."""
    before, after = rows(stopped), rows(whole)
    changed = sorted(key for key in before if after[key] != before[key])
    new = sorted(key for key in after if key not in before)
    assert len(changed) > 50
    assert len(new) > 50
    chosen = random.Random(1)
    return chosen.sample(changed, count) + chosen.sample(new, count // 4)


def shown(fields: list[Any]) -> list[tuple[Any, ...]]:
    return [(f["name"], f["value"], f["slots"], f["buckets"]) for f in fields]


def expected(kind: str, stored: bytes | None, at: int) -> list[tuple[Any, ...]]:
    if stored is None:
        return []
    return [
        (f.name, f.value, f.slots, [{"at": b.at, "count": b.count} for b in f.buckets])
        for f in KINDS[kind].describe(stored, at // 1_000)
    ]


def test_a_row_before_a_message_is_that_of_a_run_stopped_there(stopped: Path, whole: Path) -> None:
    received_at, uid = identify(MAIL[STOPPED].raw, "demo")
    before, told = rows(stopped), sample(stopped, whole, 24)
    site = web(whole)
    try:
        for kind, value in told:
            found = site.api(f"/entities/{kind}", tenant="demo", value=value, before=uid)
            assert shown(found["fields"]) == expected(kind, before.get((kind, value)), received_at)
            assert found["moment"]["base"] == "the first observation"
    finally:
        site.close()


def test_a_row_at_a_time_is_that_of_a_run_stopped_then(stopped: Path, whole: Path) -> None:
    last, _ = identify(MAIL[STOPPED - 1].raw, "demo")
    first, _ = identify(MAIL[STOPPED].raw, "demo")
    assert last < first
    at = datetime.fromtimestamp(last / 1_000, UTC).isoformat()
    before, told = rows(stopped), sample(stopped, whole, 12)
    site = web(whole)
    try:
        for kind, value in told:
            found = site.api(f"/entities/{kind}", tenant="demo", value=value, at=at)
            assert shown(found["fields"]) == expected(kind, before.get((kind, value)), last)
    finally:
        site.close()


def test_snapshots_stand_in_for_observations_that_are_gone(
    stopped: Path, whole: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(whole, data)
    snapshot_directory(stopped, message_detection.build(), data / "snapshots" / "one")
    _forget_observations(data, STOPPED)
    _, late = identify(MAIL[500].raw, "demo")
    _, early = identify(MAIL[STOPPED - 50].raw, "demo")
    told = sample(stopped, whole, 8)
    full, cut = web(whole), web(data)
    try:
        for kind, value in told:
            asked = {"tenant": "demo", "value": value, "before": late}
            found = cut.api(f"/entities/{kind}", **asked)
            assert found["moment"]["base"].startswith("the snapshot of")
            assert shown(found["fields"]) == shown(full.api(f"/entities/{kind}", **asked)["fields"])
            answer = cut.get(f"/entities/{kind}", {**asked, "before": early})
            assert answer.status == 400
            assert "there is no snapshot from before that time" in answer.text
    finally:
        full.close()
        cut.close()


def _forget_observations(data: Path, messages: int) -> None:
    """Trim the log like retention: everything from earlier messages only."""
    import orjson

    from detection_stream.runtime.embedded.log import Logs
    from detection_stream.runtime.topic import Retention
    from detection_stream.state.database import new_batch

    database = Database(data, create=False)
    log = Logs(database, {"observations": Retention(1, 0)}).partition("observations", 0)
    batch = new_batch()
    while True:
        record = log.read(log.extent.start)[0]
        if orjson.loads(record.value)["to"] >= messages:
            break
        batch.delete(log.extent.start.to_bytes(8), log._family.handle)
        log.extent.start += 1
    assert log.extent.start > 0
    log.write(batch, applied=-1)
    database.write(batch)
    database.close()
