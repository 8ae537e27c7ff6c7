"""Mutated messages in their JSON form."""

from __future__ import annotations

from base64 import b64encode
from copy import deepcopy
from functools import cache
from typing import Any

import orjson

from detection_stream.model.message import Address
from detection_stream.parsing.rfc5322 import parse_message
from tests.fuzz.mutation.chance import Chance
from tests.fuzz.mutation.mail import sources
from tests.fuzz.mutation.octets import mutate_bytes

_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**53, 2**63, 1e308, -0.0, "", " ", "\0", "x", "\u202e",
    "a@b.example", "<a@b.example>", "2024-05-01T10:00:00Z", "9999-12-31T23:59:59+23:59",
    "0000-00-00", "Infinity", "0001-01-01T00:00:00+14:00", [], {}, [[]], [None], {"": ""},
    {"name": 1, "address": None}, {"address": "x" * 3_000}, "=?utf-8?q?=41?=", "<b>" * 50,
    "A" * 4_000, "!!!", "\ufdd0\U0010ffff",
)  # fmt: skip
_RAW = (
    b'"\\ud800"', b'"\\ud83d\\ude00\\udc00"', b"1e999", b"-", b"01", b'"\xff"', b"NaN",
    b"[" * 1_500, b'{"a":' * 1_500, b'"\\u0000"', b"9" * 400, b'"unfinished',
)  # fmt: skip


def _addresses(addresses: tuple[Address, ...]) -> list[dict[str, str]]:
    return [{"name": one.name, "address": one.address} for one in addresses]


@cache
def _documents() -> tuple[dict[str, Any], ...]:
    found = []
    for raw in sources()[:300]:
        message = parse_message(raw)
        found.append(
            {
                "message_id": message.message_id,
                "subject": message.subject,
                "from": _addresses((message.sender,))[0],
                "to": _addresses(message.to),
                "cc": _addresses(message.cc),
                "reply_to": _addresses(message.reply_to),
                "date": "2025-01-06T10:00:00Z",
                "headers": {name: list(values) for name, values in message.headers.items()},
                "text": message.text,
                "html": f"<p>{message.text}</p>",
                "attachments": [
                    {"filename": "a.pdf", "content": b64encode(raw[:90]).decode()},
                    {"filename": "b.exe", "content_type": "x/y", "size": 3, "sha256": "00"},
                ],
                "in_reply_to": message.in_reply_to,
                "references": list(message.references),
            }
        )
    return tuple(found)


def _places(document: Any) -> list[tuple[Any, Any]]:
    """Every container with each of its keys."""
    found, left = [], [document]
    while left:
        one = left.pop()
        for key in list(one) if isinstance(one, dict) else range(len(one)):
            found.append((one, key))
            if isinstance(one[key], dict | list):
                left.append(one[key])
    return found


def _change(chance: Chance, document: dict[str, Any]) -> None:
    around, key = chance.some(_places(document) or [(document, "subject")])
    match chance.randrange(6):
        case 0 | 1:
            around[key] = deepcopy(chance.some(_VALUES))
        case 2:
            del around[key]
        case 3:
            found = around[key]
            many = chance.size(10, 20_000)
            if isinstance(found, str):
                around[key] = (found or "x")[:200] * many
            elif isinstance(found, list):
                around[key] = (found or [""])[:3] * many
            elif isinstance(found, dict):
                around[key] = found | {f"{number}": "x" for number in range(many)}
        case 4:
            other, from_key = chance.some(_places(document))
            around[key] = deepcopy(other[from_key])
        case _:
            document["headers"] = {f"X-{n}": ["y"] * 3 for n in range(chance.size(20, 20_000))}


def mutate_document(chance: Chance) -> bytes:
    """A JSON message with up to four mutations."""
    document = deepcopy(chance.some(_documents()))
    for _ in range(chance.randint(1, 4)):
        if not document:
            break
        _change(chance, document)
    data = orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)
    if chance.random() < 0.2:
        piece, value = chance.some((b'""', b"[]", b'"x"', b"null")), chance.some(_RAW)
        data = data.replace(piece, value, 1)
    return mutate_bytes(chance, data) if chance.random() < 0.1 else data
