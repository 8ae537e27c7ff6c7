"""Figures of an evaluation are those of counting by hand."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.errors import InputError
from detection_stream.evaluation import evaluation_report, ranking
from detection_stream.evaluation.calibration import calibration
from detection_stream.evaluation.comparison import compare
from detection_stream.evaluation.evaluation import evaluate
from detection_stream.evaluation.labels import Label, read_labelled
from detection_stream.evaluation.outcomes import Outcomes, read_outcomes
from detection_stream.evaluation.proportion import Proportion, chance_of

SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=30)


def verdict(number: int, score: float, *detectors: str, **fields: Any) -> dict[str, Any]:
    flagged = "suspicious" if score >= 0.5 else "safe"
    given = {"uid": f"{number:032x}", "message_id": f"m{number}@x", "tenant": "acme", "revision": 1}
    return {**given, "verdict": flagged, "score": score, "detectors": list(detectors), **fields}


def written(path: Path, verdicts: list[dict[str, Any]]) -> Path:
    path.write_bytes(b"\n".join(map(orjson.dumps, verdicts)))
    return path


def outcomes(*rows: tuple[str, str, float]) -> Outcomes:
    """Of kinds, campaigns and scores."""
    return Outcomes(
        names=[f"m{number}" for number in range(len(rows))],
        labels=[Label(kind, campaign) for kind, campaign, _ in rows],
        scores=np.array([score for _, _, score in rows]),
        flagged=np.array([score >= 0.5 for _, _, score in rows]),
        detectors=[() for _ in rows],
        lacking=0,
        unlabelled=0,
    )


def test_messages_campaigns_and_false_alerts_are_counted() -> None:
    found = evaluate(
        outcomes(
            *[("bec", "a", 0.9), ("bec", "a", 0.2), ("bec", "b", 0.4), ("recon", "", 0.8)],
            *[("safe", "", 0.6), ("graymail", "", 0.1), ("safe", "", 0.0), ("spam", "", 1.0)],
        )
    )
    assert found.all.messages["flagged"] == Proportion(2, 4, 3)
    assert found.all.campaigns["flagged"] == Proportion(2, 3, 3)
    assert found.classes["bec"].messages["flagged"] == Proportion(1, 3, 2)
    assert found.macro["flagged"] == pytest.approx((1 / 3 + 1) / 2)
    assert found.alerts["flagged"] == Proportion(1, 3, 3)
    assert found.precision == Proportion(2, 3, 3)
    assert found.thresholds == dict.fromkeys(ranking.RATES, 0.6)
    assert found.all.messages["1/1,000"].found == 2


@given(SCORES, SCORES)
def test_average_precision_is_an_area_in_steps(attacks: list[float], harmless: list[float]) -> None:
    area = found = 0.0
    for value in sorted({*attacks, *harmless}, reverse=True):
        new = attacks.count(value)
        found += new
        above = sum(one >= value for one in (*attacks, *harmless))
        area += new / len(attacks) * found / above
    measured = ranking.average_precision(np.array(attacks), np.array(harmless))
    assert measured == pytest.approx(area)


@given(SCORES)
def test_no_more_than_its_rate_lies_above_a_threshold(harmless: list[float]) -> None:
    for name, at in ranking.thresholds(np.array(harmless)).items():
        rate = ranking.RATES[name]
        assert sum(score > at for score in harmless) <= rate * len(harmless)
        # A lower one would let more through than the rate allows.
        lower = [score for score in harmless if score < at]
        if lower:
            assert sum(score > max(lower) for score in harmless) > rate * len(harmless)


@given(SCORES, SCORES)
def test_the_curve_has_every_threshold(attacks: list[float], harmless: list[float]) -> None:
    points = ranking.curve(np.array(attacks), np.array(harmless))
    for at in {*attacks, *harmless}:
        false = sum(score > at for score in harmless) / len(harmless)
        found = sum(score > at for score in attacks) / len(attacks)
        assert any(np.allclose(point, (false, found)) for point in points)


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(5, 10, 0.2366, 0.7634), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_intervals(found: int, of: int, low: float, high: float) -> None:
    assert Proportion(found, of, of).interval == pytest.approx((low, high), abs=1e-4)


def test_copies_of_one_mail_say_no_more_than_one() -> None:
    one, forty = Proportion(1, 2, 2), Proportion(20, 40, 2)
    assert one.interval == forty.interval


@given(st.integers(0, 8), st.integers(0, 4))
def test_the_sign_test_counts_all_ways(lost: int, gained: int) -> None:
    ways = list(product((0, 1), repeat=lost + gained))
    assert chance_of(lost, gained) == sum(sum(way) >= lost for way in ways) / len(ways)


def test_calibration_compares_by_tenth() -> None:
    scores = np.array([0.05, 0.05, 0.85, 0.85, 1.0])
    found = calibration(scores, np.array([False, False, True, False, True]))
    tenths = [(one.low, one.attacks.found, one.attacks.of) for one in found.tenths]
    assert tenths == [(0.0, 0, 2), (0.8, 1, 2), (0.9, 1, 1)]
    assert found.error == pytest.approx((0.05 * 2 + 0.35 * 2 + 0.0) / 5)
    assert found.brier == pytest.approx((2 * 0.0025 + 0.0225 + 0.7225) / 5)


def test_what_only_one_detector_found_is_counted(tmp_path: Path) -> None:
    verdicts = [
        verdict(1, 0.9, "one"),
        verdict(2, 0.9, "one", "two"),
        verdict(3, 0.6, "two"),
        verdict(4, 0.1, "one"),
    ]
    kinds = {"m1@x": "bec", "m2@x": "bec", "m3@x": "safe", "m4@x": "bec"}
    labels = {name: Label(kind) for name, kind in kinds.items()}
    found = evaluate(read_outcomes(written(tmp_path / "v.jsonl", verdicts), labels)).detectors
    assert list(found) == ["one", "two"]
    one, two = found.values()
    assert (one.attacks, one.alone, one.harmless, one.overlap) == (3, 1, 0, ("two", 1 / 3))
    assert (two.attacks, two.alone, two.harmless, two.false_alone) == (1, 0, 1, 1)
    assert two.precision == Proportion(1, 2, 2)


def test_the_last_revision_counts_and_what_has_no_verdict_is_not_found(tmp_path: Path) -> None:
    verdicts = [
        verdict(1, 0.9, revision=2),
        verdict(1, 0.0, revision=1),
        verdict(2, 0.9),
        verdict(3, 0.9, tenant="other"),
    ]
    labels = {"m1@x": Label("bec"), f"{3:032x}": Label("bec"), "m4@x": Label("bec")}
    file = written(tmp_path / "verdicts.jsonl", verdicts)
    found = read_outcomes(tmp_path, labels, "acme")
    assert found.scores.tolist() == [0.9, 0.0, 0.0]
    assert (found.lacking, found.unlabelled) == (2, 1)
    assert read_outcomes(file, labels).scores.tolist() == [0.9, 0.9, 0.0]


def test_tables_and_lines_of_labels_are_read_alike(tmp_path: Path) -> None:
    table, lines = tmp_path / "l.csv", tmp_path / "l.jsonl"
    table.write_text(
        "message_id,label,attack_class,campaign,scored,language\n"
        "<a@x>,attack,bec,c1,1,de\nb@x,ham,,,1,\nc@x,ham,,,0,\n"
    )
    lines.write_text(
        '{"message_id":"a@x","kind":"bec","campaign":"c1","language":"de"}\n\n'
        '{"message_id":"b@x","kind":"safe"}\n{"message_id":"c@x","kind":"safe","scored":false}\n'
    )
    expected = {"a@x": Label("bec", "c1", {"language": "de"}), "b@x": Label("safe")}
    assert read_labelled(table) == read_labelled(lines) == expected


@pytest.mark.parametrize("line", ["no json", '{"kind":"bec"}', '{"message_id":"a"}', "[]", "1"])
def test_a_line_that_is_no_label_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "l.jsonl"
    file.write_text('{"message_id":"a@x","kind":"bec"}\n' + line)
    with pytest.raises(InputError, match="line 2 is not a label"):
        read_labelled(file)


def _report(*scores: float) -> dict[str, Any]:
    kinds = ["bec"] * (len(scores) // 2) + ["safe"] * (len(scores) - len(scores) // 2)
    rows = [(kind, "", score) for kind, score in zip(kinds, scores, strict=True)]
    return evaluation_report.as_json(evaluate(outcomes(*rows)))


def test_a_fall_is_what_chance_hardly_makes() -> None:
    before = _report(*[0.9] * 10, *[0.0] * 10)
    five = {one.measure: one for one in compare(before, _report(*[0.9] * 5, *[0.0] * 15))}
    assert (five["attacks, flagged"].lost, five["attacks, flagged"].is_fall) == (5, True)
    assert not five["false alerts, flagged"].is_fall
    four = compare(before, _report(*[0.9] * 6, *[0.0] * 14))
    assert not any(one.is_fall for one in four)
    alerts = compare(before, _report(*[0.9] * 15, *[0.0] * 5))
    assert [one.measure for one in alerts if one.measure.startswith("false") and one.is_fall]


def test_evaluations_of_different_labels_are_not_compared() -> None:
    with pytest.raises(InputError, match="different labels"):
        compare(_report(0.9, 0.1), _report(0.9, 0.9, 0.1, 0.1))


def test_nothing_labelled_is_an_error_and_no_attacks_are_not(tmp_path: Path) -> None:
    file = written(tmp_path / "v.jsonl", [verdict(1, 0.9)])
    with pytest.raises(InputError, match="is labelled"):
        read_outcomes(file, {"other": Label("bec")})
    found = evaluate(read_outcomes(file, {"m1@x": Label("safe")}))
    assert math.isnan(found.average_precision)
    report = evaluation_report.as_json(found)
    assert report["average_precision"] is None
    attacks = compare(report, report)[0]
    assert (attacks.before, attacks.now) == (0.0, 0.0)
    assert "1 harmless" in " ".join(evaluation_report.as_page(found, report, "t").split())
