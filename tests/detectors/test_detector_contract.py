"""What every rule of the package must satisfy."""

import math
from pathlib import Path

import numpy as np
import pytest

from detection_stream.detectors import ATTACK_TYPES, Rule, RuleTest, load_detectors, load_rule
from detection_stream.detectors.detector import Detector
from detection_stream.detectors.registry import RULES_DIRECTORY
from detection_stream.signals.registry import all_signals

PATHS = sorted(RULES_DIRECTORY.iterdir())
DETECTORS = load_detectors()
RULES = [one for one in DETECTORS.detectors if isinstance(one, Rule)]
HINTS = ("spam", "graymail", "reconnaissance")


def fires(rule: Rule, test: RuleTest, **changes: float) -> bool:
    """Whether a rule fires on the signals of a test, after changes (``level__name``)."""
    columns = rule.columns_of(test)
    columns |= {name.replace("__", "."): np.array([value]) for name, value in changes.items()}
    return bool(rule.fires(columns, 1)[0])


@pytest.fixture(params=PATHS, ids=lambda path: path.name)
def rule(request: pytest.FixtureRequest) -> Rule:
    path: Path = request.param
    return load_rule(path)


def test_its_tests_pass(rule: Rule) -> None:
    rule.check()
    assert {test.fires for test in rule.tests} == {True, False}
    assert len({test.name for test in rule.tests}) == len(rule.tests)


def test_it_is_documented(rule: Rule) -> None:
    assert len(rule.description) > 60
    assert rule.description.endswith(".")
    assert rule.techniques or rule.attack_type in HINTS


def test_it_weighs_what_its_severity_says(rule: Rule) -> None:
    assert rule.severity != "critical" or rule.confidence >= 0.6
    assert rule.severity != "low" or rule.confidence <= 0.7
    assert rule.attack_type != "graymail" or rule.confidence <= 0.3


def test_it_is_silent_without_signals(rule: Rule) -> None:
    assert not rule.fires({}, 4).any()
    assert not rule.fires({name: np.zeros(4) for name in rule.signals_used}, 4).any()


def test_an_outage_of_one_level_never_makes_it_fire(rule: Rule) -> None:
    levels = {name.partition(".")[0] for name in rule.signals_used}
    for test in rule.tests:
        for level in levels:
            gone = {name: math.nan for name in rule.signals_used if name.startswith(f"{level}.")}
            columns = rule.columns_of(test) | {n: np.array([v]) for n, v in gone.items()}
            assert test.fires or not rule.fires(columns, 1)[0], (test.name, level)


@pytest.mark.parametrize(
    "rule",
    [
        rule
        for rule in RULES
        if {"domain.solicited", "domain.known"} & rule.signals_used
        and rule.attack_type not in HINTS
        # No large provider has a domain that resembles a brand's or an own one.
        and not {"message.brand_lookalike", "message.own_domain_lookalike"} & rule.signals_used
    ],
    ids=lambda rule: rule.id,
)
def test_a_free_mailbox_gains_nothing_from_its_provider(rule: Rule) -> None:
    """Everybody writes to the large mail providers, so that excuses none of their customers."""
    free = {"message__sender_freemail": 1.0}
    unknown = {"domain__solicited": 0.0, "domain__known": 0.0}
    familiar = {"domain__solicited": 1.0, "domain__known": 1.0, "domain__days_known": 900.0}
    for test in rule.tests:
        if test.fires and fires(rule, test, **free, **unknown):
            assert fires(rule, test, **free, **familiar), test.name


@pytest.mark.parametrize("detector", DETECTORS.detectors, ids=lambda one: one.id)
def test_every_detector_passes_its_own_tests_and_reads_what_there_is(detector: Detector) -> None:
    detector.check()
    assert set(detector.signals_listed) <= {signal.name for signal in all_signals()}
    assert 0 < detector.threshold <= 1


def test_every_attack_type_has_a_detector() -> None:
    assert {rule.attack_type for rule in DETECTORS.detectors} == set(ATTACK_TYPES)


def test_the_order_is_that_of_the_ids() -> None:
    assert list(DETECTORS.ids) == sorted(DETECTORS.ids)
    assert {path.stem for path in PATHS} <= set(DETECTORS.ids)
