"""Who a message is from: what of its headers counts, and what a sender can do about it."""

from __future__ import annotations

import math

import pytest

from detection_stream.model.envelope import Envelope
from detection_stream.model.reception import UNKNOWN_RECEPTION, Reception
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.registry import all_signals

OWN = frozenset({"own.example"})
FOREIGN = "Received: from h (mail.evil.example [203.0.113.9]) by mx.own.example; x\n"
RELAY = "Received: from mx (10.0.0.2) by store.own.example; x\n"
INSIDE = "Received: from desk (desk [10.1.2.3]) by mx.own.example with ESMTP; x\n"
PASS = "mx.own.example; dmarc=pass header.from=own.example"
MX = Reception(frozenset({"mx.own.example"}), "usual")


def batch(head: str, sender: str, reception: Reception = UNKNOWN_RECEPTION) -> MessageBatch:
    message = parse_message(f"{head}From: {sender}\nSubject: x\n\nx".encode())
    return MessageBatch([message], [Envelope("t", OWN, 0, reception=reception)])


def results(value: str) -> str:
    return f"Authentication-Results: {value}\n"


def told(head: str, reception: Reception = UNKNOWN_RECEPTION) -> tuple[float, bool]:
    """The proof of a message from an own address, and whether it counts as external."""
    found = batch(head, "chief@own.example", reception)
    return found.authenticated[0], found.external[0]


@pytest.mark.parametrize(
    "head",
    [
        results(PASS) + FOREIGN,
        FOREIGN + results(PASS),
        RELAY + results(PASS) + FOREIGN,
        INSIDE,
        RELAY + INSIDE,
        "Received: from h (x [203.0.113.9]) by mx.own.example with ESMTPSA; x\n",
        "Received: from [203.0.113.9] (client.example) by ex.own.example with HTTPS; x\n",
        "",
    ],
)
def test_proof_and_internal_paths_make_it_inside(head: str) -> None:
    assert told(head)[1] is False


@pytest.mark.parametrize(
    "head",
    [
        FOREIGN,
        FOREIGN + INSIDE,
        results("mx.own.example; dmarc=none; spf=none") + FOREIGN,
        results("mx.own.example; dmarc=none") + FOREIGN + results(PASS),
        FOREIGN + results("mx.own.example; spf=neutral") + results(PASS),
        FOREIGN + INSIDE + results(PASS),
        FOREIGN + results("mx.own.example; dmarc=pass header.from=evil.example"),
        "Received: from [10.1.1.1] by mx.own.example; x\n",
        "Received: from a.outlook.com (203.0.113.6) by b.outlook.com; x\n" + FOREIGN + INSIDE,
        results("mx; dmarc=none"),
    ],
)
def test_nothing_else_does(head: str) -> None:
    proven, external = told(head)
    assert external
    assert proven != 1.0


def test_a_provider_that_hands_mail_on_over_https_makes_nothing_inside() -> None:
    store, front = "a.mail.provider.example", "b.mail.provider.example"
    head = (
        f"Received: from {store} (2001:db8::1) by {store} with HTTPS; x\n"
        f"Received: from mail.evil.example (203.0.113.9) by {front} with ESMTPS; x\n"
    )
    assert told(head, MX)[1]


def test_only_known_hosts_are_believed() -> None:
    other = FOREIGN + results("mx.evil.example; dmarc=pass header.from=own.example")
    assert told(other)[0] == 1.0
    assert math.isnan(told(other, MX)[0])
    assert told(FOREIGN + results(PASS), MX)[0] == 1.0


def test_a_name_given_in_the_greeting_moves_no_border() -> None:
    head = "Received: from x.own.example (unknown [203.0.113.6]) by mx.own.example; x\n"
    above = Reception(frozenset({"mx.own.example"}), "usual", results_below=False)
    assert math.isnan(told(head + results(PASS) + FOREIGN, above)[0])
    assert math.isnan(told(head + INSIDE + results(PASS) + FOREIGN)[0])
    relay = "Received: from a.outlook.com (2603:10a6:1::2) by b.outlook.com; x\n"
    outside = "Received: from a.outlook.com (203.0.113.6) by b.outlook.com; x\n"
    border = "Received: from h (203.0.113.9) by a.outlook.com; x\n"
    proof = results("spf=pass smtp.mailfrom=own.example")
    assert told(relay + proof + border)[0] == 1.0
    assert math.isnan(told(outside + INSIDE + proof + border)[0])


def test_hosts_that_write_above_are_not_believed_below() -> None:
    above = Reception(frozenset({"mx.own.example"}), "usual", results_below=False)
    assert told(results(PASS) + FOREIGN, above)[0] == 1.0
    assert math.isnan(told(FOREIGN + results(PASS), above)[0])


def test_received_spf_counts_only_where_results_are_silent() -> None:
    spf = "Received-SPF: pass envelope-from=chief@own.example\n"
    assert told(spf + FOREIGN)[0] == 1.0
    assert math.isnan(told(results("mx; spf=none") + spf + FOREIGN)[0])
    assert math.isnan(told(FOREIGN + INSIDE + spf)[0])


def test_arc_counts_only_from_believed_sealers() -> None:
    head = (
        results("mx.own.example; dmarc=fail header.from=a.example; arc=pass")
        + FOREIGN
        + "ARC-Seal: i=1; d=forwarder.example\n"
        + "ARC-Authentication-Results: i=1; fwd; dmarc=pass header.from=a.example\n"
    )
    believed = Reception(arc_sealers=frozenset({"forwarder.example"}))
    assert batch(head, "ann@a.example").authenticated == [0.0]
    assert batch(head, "ann@a.example", believed).authenticated == [1.0]


def test_where_nothing_is_checked_a_claim_counts() -> None:
    never = Reception(results="never")
    proven, external = told(FOREIGN, never)
    assert math.isnan(proven)
    assert not external
    assert told("", Reception(results="usual"))[1]
    assert told(results("mx; dmarc=fail") + FOREIGN, never)[1]


def test_a_network_that_history_knows_is_internal() -> None:
    known = Reception(internal_hosts=frozenset({"evil.example"}))
    assert told(FOREIGN, known)[1] is False


def test_a_reception_survives_the_headers_of_a_record() -> None:
    reception = Reception(frozenset({"mx"}), "usual", False, frozenset({"s"}), frozenset({"h"}))
    sent = Envelope("t", OWN, 5, reception=reception)
    assert Envelope.from_headers(sent.headers()) == sent
    assert "reception" not in Envelope("t", OWN, 5).headers()


def test_fields_that_nobody_inside_wrote_are_counted() -> None:
    head = FOREIGN + results("mx.own.example; spf=none") + results(PASS) + results(PASS)
    found = batch(head, "ann@a.example")
    counted = {one.name: one for one in all_signals()}["message.results_ignored"].function(found)
    assert counted.tolist() == [2.0]
