"""Trace fields as if the mail had come from inside."""

from __future__ import annotations

from detection_stream.demo.organisation import GATEWAY
from detection_stream.simulation.dates import stamp
from tests.metamorphic.attack import Attack
from tests.metamorphic.mail import Field, Mail
from tests.metamorphic.registry import transformation


def _hops(attack: Attack, count: int) -> list[Field]:
    store = "store3.harborlight.example"
    return [
        Field(
            "Received",
            f"from {store} ({store} [10.20.4.{17 + number}])\r\n by {GATEWAY} with ESMTPS id "
            f"{attack.dice.hex(10).upper()}; {stamp(attack.at - 2 - number)}",
        )
        for number in range(count)
    ]


@transformation
def internal_hop(attack: Attack) -> Mail:
    """A Received field of the organisation's own store, directly below the gateway's fields."""
    return attack.mail.on_top(*_hops(attack, 1))


@transformation
def internal_hops_only(attack: Attack) -> Mail:
    """Three internal Received fields, and none of the sender's real hosts."""
    return attack.mail.without("Received", "DKIM-Signature").on_top(*_hops(attack, 3))


@transformation
def return_path_below(attack: Attack) -> Mail:
    """A second Return-Path with the chief's address."""
    return attack.mail.on_top(Field("Return-Path", f"<{attack.chief.mailbox.address}>"))


@transformation
def internal_marks(attack: Attack) -> Mail:
    """X-headers with which servers mark internal, checked and trusted mail."""
    return attack.mail.on_top(
        Field("X-Originating-IP", "[10.20.4.17]"),
        Field("X-MS-Exchange-Organization-AuthAs", "Internal"),
        Field("X-MS-Exchange-Organization-AuthMechanism", "04"),
        Field("X-MS-Exchange-Organization-AuthSource", GATEWAY),
        Field("X-MS-Exchange-Organization-SCL", "-1"),
        Field("X-Forefront-Antispam-Report", "SFV:SKI;SCL:-1;DIR:INT"),
        Field("X-Spam-Status", "No, score=-10.0"),
        Field("X-Virus-Scanned", f"clean at {GATEWAY}"),
    )


@transformation
def many_hops(attack: Attack) -> Mail:
    """Two hundred Received fields, more than are read."""
    return attack.mail.on_top(*_hops(attack, 200))
