"""What every detector keeps to, and every rule of the package besides."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping

import numpy as np
import pytest

from detection_stream.decision.columns import LEVELS
from detection_stream.detectors import ATTACK_TYPES, Rule, RuleTest, load_detectors
from detection_stream.detectors.detector import SEVERITIES, Detector, State
from detection_stream.detectors.registry import MODELS_DIRECTORY, RULES_DIRECTORY
from detection_stream.detectors.signal_columns import SignalColumns
from detection_stream.model.batch import FloatColumn
from detection_stream.signals.registry import all_signals
from tests.contract.scored import columns, model, size

PATHS = sorted(
    path
    for folder, end in ((RULES_DIRECTORY, "yml"), (MODELS_DIRECTORY, "json"))
    for path in folder.glob(f"*.{end}")
)
DETECTORS = load_detectors()
RULES = [one for one in DETECTORS.detectors if isinstance(one, Rule)]
HINTS = ("spam", "graymail", "reconnaissance")
MEMBERS = [name for name in vars(Detector) if not name.startswith("_")] + ["form"]

every_detector = pytest.mark.parametrize(
    "detector", [*DETECTORS.detectors, model()], ids=lambda one: one.id
)
"""Those of the package, and a model, so that one is there in any case."""
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda one: one.id)


class Asked(dict[str, FloatColumn]):
    """Columns that note which of them are read."""

    def __init__(self, columns: Mapping[str, FloatColumn]) -> None:
        super().__init__(columns)
        self.names: set[str] = set()

    def get(self, name: str, default: FloatColumn | None = None) -> FloatColumn | None:  # type: ignore[override] # the one call that there is
        self.names.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> FloatColumn:
        self.names.add(name)
        return super().__getitem__(name)


def _score(detector: Detector, columns: Mapping[str, FloatColumn], size: int) -> FloatColumn:
    return detector.score(SignalColumns(columns, size))


@every_detector
def test_it_is_what_a_detector_is(detector: Detector) -> None:
    for name in MEMBERS:
        assert inspect.getattr_static(type(detector), name, None) is not None or hasattr(
            detector, name
        ), name
    assert re.fullmatch("[a-z][a-z0-9_]*", detector.id)
    assert detector.name
    assert len(detector.description) > 60
    assert detector.description.endswith(".")
    assert detector.attack_type in ATTACK_TYPES
    assert detector.severity in SEVERITIES
    assert isinstance(detector.state, State)
    assert 0 < detector.threshold <= 1
    assert detector.form
    assert detector.techniques or detector.attack_type in HINTS
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", one) for one in detector.techniques)


@every_detector
def test_its_own_tests_pass(detector: Detector) -> None:
    detector.check()


@every_detector
def test_its_score_is_a_share_or_none(detector: Detector) -> None:
    score = _score(detector, columns(), size())
    assert score.shape == (size(),)
    assert score.dtype == np.float64
    told = score[~np.isnan(score)]
    assert len(told) > 0
    assert ((told >= 0) & (told <= 1)).all()
    if detector.constant_score is not None:
        assert (told == detector.constant_score).all()


@every_detector
def test_a_message_alone_has_the_same_score(detector: Detector) -> None:
    alone = [
        _score(detector, {name: column[n : n + 1] for name, column in columns().items()}, 1)
        for n in range(size())
    ]
    assert np.concatenate(alone).tobytes() == _score(detector, columns(), size()).tobytes()


@every_detector
def test_of_no_messages_it_gives_no_scores(detector: Detector) -> None:
    none = {name: column[:0] for name, column in columns().items()}
    assert _score(detector, none, 0).shape == (0,)


@every_detector
def test_it_reads_the_signals_that_it_lists(detector: Detector) -> None:
    asked = Asked(columns())
    _score(detector, asked, size())
    assert detector.signals_listed == sorted(set(detector.signals_listed))
    assert asked.names <= set(detector.signals_listed) <= {one.name for one in all_signals()}
    others = {name: column for name, column in asked.items() if name in detector.signals_listed}
    assert (
        _score(detector, others, size()).tobytes() == _score(detector, columns(), size()).tobytes()
    )


@every_detector
def test_a_level_that_is_not_there_is_a_level_of_missing_signals(detector: Detector) -> None:
    absent = np.full(size(), np.nan)
    for level in LEVELS:
        gone = {name: c for name, c in columns().items() if not name.startswith(f"{level}.")}
        missing = columns() | dict.fromkeys(columns().keys() - gone.keys(), absent)
        scores = [_score(detector, one, size()) for one in (gone, missing)]
        assert scores[0].tobytes() == scores[1].tobytes(), level


@every_detector
def test_it_leaves_the_columns_as_they_are(detector: Detector) -> None:
    locked = {name: column.copy() for name, column in columns().items()}
    for column in locked.values():
        column.flags.writeable = False
    _score(detector, locked, size())


def test_each_file_is_a_detector_of_its_name() -> None:
    assert list(DETECTORS.ids) == sorted(path.stem for path in PATHS)


def test_every_attack_type_has_a_detector() -> None:
    assert {one.attack_type for one in DETECTORS.detectors} == set(ATTACK_TYPES)


def fires(rule: Rule, test: RuleTest, **changes: float) -> bool:
    """Whether a rule fires on the signals of a test, after changes (``level__name``)."""
    columns = rule.columns_of(test)
    columns |= {name.replace("__", "."): np.array([value]) for name, value in changes.items()}
    return bool(rule.fires(columns, 1)[0])


@every_rule
def test_a_rule_has_tests_of_both_kinds(rule: Rule) -> None:
    assert {test.fires for test in rule.tests} == {True, False}
    assert len({test.name for test in rule.tests}) == len(rule.tests)


@every_rule
def test_a_rule_weighs_what_its_severity_says(rule: Rule) -> None:
    assert rule.severity != "critical" or rule.confidence >= 0.6
    assert rule.severity != "low" or rule.confidence <= 0.7
    assert rule.attack_type != "graymail" or rule.confidence <= 0.3


@every_rule
def test_a_rule_is_silent_without_signals(rule: Rule) -> None:
    assert not rule.fires({}, 4).any()
    assert not rule.fires({name: np.zeros(4) for name in rule.signals_used}, 4).any()


@every_rule
def test_an_outage_of_one_level_never_makes_a_rule_fire(rule: Rule) -> None:
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
