"""The rule language: a small, safe expression over signals.

===============================  ===============================================================
``message.link_count``           a signal; where a condition is expected: true unless 0
``and`` ``or`` ``not``           three-valued logic, see `kleene`
``<`` ``<=`` ``>`` ...           comparisons, also chained: ``1 < message.link_count <= 5``
``+ - * /``                      arithmetic; missing if an operand is, or on division by zero
``missing(x)``                   whether a number is missing: never unknown
``coalesce(x, default)``         ``x``, or ``default`` where ``x`` is missing or unknown
``any_of(...)`` ``all_of(...)``  ``or`` and ``and`` as functions
``count_of(...)``                how many of the conditions are true; the unknown count as 0
``min(...)`` ``max(...)``        of numbers; missing if one of them is
===============================  ===============================================================

Every operation works element by element, so a message gets the same result in any batch.
"""

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from detection_stream.detectors.compiler import Compiler, FiresOf, TruthOf, refusal
from detection_stream.detectors.kleene import BoolColumn, Truth
from detection_stream.detectors.signal_columns import SignalColumns
from detection_stream.model.batch import FloatColumn

MAX_LENGTH: Final = 2000
MAX_DEPTH: Final = 24


@dataclass(frozen=True)
class Expression:
    """A compiled expression."""

    source: str
    signals_used: frozenset[str]
    #: Signals used as conditions.
    flags: frozenset[str]
    _truth: TruthOf = field(repr=False, compare=False)
    _fires: FiresOf = field(repr=False, compare=False)

    def truth(self, columns: Mapping[str, FloatColumn], size: int) -> Truth:
        """Where the expression is certainly true and where certainly false."""
        return self.truth_in(SignalColumns(columns, size))

    def truth_in(self, columns: SignalColumns) -> Truth:
        """The same over columns that several expressions share."""
        with np.errstate(all="ignore"):
            return self._truth(columns)

    def fires(self, columns: Mapping[str, FloatColumn], size: int) -> BoolColumn:
        """Where the expression is certainly true."""
        return self.fires_in(SignalColumns(columns, size))

    def fires_in(self, columns: SignalColumns) -> BoolColumn:
        """The same over columns that several expressions share."""
        with np.errstate(all="ignore"):
            return self._fires(columns)


def compile_expression(
    text: str, *, where: str = "expression", signals: Collection[str] | None = None
) -> Expression:
    """Compile an expression; with `signals`, a name that is not among them is an error.

    `where` names the file and key in error messages, which are `RuleError`.
    """
    source = " ".join(text.split())
    compiler = Compiler(source, where, signals)
    tree = _parse(source, where)
    truth, fires = compiler.truth(tree), compiler.fires(tree)
    return Expression(source, frozenset(compiler.used), frozenset(compiler.flags), truth, fires)


def _parse(source: str, where: str) -> ast.expr:
    """The syntax tree of an expression of acceptable size."""
    if len(source) > MAX_LENGTH:
        raise refusal(where, source[:60] + "...", f"longer than {MAX_LENGTH} characters")
    # A comment would silently swallow the rest of a folded expression.
    if not source.isascii() or "#" in source:
        bad = next(i for i, char in enumerate(source) if char == "#" or not char.isascii())
        raise refusal(where, source, f"unexpected character {source[bad]!r}", bad)
    try:
        tree = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        column = max((error.offset or 1) - 1, 0)
        raise refusal(where, source, f"invalid expression: {error.msg}", column) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise refusal(where, source, f"invalid expression: {error}") from error
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise refusal(where, source, f"nested deeper than {MAX_DEPTH} levels")
    return tree
