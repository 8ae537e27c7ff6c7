"""What hosts on the way write on top of a message."""

from __future__ import annotations

from detection_stream.simulation.dates import stamp
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Draft


def trace(draft: Draft, at: int, dice: Dice, gateway: str) -> str:
    """Return path, hops (newest first), results and signature."""
    origin, sender = draft.author.origin, draft.author.mailbox
    queue = dice.hex(10).upper()
    ip = f"{origin.network}{dice.between(2, 250)}"
    if not origin.host:
        own = gateway.partition(".")[2]
        store = f"store{dice.between(1, 6)}.{own}"
        checked = f"Authentication-Results: {gateway}; {origin.results}\r\n"
        return (
            f"Return-Path: <{sender.address}>\r\n"
            f"Received: from {store} ({store} [{ip}])\r\n"
            f" by {gateway} with ESMTPS id {queue}; {stamp(at)}\r\n"
            f"{checked if origin.results else ''}"
        )
    path = f"b-{dice.hex(8)}@{origin.bounces}" if origin.bounces else sender.address
    client = f"10.{dice.between(0, 250)}.{dice.between(0, 250)}.{dice.between(2, 250)}"
    results = origin.results.replace("; ", ";\r\n ")
    top = (
        f"Return-Path: <{path}>\r\n"
        f"Received: from {origin.host} ({origin.host} [{ip}])\r\n"
        f" by {gateway} with ESMTPS id {queue}\r\n for <{draft.to[0].address}>; {stamp(at)}\r\n"
        f"Authentication-Results: {gateway};\r\n {results}\r\n"
        f"Received: from [{client}] by {origin.host}\r\n with ESMTPSA id {dice.hex(12)};"
        f" {stamp(at - dice.between(1, 3), origin.offset_hours)}\r\n"
    )
    if not origin.signer:
        return top
    return (
        f"{top}DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={origin.signer}; s=s1;\r\n"
        f" h=from:to:subject:date:message-id; bh={dice.hex(12)}{dice.hex(12)}=;\r\n"
        f" b={dice.hex(12)}{dice.hex(12)}{dice.hex(12)}{dice.hex(12)}=\r\n"
    )
