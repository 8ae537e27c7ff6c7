"""A tenant's model comes through the log and decides what follows it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from detection_stream.decision.decision_model import DecisionModel, load_decision_model
from detection_stream.demo import OWN_DOMAINS, TENANT
from detection_stream.model.envelope import Envelope
from detection_stream.model.tenant import TenantPolicy, TenantProfile
from tests.decision.made_models import by_one
from tests.topology.harness import (
    DEAD_LETTERS,
    KEYS,
    RAW,
    WHOLE,
    Outcome,
    Pipeline,
    demo,
    pipeline,
)

MESSAGES = 90
FIRST, SECOND = by_one("message.inbound", -8.0, 4.0), by_one("message.inbound", -8.0, -7.0)


def _profile(flow: Pipeline, model: DecisionModel, version: str = "", packed: str = "") -> None:
    policy = TenantPolicy(model=version or model.version)
    text = packed or model.packed()
    profile = TenantProfile(TENANT, frozenset(OWN_DOMAINS), policy, model=text)
    value = profile.record()
    headers = Envelope(TENANT, frozenset(), 0, "tenant", "test").headers()
    flow._append(RAW, TENANT.encode(), value, 0, KEYS.signed(headers, value))


def _run(directory: Path, sizes: tuple[int, ...]) -> Outcome:
    """A third of the mail by the general model, one by FIRST, one by SECOND."""
    with pipeline(directory) as flow:
        for number, message in enumerate(demo(MESSAGES)):
            if number == MESSAGES // 3:
                _profile(flow, FIRST)
            if number == 2 * MESSAGES // 3:
                _profile(flow, SECOND)
            envelope = Envelope(TENANT, frozenset(OWN_DOMAINS), message.received_at)
            flow._append(RAW, b"", message.raw, message.received_at, envelope.headers())
        flow.run(dict.fromkeys(flow.runners, sizes))
        return flow.outcome()


def test_each_message_is_decided_by_the_model_before_it(tmp_path: Path) -> None:
    found = _run(tmp_path, WHOLE)
    verdicts = [orjson.loads(value) for value in found.verdicts]
    third = MESSAGES // 3
    versions = [orjson.loads(value)["model"] for value in found.attributions]
    general = load_decision_model().version
    assert versions == [general] * third + [FIRST.version] * third + [SECOND.version] * third
    by_first = [v for v in verdicts[third : 2 * third] if v["direction"] == "inbound"]
    assert by_first
    assert {v["score"] >= 0.98 for v in by_first} == {True}
    assert {v["verdict"] for v in by_first} == {"malicious"}
    assert {v["attack_type"] for v in by_first} == {"bec"}
    assert min(v["score"] for v in verdicts[2 * third :]) < 0.01


@pytest.mark.parametrize("sizes", [(1,), (7, 1, 50), (31,)])
def test_batches_do_not_matter(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    assert _run(tmp_path / "cut", sizes) == _run(tmp_path / "whole", WHOLE)


def test_models_of_tenants_stay_apart_and_bounded(tmp_path: Path) -> None:
    with pipeline(tmp_path) as flow:
        for number in range(6):
            _profile(flow, by_one("message.inbound", -8.0, float(number)))
        flow.run(dict.fromkeys(flow.runners, WHOLE))
        (table,) = (rows for name, rows in flow.tables().items() if "models" in name)
    assert [len(orjson.loads(stored)) for stored in table.values()] == [3]
    assert list(table) == [TENANT.encode()]


@pytest.mark.parametrize(
    ("version", "packed", "said"),
    [
        ("0123456789ab", "", "but its policy names 0123456789ab"),
        ("", "nonsense", "not a packed decision model"),
    ],
)
def test_what_is_no_model_is_set_aside(
    tmp_path: Path, version: str, packed: str, said: str
) -> None:
    with pipeline(tmp_path) as flow:
        _profile(flow, FIRST, version, packed)
        flow.feed(demo(3))
        flow.run(dict.fromkeys(flow.runners, WHOLE))
        (letter,) = flow.values(DEAD_LETTERS)
        assert {orjson.loads(v)["model"] for v in flow.outcome().attributions} == {
            load_decision_model().version
        }
    assert said in orjson.loads(letter)["reason"]
