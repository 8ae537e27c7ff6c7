"""Text from sentence fragments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from detection_stream.simulation.dice import Dice

Production = tuple[str, ...] | Callable[[Dice], str]
_Compiled = tuple[list[str], ...] | Callable[[Dice], str]

_SLOT = re.compile(r"\{(\w+)\}")


class Grammar:
    """Named rules; a rule is a tuple of alternatives whose ``{slots}`` name other rules.

    A rule may also be a function of the dice (amounts, references). Rules of ``base`` are
    inherited.
    """

    def __init__(self, rules: Mapping[str, Production], base: Grammar | None = None) -> None:
        # Splitting by one group alternates literals with slot names: odd indexes are slots.
        compiled: dict[str, _Compiled] = {
            name: tuple(_SLOT.split(text) for text in rule) if isinstance(rule, tuple) else rule
            for name, rule in rules.items()
        }
        self._rules: dict[str, _Compiled] = {**base._rules, **compiled} if base else compiled

    def say(self, symbol: str, dice: Dice, /, **values: str) -> str:
        """One expansion of a rule in a single line; ``values`` stand for rules of the same name."""
        # Remove the blanks that empty alternatives leave.
        return " ".join(self._expand(symbol, dice, values).split())

    def write(self, symbol: str, dice: Dice, values: Mapping[str, str]) -> list[str]:
        """One expansion of a rule as paragraphs, which are apart by an empty line."""
        blocks = self._expand(symbol, dice, values).split("\n\n")
        written = (
            "\n".join(filter(None, (" ".join(line.split()) for line in block.split("\n"))))
            for block in blocks
        )
        return [block for block in written if block]

    def unknown(self, text: str) -> set[str]:
        """The slots of a text that name no rule."""
        return set(_SLOT.split(text)[1::2]) - self._rules.keys()

    def _expand(self, symbol: str, dice: Dice, values: Mapping[str, str]) -> str:
        if symbol in values:
            return values[symbol]
        rule = self._rules[symbol]
        if not isinstance(rule, tuple):
            return rule(dice)
        parts = dice.pick(rule)
        if len(parts) == 1:
            return parts[0]
        filled = parts.copy()
        for index in range(1, len(filled), 2):
            filled[index] = self._expand(filled[index], dice, values)
        return "".join(filled)
