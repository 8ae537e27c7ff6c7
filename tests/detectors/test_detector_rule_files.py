"""Reading rule files: strict, with errors that name the file and the key."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from detection_stream.detectors import load_detectors, load_rule
from detection_stream.errors import RuleError

RULE: Mapping[str, Any] = {
    "id": "many_links",
    "name": "Many links",
    "description": "More links than anybody reads.",
    "attack_type": "spam",
    "severity": "low",
    "confidence": 0.3,
    "techniques": ["T1566.002"],
    "when": "message.link_count > 5 and message.inbound",
    "unless": "sender.solicited",
    "tests": [
        {"name": "six", "signals": {"message.link_count": 6, "message.inbound": 1}, "fires": True},
        {"name": "none", "signals": {"message.link_count": None}, "fires": False},
    ],
}


def write(directory: Path, stem: str = "many_links", **changes: Any) -> Path:
    path = directory / f"{stem}.yml"
    document = {key: value for key, value in {**RULE, **changes}.items() if value is not ...}
    path.write_text(yaml.safe_dump(document), "utf-8")
    return path


def test_a_rule_is_read(tmp_path: Path) -> None:
    rule = load_rule(write(tmp_path))
    assert (rule.id, rule.confidence, rule.techniques) == ("many_links", 0.3, ("T1566.002",))
    assert rule.signals_used == {"message.link_count", "message.inbound", "sender.solicited"}
    rule.check()


def test_unless_is_optional_and_an_unknown_reason_not_to_fire_counts(tmp_path: Path) -> None:
    columns = {"message.link_count": np.full(3, 9.0), "message.inbound": np.ones(3)}
    assert load_rule(write(tmp_path, unless=...)).fires(columns, 3).all()
    columns["sender.solicited"] = np.array([0.0, 1.0, np.nan])
    assert load_rule(write(tmp_path)).fires(columns, 3).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"when": ...}, "the key when is missing"),
        ({"tests": ...}, "the key tests is missing"),
        ({"severty": "low"}, "unknown key severty; did you mean severity?"),
        ({"id": "other"}, "id: other must equal the file name"),
        ({"name": " "}, "name: must be a string"),
        ({"description": 7}, "description: must be a string"),
        ({"attack_type": "spamm"}, "attack_type: spamm is none of .*; did you mean spam?"),
        ({"severity": "extreme"}, "severity: extreme is none of low, medium"),
        ({"confidence": 1.5}, "confidence: must be a number"),
        ({"confidence": 0}, "confidence: must be a number"),
        ({"confidence": True}, "confidence: must be a number"),
        ({"confidence": float("nan")}, "confidence: must be a number"),
        ({"confidence": "0.5"}, "confidence: must be a number"),
        ({"techniques": "T1566"}, "techniques: must be a list"),
        ({"techniques": ["T15"]}, "techniques: 'T15' is not a MITRE"),
        ({"when": True}, "when: must be a string"),
        ({"when": "message.link_count >"}, "when: invalid expression"),
        ({"when": "message.link_cout > 5"}, "when: unknown signal message.link_cout; did you mean"),
        ({"unless": "sender.solicitd"}, "unless: unknown signal sender.solicitd; did you mean"),
        ({"tests": []}, "tests: must be a list of tests"),
        ({"tests": ["x"]}, r"tests\[0\]: must be a mapping"),
        ({"tests": [{"name": "x", "signals": {}}]}, r"tests\[0\]: the key fires is missing"),
        ({"tests": [{"name": "x", "signals": [], "fires": True}]}, "signals: must be a mapping"),
        ({"tests": [{"name": "x", "signals": {}, "fires": 1}]}, "fires: must be true or false"),
        (
            {"tests": [{"name": "x", "signals": {"message.bulk": 1}, "fires": True}]},
            r"tests\[0\]: signals: the rule does not use message.bulk",
        ),
        (
            {"tests": [{"name": "x", "signals": {"message.inbound": "1"}, "fires": True}]},
            "message.inbound must be a number",
        ),
    ],
)
def test_mistakes_are_errors(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write(tmp_path, **changes)
    signals = {"message.link_count", "message.inbound", "message.bulk", "sender.solicited"}
    with pytest.raises(RuleError, match=f"many_links.yml: .*{message}"):
        load_rule(path, signals)


@pytest.mark.parametrize(
    "text", ["- a", "", "a: [", "id: a\nid: b", "!!python/object:os.x {}", "\x00", "? [a]\n: b"]
)
def test_files_that_are_no_rule_are_errors(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(RuleError, match=r"broken\.yml"):
        load_rule(path)


def test_a_failing_test_is_an_error(tmp_path: Path) -> None:
    tests = [{"name": "seven", "signals": {"message.link_count": 7}, "fires": True}]
    with pytest.raises(
        RuleError, match=r"many_links\.yml: tests: the rule did not fire on 'seven'"
    ):
        load_rule(write(tmp_path, tests=tests)).check()


def test_a_directory_becomes_a_detector_set(tmp_path: Path) -> None:
    write(tmp_path)
    tests = [{"name": "any", "signals": {"message.inbound": 1}, "fires": True}]
    write(tmp_path, "any_mail", id="any_mail", when="message.inbound", unless=..., tests=tests)
    detectors = load_detectors(tmp_path)
    assert detectors.ids == ("any_mail", "many_links")
    columns = {
        "message.inbound": np.array([1.0, 0.0, 1.0]),
        "message.link_count": np.array([9.0, 9.0, 1.0]),
        "sender.solicited": np.zeros(3),
    }
    scores = detectors.evaluate(columns, 3)
    assert detectors.hits(scores).tolist() == [[True, True], [False, False], [True, False]]
    confidence = [one.threshold for one in detectors.detectors]
    assert scores[0].tolist() == confidence
    assert np.isnan(scores[1]).all(), "a rule that does not fire has no opinion"
    assert detectors.evaluate({}, 0).shape == (0, 2)


def test_the_version_follows_what_is_detected(tmp_path: Path) -> None:
    write(tmp_path)
    version = load_detectors(tmp_path).version
    assert len(version) == 12
    write(tmp_path, tests=RULE["tests"][:1])
    assert load_detectors(tmp_path).version == version
    write(tmp_path, name="Other words", description="They describe the same.")
    assert load_detectors(tmp_path).version == version
    write(tmp_path, confidence=0.31)
    assert load_detectors(tmp_path).version != version


def test_a_directory_without_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no detectors"):
        load_detectors(tmp_path)
    with pytest.raises(RuleError, match="no detectors"):
        load_detectors(tmp_path / "absent")


def test_a_file_that_would_be_ignored_is_an_error(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "other.yaml").write_text("", "utf-8")
    with pytest.raises(RuleError, match=r"other\.yaml: rename"):
        load_detectors(tmp_path)
