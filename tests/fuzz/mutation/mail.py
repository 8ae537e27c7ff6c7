"""Mutated mails."""

from __future__ import annotations

from copy import deepcopy
from functools import cache

from detection_stream.demo import generate
from tests.fuzz.mutation.chance import Chance
from tests.fuzz.mutation.fields import FIELDS
from tests.fuzz.mutation.markup import MARKUP
from tests.fuzz.mutation.octets import mutate_bytes
from tests.fuzz.mutation.parts import PARTS
from tests.fuzz.mutation.tree import Part, read

MAX_BYTES = 8_000_000
"""Longer mails are cut: size alone is tried by other tests."""
_SOURCES = 1_500
"""Mails of the demo that mutations begin with: each kind is among them."""


@cache
def sources() -> tuple[bytes, ...]:
    """Mails to begin with."""
    return tuple(message.raw for message in generate(_SOURCES, seed=3))


@cache
def _tree(number: int) -> Part:
    return read(sources()[number])


def mutate_mail(chance: Chance) -> bytes:
    """A mail with up to five mutations, mostly of its structure."""
    root = deepcopy(_tree(chance.randrange(len(sources()))))
    for _ in range(chance.randint(1, 4)):
        chance.some(chance.some((PARTS, FIELDS, MARKUP)))(chance, root)
    data = root.write()
    if chance.random() < 0.15:
        data = mutate_bytes(chance, data)
    return data[:MAX_BYTES]
