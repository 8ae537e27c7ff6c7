"""What a transformation must be: honest about what a sender controls, and always the same."""

from __future__ import annotations

from functools import cache
from itertools import islice

import pytest

from detection_stream.demo import generate
from detection_stream.demo.organisation import GATEWAY
from detection_stream.evaluation.labels import HARMLESS
from detection_stream.parsing.identity import identify
from tests.metamorphic.attack import Attack
from tests.metamorphic.knowledge import attack_of, correspondences
from tests.metamorphic.mail import split
from tests.metamorphic.registry import transformations

_SEED = 5


@cache
def _attacks() -> tuple[Attack, ...]:
    stream = list(generate(3_000, _SEED))
    real = correspondences(stream, _SEED)
    return tuple(
        attack_of(message, number, real, _SEED)
        for number, message in enumerate(stream)
        if message.kind not in HARMLESS and message.kind != "spam"
    )


def test_a_mail_is_cut_and_put_together_again() -> None:
    for message in generate(300, _SEED):
        mail = split(message.raw)
        assert mail.raw == message.raw
        assert [field.name for field in mail.gateway[:2]] == ["Return-Path", "Received"]
        assert not any(GATEWAY in field.value for field in mail.fields if field.name != "Received")


@pytest.mark.parametrize("name", transformations())
def test_the_receiving_host_writes_on_top(name: str) -> None:
    one = transformations()[name]
    changed = 0
    applied = ((attack, one.apply(attack)) for attack in _attacks())
    for attack, delivery in islice((pair for pair in applied if pair[1] is not None), 6):
        assert delivery is not None
        names = [field.name for field in delivery.mail.gateway]
        assert names[:2] == ["Return-Path", "Received"]
        assert f" by {GATEWAY} " in delivery.mail.gateway[1].value
        assert delivery.mail.gateway[1] == attack.mail.gateway[1]
        assert identify(delivery.mail.raw, "demo")[0] == attack.at * 1_000
        for earlier in delivery.before:
            assert earlier.at <= attack.at
            assert identify(earlier.mail.raw, "demo")[0] == earlier.at * 1_000
        changed += delivery.mail.raw != attack.mail.raw or bool(delivery.before)
    assert changed


@pytest.mark.parametrize("name", transformations())
def test_a_transformation_is_the_same_each_time(name: str) -> None:
    one = transformations()[name]
    for attack in _attacks()[:2]:
        assert one.apply(attack) == one.apply(attack)
