"""Simulated mail is that of the organisation: its people, its threads, its heads."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from detection_stream.demo import OWN_DOMAINS
from detection_stream.errors import InputError
from detection_stream.model.message import Message
from detection_stream.parsing.mail_head import read_head
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.simulation.simulate import SimulatedMail, Simulation, SourceMail
from tests.simulation.made_mail import MESSAGES, SCENARIOS, read, simulated
from tests.topology.harness import demo

_MAY_BE_EMPTY = {"reconnaissance", "person_test", "person_number"}


def _parsed(kind: str = "") -> list[tuple[str, Message]]:
    return [
        (one.scenario, parse_message(one.raw))
        for one in simulated().injected
        if not kind or one.kind == kind
    ]


def test_hardly_a_scenario_is_left_out() -> None:
    made = {one.scenario for one in simulated().injected}
    assert len({one.id for one in SCENARIOS} - made) <= 2


def test_it_is_the_same_for_a_seed() -> None:
    source = SourceMail(read, frozenset(OWN_DOMAINS))
    plan = Simulation(SCENARIOS, 0.1, 0.1, 5)
    one, two = SimulatedMail(source, plan), SimulatedMail(source, plan)
    assert [found.raw for found in one.injected] == [found.raw for found in two.injected]
    assert len({found.raw for found in one.injected}) == len(one.injected)


def test_all_mail_comes_in_order_and_the_real_as_it_was() -> None:
    found = list(simulated().messages())
    assert [one.received_at for one in found] == sorted(one.received_at for one in found)
    assert [one.raw for one in found if one.label is None] == [raw for raw, _ in read()]
    labels = [one.label for one in found if one.label]
    assert len(labels) == len(simulated().injected) == len(found) - MESSAGES
    assert len({label["message_id"] for label in labels}) == len(labels)
    assert {label["kind"] for label in labels} > {"safe", "graymail", "spam", "gift_cards"}


def test_it_reads_as_mail_that_people_of_the_organisation_get() -> None:
    for scenario, message in _parsed():
        assert not message.defects, (scenario, message.defects)
        assert message.message_id
        assert message.subject or scenario in _MAY_BE_EMPTY, scenario
        assert {box.domain for box in message.to} & set(OWN_DOMAINS), scenario
        assert "{" not in message.text or scenario.startswith("service_monitoring"), scenario


def test_heads_tell_nothing_of_the_class() -> None:
    """Simulated attacks have fields that real mail has, and no others."""
    real = Counter(name for raw, _ in read() for name, _ in read_head(raw).fields)
    usual = {"reply-to", "references", "in-reply-to", "mime-version", "content-type"}
    for one in simulated().injected:
        names = {name for name, _ in read_head(one.raw).fields}
        assert names <= real.keys() | usual | {"content-transfer-encoding"}, one.scenario
    gateways = {message.hops[0].by for _, message in _parsed() if message.hops}
    assert gateways == {"mx.harborlight.example"}


def test_dates_are_those_of_the_arrival() -> None:
    for one in simulated().injected:
        message = parse_message(one.raw)
        assert message.date is not None
        assert 0 <= one.received_at - message.date <= 60_000, one.scenario


def test_impostors_imitate_whom_there_is() -> None:
    last_names = {one.mailbox.name.split()[-1] for one in simulated().organisation.executives}
    wanted = {"gift_cards", "executive_request", "executive_number", "acquisition_secret"}
    found = [message for scenario, message in _parsed() if scenario in wanted]
    named = [m for m in found if any(n.lower() in m.sender.name.lower() for n in last_names)]
    assert found
    assert len(named) >= 0.6 * len(found)


def test_hijacked_threads_are_real() -> None:
    known = {exchange.references[-1] for exchange in simulated().organisation.exchanges}
    joined = [m for s, m in _parsed() if s.startswith("thread_hijack") and m.in_reply_to]
    assert joined
    assert {message.in_reply_to for message in joined} <= known
    assert all(message.quoted for message in joined)


def test_nothing_comes_before_its_model_is_known() -> None:
    first = defaultdict(lambda: 0)
    for partner in simulated().organisation.partners:
        first[partner.mailbox.address] = partner.first_at
    for one in simulated().injected:
        sender = parse_message(one.raw).sender.address
        if one.scenario == "vendor_account_taken":
            assert one.received_at // 1000 >= first[sender] > 0


def test_mail_without_trace_is_given_one() -> None:
    """All of it by the same code, so that history and attacks look alike."""

    def bare() -> list[tuple[bytes, int]]:
        wanted = (b"message-id", b"date", b"from", b"to", b"subject")
        found = []
        for message in demo(MESSAGES):
            fields = read_head(message.raw).fields
            head = b"".join(
                b"%b: %b\r\n" % (name.encode(), value)
                for name, value in fields
                if name.encode() in wanted
            )
            found.append((head + b"\r\nHello there\r\n", message.received_at))
        return found

    made = SimulatedMail(
        SourceMail(bare, frozenset(OWN_DOMAINS)), Simulation(SCENARIOS, 0.3, 0.3, 1)
    )
    assert made.archive
    assert not simulated().archive
    heads: dict[bool, set[str]] = {True: set(), False: set()}
    for one in made.messages():
        message = parse_message(one.raw)
        assert message.hops
        heads[one.label is None] |= {name for name, _ in read_head(one.raw).fields}
    assert heads[False] - heads[True] <= {"reply-to", "references", "in-reply-to"}


def test_mail_from_inside_alone_is_said() -> None:
    def inside() -> list[tuple[bytes, int]]:
        raw = b"From: a@harborlight.example\r\nTo: b@harborlight.example\r\n\r\nHello\r\n"
        return [(raw, 1_700_000_000_000)]

    with pytest.raises(InputError, match="no mail from outside"):
        SimulatedMail(SourceMail(inside, frozenset(OWN_DOMAINS)), Simulation(SCENARIOS, 1, 1, 1))


def test_hostile_mail_in_the_history_does_no_harm() -> None:
    """Heads of senders are reused: whatever they hold, simulated mail still reads."""

    def hostile() -> list[tuple[bytes, int]]:
        nasty = [
            b"From: \xff\xfe <x@evil.example>\r\nTo: ada@harborlight.example\r\nX-Mailer: "
            + b"a" * 5_000 + b"\r\nReceived: from a (b [999.1.1.1]) by c; 99 Foo 2025\r\n\r\nx",
            b"Received: " + b"id (((" * 400 + b"\r\nFrom: y@[::1]\r\n"
            + b"To: b@harborlight.example\r\n\r\n",
            b"\0\0\0",
            b"Date: Thu, 99 Jul 99999 99:99:99 +9999\r\nFrom: a@b.c\r\nTo: d@harborlight.example"
            b"\r\nMessage-ID: <" + b"(" * 900 + b"@x>\r\n\r\n",
        ]  # fmt: skip
        mail = [(message.raw, message.received_at) for message in demo(300)]
        return [*mail, *((raw, mail[-1][1] + n) for n, raw in enumerate(nasty * 30))]

    made = SimulatedMail(
        SourceMail(hostile, frozenset(OWN_DOMAINS)), Simulation(SCENARIOS, 0.5, 0.5, 2)
    )
    for one in made.injected:
        assert parse_message(one.raw).sender.address
