"""Every scenario that ships can be said, in many ways."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from detection_stream.detectors.detector import ATTACK_TYPES
from detection_stream.errors import InputError
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.scenario import (
    SCENARIOS_DIRECTORY,
    VALUES,
    MailScenario,
    load_scenario,
    load_scenarios,
)

SCENARIOS = load_scenarios()
each = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.id)


@each
def test_it_is_said_in_many_ways(scenario: MailScenario) -> None:
    dice = Dice(1, scenario.id)
    values = {name: name.upper() for name in VALUES}
    for language, grammar in scenario.grammars.items():
        texts = {"\n\n".join(grammar.write("text", dice, values)) for _ in range(60)}
        assert len(texts) > (25 if language == "en" else 8), language
        assert not any("{" in text for text in texts)
        assert max(len(grammar.write("subject", dice, values)) for _ in range(20)) == 1


@each
def test_its_kind_is_one_that_verdicts_have(scenario: MailScenario) -> None:
    assert scenario.kind in {*ATTACK_TYPES, "safe"}
    assert {"en"} < scenario.texts.keys()


def test_there_are_many_classes_and_languages() -> None:
    attacks = [one for one in SCENARIOS if not one.is_harmless]
    assert len(attacks) >= 60
    assert len(SCENARIOS) - len(attacks) >= 40
    assert len({language for one in SCENARIOS for language in one.texts}) >= 7
    assert len({one.kind for one in attacks}) >= 10


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": 5}, "kind"),
        ({"from": {"nobody": 1}}, "nobody"),
        ({"from": {}}, "length"),
        ({"share": 0}, "share"),
        ({"colour": "red"}, "colour"),
        ({"texts": {"en": {"subject": ["Hello"]}}}, "has no text"),
        ({"texts": {"xx": {"subject": ["a"], "text": ["b"]}}}, "'xx'"),
        ({"texts": {"en": {"subject": ["a"], "text": ["{unheard_of}"]}}}, "unheard_of"),
        ({"thread": {"feigned": 1}}, "has no earlier"),
        ({"files": {"pdf": 1}}, "has no file_name"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, object], said: str, tmp_path: Path) -> None:
    usual = {
        "description": "One.", "kind": "bec", "share": 1.0, "from": {"executive_freemail": 1},
        "to": {"anyone": 1}, "texts": {"en": {"subject": ["Hello"], "text": ["{greeting} you"]}},
    }  # fmt: skip
    path = tmp_path / "one.yml"
    path.write_text(yaml.safe_dump(usual))
    assert load_scenario(path).id == "one"
    path.write_text(yaml.safe_dump({**usual, **change}))
    with pytest.raises(InputError, match=said):
        load_scenario(path)


def test_a_directory_without_any_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no scenarios"):
        load_scenarios(tmp_path)
    assert SCENARIOS_DIRECTORY.is_dir()
