"""A tenant's profile arrives through the log and applies to what follows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from detection_stream.demo import OWN_DOMAINS, TENANT
from detection_stream.model.envelope import Envelope
from detection_stream.model.tenant import TenantPolicy, TenantProfile, Thresholds
from tests.topology.harness import (
    DEAD_LETTERS,
    KEYS,
    RAW,
    VERDICTS,
    Outcome,
    Pipeline,
    demo,
    pipeline,
)

STRICT = TenantPolicy("learning", Thresholds(suspicious=0.99, malicious=1.0), ("risky_attachment",))
CALM = TenantPolicy("active")
MESSAGES = 240


def _profile(flow: Pipeline, profile: TenantProfile, tenant: str = TENANT) -> None:
    envelope = Envelope(tenant, frozenset(), 0, "tenant", "test")
    value = profile.record()
    flow._append(RAW, tenant.encode(), value, 0, KEYS.signed(envelope.headers(), value))


def _run(directory: Path, sizes: tuple[int, ...], *, own_in_mail: bool = True) -> Outcome:
    """A third of the mail without a profile, one under STRICT, one under CALM."""
    domains = frozenset(OWN_DOMAINS)
    with pipeline(directory) as flow:
        messages = demo(MESSAGES)
        third = MESSAGES // 3
        if not own_in_mail:
            _profile(flow, TenantProfile(TENANT, domains))
        for start, policy in ((0, None), (third, STRICT), (2 * third, CALM)):
            if policy is not None:
                _profile(flow, TenantProfile(TENANT, domains, policy))
            for message in messages[start : start + third]:
                owned = domains if own_in_mail else frozenset[str]()
                envelope = Envelope(TENANT, owned, message.received_at, "rfc5322", "demo")
                flow._append(RAW, b"", message.raw, message.received_at, envelope.headers())
        flow.run(dict.fromkeys(flow.runners, sizes))
        return flow.outcome()


def test_each_message_is_decided_by_the_profile_before_it(tmp_path: Path) -> None:
    verdicts = [orjson.loads(value) for value in _run(tmp_path, (1 << 30,)).verdicts]
    third = MESSAGES // 3
    statuses = [verdict["tenant_status"] for verdict in verdicts]
    assert statuses == ["active"] * third + ["learning"] * third + ["active"] * third
    strict = verdicts[third : 2 * third]
    assert all(v["verdict"] != "suspicious" for v in strict if v["score"] < 0.99)
    assert any(v["score"] >= 0.5 and v["verdict"] == "safe" for v in strict)
    assert not any("risky_attachment" in v["detectors"] for v in strict)
    flagged = {v["verdict"] for v in verdicts[2 * third :] if v["score"] >= 0.5}
    assert "safe" not in flagged


@pytest.mark.parametrize("sizes", [(1,), (7, 1, 50), (81,)])
def test_batches_do_not_matter(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    assert _run(tmp_path / "cut", sizes) == _run(tmp_path / "whole", (1 << 30,))


def test_own_domains_of_a_profile_are_those_of_the_mail(tmp_path: Path) -> None:
    """The same verdicts, whether own domains come from the records or the profile."""
    said = _run(tmp_path / "said", (1 << 30,))
    known = _run(tmp_path / "known", (1 << 30,), own_in_mail=False)
    assert known.verdicts == said.verdicts
    assert known.attributions == said.attributions


def test_what_is_no_profile_is_set_aside(tmp_path: Path) -> None:
    with pipeline(tmp_path) as flow:
        _profile(flow, TenantProfile("another"))
        _profile(flow, replace(TenantProfile(TENANT), policy=TenantPolicy("asleep")))
        flow.feed(demo(5))
        flow.run(dict.fromkeys(flow.runners, (1 << 30,)))
        letters = [orjson.loads(value)["reason"] for value in flow.values(DEAD_LETTERS)]
        assert len(flow.values(VERDICTS)) == 5
    assert "is for another tenant" in letters[0]
    assert "'asleep'" in letters[1]
