"""The model decides; detectors that it has not weighed count beside it."""

from __future__ import annotations

import numpy as np

from detection_stream.decision.policy import Decision, decide
from detection_stream.detectors.registry import load_detectors
from detection_stream.model.batch import FloatColumn
from detection_stream.model.tenant import TenantPolicy
from tests.decision.made_models import by_one

DETECTORS = load_detectors()
QUIET = {"message.inbound": np.array([1.0, 1.0]), "name.vip_match": np.array([1.0, 0.0])}
VIP = by_one("name.vip_match", -6.0, 3.0)


def _decided(
    model: object = VIP, hits: dict[str, float] | None = None, kind: str = "bec",
    policy: TenantPolicy | None = None, signals: dict[str, FloatColumn] | None = None,
) -> Decision:  # fmt: skip
    scores = np.full((2, len(DETECTORS.ids)), np.nan)
    for name, score in (hits or {}).items():
        scores[:, DETECTORS.ids.index(name)] = score
    models = [model if model is not VIP else by_one("name.vip_match", -6.0, 3.0, kind)] * 2
    policies = [policy or TenantPolicy()] * 2
    return decide(DETECTORS, scores, policies, models, signals or QUIET)  # type: ignore[arg-type]


def test_the_score_is_the_probability() -> None:
    found = _decided()
    assert found.scores[0] == 0.952574
    assert found.scores[1] < 0.01
    assert found.verdicts == ["malicious", "safe"]
    assert found.attack_types == ["bec", ""]


def test_harm_of_type_spam_is_spam() -> None:
    found = _decided(kind="spam")
    assert found.verdicts == ["spam", "safe"]
    assert found.attack_types == ["spam", ""]


def test_rules_that_the_model_has_not_weighed_count_beside_it() -> None:
    found = _decided(hits={"risky_attachment": 0.6})
    assert found.scores.tolist() == [0.952574, 0.6]
    assert found.verdicts == ["malicious", "suspicious"]
    assert found.attack_types == ["bec", "malware"]


def test_rules_that_it_has_weighed_do_not() -> None:
    base = by_one("name.vip_match", -6.0, 3.0)
    weighed = type(base)(base.name, base.score, 1.0, 0.0, base.types, base.usual,
                         {"rules": ["risky_attachment"]})  # fmt: skip
    found = _decided(weighed, {"risky_attachment": 0.6})
    assert found.verdicts == ["malicious", "safe"]
    assert found.hits[1, DETECTORS.ids.index("risky_attachment")], "it is told all the same"


def test_a_muted_rule_is_no_input_either() -> None:
    by_rule = by_one("rule.risky_attachment", -6.0, 3.0)
    assert _decided(by_rule, {"risky_attachment": 0.9}).scores[0] > 0.9
    muted = TenantPolicy(muted=("risky_attachment",))
    assert _decided(by_rule, {"risky_attachment": 0.9}, policy=muted).scores[0] < 0.01


def test_graymail_is_what_is_not_harmful() -> None:
    bulk = next(one for one in DETECTORS.detectors if one.attack_type == "graymail")
    found = _decided(hits={bulk.id: 0.6})
    assert found.verdicts == ["malicious", "graymail"]
    assert found.scores[1] < 0.01
