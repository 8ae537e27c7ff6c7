"""Mutations of bytes, whatever they are."""

from __future__ import annotations

from tests.fuzz.mutation.chance import Chance


def mutate_bytes(chance: Chance, data: bytes) -> bytes:
    """One of: flip, insert, remove, repeat, cut, other line ends."""
    at, other = chance.randint(0, len(data)), chance.randint(0, len(data))
    length = chance.size(64, 5_000)
    match chance.randrange(7):
        case 0:
            return _flipped(chance, data)
        case 1:
            middle = chance.junk(length) + data[at:]
        case 2:
            middle = data[at + length :]
        case 3:
            middle = data[at : at + length] * chance.size(5, 500) + data[at:]
        case 4:
            middle = b""
        case 5:
            return data.replace(b"\r\n", chance.some((b"\n", b"\r", b"\n\r", b"\r\r\n")))
        case _:
            middle = data[other : other + length] + data[at:]
    return data[:at] + middle


def _flipped(chance: Chance, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.size(8, 500) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)
