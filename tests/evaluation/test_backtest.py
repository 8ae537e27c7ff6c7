"""A back-test gives what deciding again would give, and compares it with live verdicts."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from detection_stream.decision.decision_model import load_decision_model
from detection_stream.demo import OWN_DOMAINS, TENANT, write_mbox
from detection_stream.errors import DetectionStreamError
from detection_stream.evaluation.backtest import Backtest, Change, backtest
from detection_stream.evaluation.backtest_report import as_page
from detection_stream.evaluation.candidates import candidates
from detection_stream.evaluation.labels import read_labelled, read_labels
from detection_stream.evaluation.outcomes import read_outcomes
from detection_stream.evaluation.stored import StoredSignals
from detection_stream.export.schema import table
from tests.cli.test_bad_input import command
from tests.topology.harness import ATTRIBUTIONS, VERDICTS, demo, pipeline

MESSAGES = demo(600)
RULE = """
id: trial
name: A trial
description: Far too broad.
attack_type: credential_phishing
severity: low
confidence: {confidence}
techniques: [T1566]
when: {when}
tests:
  - {{name: it fires, signals: {signals}, fires: true}}
"""
WHO = ("--tenant", TENANT, *(word for name in OWN_DOMAINS for word in ("--own-domain", name)))


def _rule(place: Path, *, confidence: float = 0.6) -> Path:
    path = place / "trial.yml"
    when = "message.inbound and pair.first_contact and message.link_count >= 1"
    signals = "{message.inbound: 1, pair.first_contact: 1, message.link_count: 2}"
    path.write_text(RULE.format(confidence=confidence, when=when, signals=signals))
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with its export, and labels of its mail."""
    place = tmp_path_factory.mktemp("backtest")
    write_mbox(place / "mail.mbox", iter(MESSAGES))
    run = command("run", "mail.mbox", *WHO, cwd=place)
    exported = command("export", "--source", "detection-stream-data", cwd=place)
    assert (run.returncode, exported.returncode) == (0, 0), run.stderr + exported.stderr
    return place


def test_an_export_is_evaluated_as_the_verdicts_are(place: Path) -> None:
    labels = read_labelled(place / "labels.jsonl")
    found, exported = (read_outcomes(place / name, labels) for name in ("out", "export"))
    assert found.flagged.any()
    assert (found.scores == exported.scores).all()
    assert (found.flagged == exported.flagged).all()
    assert found.detectors == exported.detectors


def test_the_same_rules_say_the_same(place: Path) -> None:
    labels = read_labels(place / "labels.jsonl")
    shipped = Path("detection_stream/detectors/rules").resolve()
    found = backtest(
        StoredSignals(place / "export"), candidates([shipped]), load_decision_model(), labels
    )
    assert found.messages == len(MESSAGES)
    assert found.changed == 0
    assert found.before == found.after
    assert all(hits.now == hits.before for hits in found.hits.values())
    assert any(hits.now for hits in found.hits.values())
    assert found.quality
    assert found.quality[0] == found.quality[1]
    assert found.quality[0].attacks > 0


def test_a_new_rule_decides_as_it_would_have_decided_live(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detectors = candidates([_rule(tmp_path)])
    labels = read_labels(place / "labels.jsonl")
    found = backtest(StoredSignals(place / "export"), detectors, load_decision_model(), labels)
    monkeypatch.setattr("topologies.message_detection.load_detectors", lambda **_: detectors)
    with pipeline(tmp_path / "state") as flow:
        flow.feed(MESSAGES)
        flow.run()
        live = [orjson.loads(value) for value in flow.values(VERDICTS)]
    assert found.after == Counter(verdict["verdict"] for verdict in live)
    assert found.hits["trial"].now == sum("trial" in verdict["detectors"] for verdict in live)
    assert found.hits["trial"].before == 0
    assert found.changed == sum(found.flagged[TENANT].values()) > 0
    assert not found.cleared
    assert found.hits["trial"].harmless > found.hits["trial"].attacks >= 0
    assert found.quality
    assert found.quality[1].false > found.quality[0].false
    assert "trial" in found.examples["flagged"][0].added


def test_a_weaker_rule_clears_what_it_flagged(place: Path, tmp_path: Path) -> None:
    wide = candidates([_rule(tmp_path)])
    with pipeline(tmp_path / "state") as flow:
        flow.feed(MESSAGES[:300])
        flow.run()
        pairs = zip(flow.values(VERDICTS), flow.values(ATTRIBUTIONS), strict=True)
        loaded = [(orjson.loads(verdict), orjson.loads(why)) for verdict, why in pairs]
    for verdict, why in loaded:
        # As if the wide rule had been live.
        signals = why["signals"]
        if signals.get("pair.first_contact") == 1 and signals["message.inbound"] == 1:
            verdict |= {"verdict": "suspicious", "attack_type": "credential_phishing"}
            verdict["detectors"].append("trial")
    folder = _folder(tmp_path, loaded)
    found = backtest(
        StoredSignals(folder), candidates([_rule(tmp_path, confidence=0.05)]), load_decision_model()
    )
    assert found.cleared[TENANT]["credential_phishing"] > 0
    assert found.examples["cleared"][0].before == "suspicious"
    assert wide.ids == candidates([tmp_path / "trial.yml"]).ids


def _folder(place: Path, pairs: list[tuple[dict[str, object], dict[str, object]]]) -> Path:
    folder = place / "export" / f"tenant={TENANT}" / "month=2025-01"
    folder.mkdir(parents=True)
    pq.write_table(table(pairs).drop_columns(["tenant"]), folder / "0-0.parquet")
    return place / "export"


def test_the_last_revision_counts_once(tmp_path: Path) -> None:
    with pipeline(tmp_path / "state") as flow:
        flow.feed(MESSAGES[:10])
        flow.run()
        pairs = [
            (orjson.loads(verdict), orjson.loads(why))
            for verdict, why in zip(flow.values(VERDICTS), flow.values(ATTRIBUTIONS), strict=True)
        ]
    revised = [({**verdict, "revision": 2, "verdict": "spam"}, why) for verdict, why in pairs[:4]]
    stored = StoredSignals(_folder(tmp_path, [*revised, *pairs, *revised]))
    found = backtest(stored, candidates([_rule(tmp_path)]), load_decision_model())
    assert len(stored) == found.messages == 10
    assert found.before["spam"] >= 4


def test_what_came_by_mail_is_text_on_the_page() -> None:
    hostile = "<script>alert(1)</script>"
    change = Change("u", hostile, "now", hostile, hostile, "safe", "spam", None, [hostile], [])
    found = Backtest(messages=1)
    found.flagged[hostile]["bec"] += 1
    found.examples["flagged"].append(change)
    page = as_page(found, hostile)
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 5


def test_the_command_prints_json_and_writes_a_page(place: Path, tmp_path: Path) -> None:
    rule = str(_rule(tmp_path))
    options = ("--labels", "labels.jsonl", "--json", "--html", "page.html")
    done = command("backtest", rule, *options, cwd=place)
    assert done.returncode == 0, done.stderr
    found = orjson.loads(done.stdout)
    assert found["messages"] == len(MESSAGES)
    assert found["detectors"]["trial"]["now"] > 0
    assert len(found["quality"]) == 2
    assert "trial" in (place / "page.html").read_text()
    told = command("backtest", rule, "--tenant", TENANT, cwd=place)
    assert told.returncode == 0
    assert told.stdout.startswith(f"{len(MESSAGES)} messages")


def test_bad_input_is_one_line(place: Path, tmp_path: Path) -> None:
    done = command("backtest", "missing.yml", cwd=place)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "no such detector" in done.stderr
    rule = _rule(tmp_path)
    (tmp_path / "labels.jsonl").write_text('{"uid": "u"}\n')
    (tmp_path / "broken.yml").write_text("id: broken\n")
    for attempt, complaint in (
        (lambda: StoredSignals(tmp_path), "has no exported verdicts"),
        (lambda: StoredSignals(place / "export", "nobody"), "no exported verdicts for nobody"),
        (lambda: candidates([rule, tmp_path]), "not both"),
        (lambda: candidates([tmp_path / "broken.yml"]), "broken.yml"),
        (lambda: read_labels(tmp_path / "labels.jsonl"), "line 1 is not a label"),
        (lambda: read_labels(tmp_path / "none.jsonl"), "use a CSV or JSON-lines file"),
    ):
        with pytest.raises(DetectionStreamError, match=complaint):
            attempt()


@pytest.mark.slow
def test_signals_that_are_not_stored_are_computed(place: Path, tmp_path: Path) -> None:
    """The export of a release that did not have a signal yet."""
    lacking = "pair.first_contact"
    shutil.copytree(place / "export", tmp_path / "old")
    for file in (tmp_path / "old").rglob("*.parquet"):
        pq.write_table(pq.ParquetFile(file).read().drop_columns([lacking]), file)
    rule = _rule(tmp_path)
    refused = command("backtest", rule, "--export", tmp_path / "old", cwd=place)
    assert (refused.returncode, lacking in refused.stderr) == (2, True)

    whole = command("backtest", rule, "--json", cwd=place)
    given = ("--export", tmp_path / "old", "--json")
    computed = command("backtest", rule, *given, "--source", "detection-stream-data", cwd=place)
    assert f"computing {lacking}" in computed.stderr
    filled = ("--signal", lacking, "--data", tmp_path / "again", "--out", tmp_path / "filled")
    replayed = command("replay", "--source", "detection-stream-data", *filled, cwd=place)
    assert replayed.returncode == 0, replayed.stderr
    assert f"{len(MESSAGES)} rows of 1 signals" in replayed.stdout
    backfilled = command(
        "backtest", rule, *given, "--backfill", tmp_path / "filled" / "signals", cwd=place
    )
    wanted = _without_time(whole.stdout)
    assert _without_time(computed.stdout) == wanted
    assert _without_time(backfilled.stdout) == wanted
    assert wanted["detectors"]["trial"]["now"] > 0


def _without_time(text: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(text)
    del found["seconds"], found["microseconds_per_message"]
    return found
