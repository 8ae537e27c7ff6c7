"""A detector that is no rule goes everywhere that rules go, counting or in shadow."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pyarrow.parquet as pq
import pytest

from detection_stream.decision.decision_model import load_decision_model
from detection_stream.demo import TENANT
from detection_stream.detectors.detector import State
from detection_stream.detectors.registry import RULES_DIRECTORY, DetectorSet, load_detectors
from detection_stream.evaluation.backtest import backtest
from detection_stream.evaluation.stored import StoredSignals
from detection_stream.export.schema import table
from detection_stream.model.schemas import schema
from detection_stream.signals.registry import all_signals
from tests.contract.scored import MODEL, write_model
from tests.topology.harness import ATTRIBUTIONS, SIGNALS, VERDICTS, Pipeline, demo, pipeline
from tests.web.stand_in import StandIn, client

MESSAGES = demo(150)
Pair = tuple[dict[str, Any], dict[str, Any]]


def _pairs(flow: Pipeline) -> list[Pair]:
    flow.feed(MESSAGES)
    flow.run()
    values = zip(flow.values(VERDICTS), flow.values(ATTRIBUTIONS), strict=True)
    return [(orjson.loads(verdict), orjson.loads(why)) for verdict, why in values]


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    """What the rules alone decide."""
    with pipeline(tmp_path_factory.mktemp("without")) as flow:
        return _pairs(flow)


@dataclass
class Live:
    """What was decided with the model, and what was counted."""

    detectors: DetectorSet
    pairs: list[Pair]
    counts: dict[str, int]

    @property
    def state(self) -> State:
        """That of the model."""
        return self.detectors.by_id[MODEL].state

    def opinions(self, key: str) -> list[dict[str, Any]]:
        """The model's opinions under ``detectors`` or ``shadow``."""
        return [one for _, why in self.pairs for one in why[key] if one["id"] == MODEL]


@pytest.fixture(scope="module", params=list(State), ids=lambda state: state.value)
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Live:
    """The rules, and the model in one of the states."""
    folder = tmp_path_factory.mktemp("detectors")
    shutil.copytree(RULES_DIRECTORY, folder, dirs_exist_ok=True)
    write_model(folder, request.param)
    detectors = load_detectors(folder, [signal.name for signal in all_signals()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("topologies.message_detection.load_detectors", lambda **_: detectors)
        with pipeline(tmp_path_factory.mktemp("state")) as flow:
            return Live(detectors, _pairs(flow), flow.counts(SIGNALS))


def test_only_an_active_detector_decides(live: Live, without: list[Pair]) -> None:
    assert len(live.pairs) == len(without) == len(MESSAGES)
    pairs = zip(live.pairs, without, strict=True)
    if live.state is State.SHADOW:
        assert all(now == before for (now, _), (before, _) in pairs)
        assert not live.opinions("detectors")
        return
    changed = [now for (now, _), (before, _) in pairs if now != before]
    assert changed
    assert any(MODEL in verdict["detectors"] for verdict in changed)
    assert not live.opinions("shadow")


def test_attributions_tell_of_it_apart(live: Live, without: list[Pair]) -> None:
    key = "shadow" if live.state is State.SHADOW else "detectors"
    opinions = live.opinions(key)
    # A model has an opinion of every message.
    assert len(opinions) == len(MESSAGES)
    assert len({one["score"] for one in opinions}) > 2
    assert {one["hit"] for one in opinions} == {True, False}
    assert all(one["form"] == live.detectors.by_id[MODEL].form for one in opinions)
    validator = jsonschema.Draft202012Validator(schema("attributions"))
    for (_, why), (_, before) in zip(live.pairs, without, strict=True):
        validator.validate(why)
        assert why["signals"] == before["signals"]
        assert [one for one in why["detectors"] if one["id"] != MODEL] == before["detectors"]
        assert why["detector_version"] == live.detectors.version != before["detector_version"]


def test_hits_in_shadow_are_counted(live: Live) -> None:
    hits = sum(one["hit"] for one in live.opinions("shadow"))
    assert live.counts.get(f"shadow_hits_{MODEL}", 0) == hits
    assert (hits > 0) == (live.state is State.SHADOW)


def test_exports_hold_its_scores(live: Live) -> None:
    rows = table(live.pairs).to_pylist()
    for row, (_, why) in zip(rows, live.pairs, strict=True):
        for column, key in (("detector_scores", "detectors"), ("shadow_scores", "shadow")):
            assert dict(row[column]) == {one["id"]: one["score"] for one in why[key]}
        assert (MODEL in dict(row["shadow_scores"])) == (live.state is State.SHADOW)


def test_a_back_test_says_what_was_decided(live: Live, without: list[Pair], tmp_path: Path) -> None:
    """On what was stored before there was the model; in shadow its hits are told all the same."""
    folder = tmp_path / f"tenant={TENANT}" / "month=2025-01"
    folder.mkdir(parents=True)
    pq.write_table(table(without).drop_columns(["tenant"]), folder / "0-0.parquet")
    found = backtest(StoredSignals(tmp_path), live.detectors, load_decision_model())
    assert found.after == Counter(verdict["verdict"] for verdict, _ in live.pairs)
    opinions = [*live.opinions("detectors"), *live.opinions("shadow")]
    assert found.hits[MODEL].now == sum(one["hit"] for one in opinions) > 0
    assert found.hits[MODEL].before == 0
    assert (found.changed > 0) == (live.state is State.ACTIVE)


async def test_pages_show_it(live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detection_stream.web.app.load_detectors", lambda **_: live.detectors)
    async with client(StandIn(), tmp_path) as site:
        listed = await (await site.get("/api/v1/detectors")).json()
        shown = await (await site.get(f"/api/v1/detectors/{MODEL}")).json()
        for path in ("/detectors", f"/detectors/{MODEL}"):
            page = await site.get(path)
            assert page.status == 200
            text = await page.text()
            assert live.detectors.by_id[MODEL].name in text
            assert ("shadow" in text) == (live.state is State.SHADOW)
    (row,) = (one for one in listed["detectors"] if one["id"] == MODEL)
    assert row == shown["summary"]
    assert (row["form"], row["state"]) == ("model", live.state.value)
    assert sorted(shown["signals"]) == live.detectors.by_id[MODEL].signals_listed
