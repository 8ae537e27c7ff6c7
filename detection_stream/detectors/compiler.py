"""Compiles the syntax tree of a rule expression to functions over columns.

Only the nodes listed here compile; all others of Python's grammar are refused. No part of an
expression is ever executed as Python. The position of a node decides what it must be: a condition
(a `Truth`) or a number (a column of floats).
"""

import ast
import difflib
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from typing import Final

import numpy as np

from detection_stream.detectors.kleene import (
    BoolColumn,
    Comparison,
    Truth,
    both,
    certain,
    compare,
    either,
    negate,
    otherwise,
)
from detection_stream.detectors.signal_columns import SignalColumns
from detection_stream.errors import RuleError
from detection_stream.model.batch import FloatColumn

SIGNAL_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


TruthOf = Callable[[SignalColumns], Truth]
FiresOf = Callable[[SignalColumns], BoolColumn]
NumberOf = Callable[[SignalColumns], FloatColumn]
Operator = Callable[[FloatColumn, FloatColumn], FloatColumn]


def _divide(left: FloatColumn, right: FloatColumn) -> FloatColumn:
    """The quotient; a division by zero is missing."""
    return np.divide(left, right, out=np.full_like(left, np.nan), where=right != 0)


_COMPARISONS: Final[Mapping[type[ast.cmpop], Comparison]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
_ARITHMETIC: Final[Mapping[type[ast.operator], Operator]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: _divide,
}
_EXTREMES: Final[Mapping[str, Operator]] = {"min": np.minimum, "max": np.maximum}
_CONDITIONS: Final = ("all_of", "any_of", "coalesce", "missing")
_NUMBERS: Final = ("coalesce", "count_of", "max", "min")
_FUNCTIONS: Final = frozenset((*_CONDITIONS, *_NUMBERS))


def refusal(where: str, source: str, problem: str, column: int = 0) -> RuleError:
    """The error for a refused expression, pointing at a column (from 0)."""
    return RuleError(
        f"{where}: {problem}, at column {column + 1} of\n  {source}\n  {' ' * column}^"
    )


def suggestion(name: str, known: Iterable[str]) -> str:
    """Suffix of an error message: the closest known name, if any."""
    same_tail = sorted(other for other in known if other.endswith(f".{name}"))
    nearest = same_tail or difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {nearest[0]}?" if nearest else ""


@dataclass
class Compiler:
    """Compiles one expression and notes the signals that it uses."""

    source: str
    where: str
    signals: Collection[str] | None
    used: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)

    def truth(self, node: ast.expr) -> TruthOf:
        """Compile a node as a condition."""
        match node:
            case ast.BoolOp(op=operator, values=values):
                return self._fold(both if isinstance(operator, ast.And) else either, values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.truth(operand)
                return lambda columns: negate(inner(columns))
            case ast.Compare():
                return self._comparison(node)
            case ast.Constant(value=bool(value)):
                return lambda columns: certain(np.full(columns.size, value))
            case ast.Call():
                return self._condition_call(node)
            case ast.Attribute() | ast.Name():
                return self._flag(node)
        raise self._refusal(
            node, "a condition is expected here: a comparison, a flag, True or False"
        )

    def fires(self, node: ast.expr) -> FiresOf:
        """Compile a condition of which only the certainly-true rows matter.

        A conjunction stops once nothing is true: on most batches most rules end
        at their first operand.
        """
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                return self._all(values)
            case ast.Call(func=ast.Name(id="all_of"), args=values, keywords=[]) if values:
                return self._all(values)
        truth = self.truth(node)
        return lambda columns: truth(columns).yes

    def _all(self, nodes: list[ast.expr]) -> FiresOf:
        first, *others = [self.fires(node) for node in nodes]

        def run(columns: SignalColumns) -> BoolColumn:
            yes = first(columns)
            for part in others:
                if not np.count_nonzero(yes):
                    break
                yes = yes & part(columns)
            return yes

        return run

    def number(self, node: ast.expr) -> NumberOf:
        """Compile a node as a number."""
        match node:
            case ast.Constant(value=bool() | int() | float() as value):
                return self._constant(node, value)
            case ast.Attribute() | ast.Name():
                name = self._signal(node)
                return lambda columns: columns.column(name)
            case ast.BinOp(left=left, op=operator, right=right):
                function = _ARITHMETIC.get(type(operator))
                if function is not None:
                    return self._reduce(function, [left, right])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.number(operand)
                return lambda columns: -inner(columns)
            case ast.Call():
                return self._number_call(node)
        raise self._refusal(
            node, "a number is expected here: a signal, a number, + - * /, min or max"
        )

    def _fold(self, combine: Callable[[Truth, Truth], Truth], nodes: list[ast.expr]) -> TruthOf:
        parts = [self.truth(node) for node in nodes]
        return lambda columns: reduce(combine, (part(columns) for part in parts))

    def _reduce(self, function: Operator, nodes: list[ast.expr]) -> NumberOf:
        parts = [self.number(node) for node in nodes]
        return lambda columns: reduce(function, (part(columns) for part in parts))

    def _comparison(self, node: ast.Compare) -> TruthOf:
        if any(type(operator) not in _COMPARISONS for operator in node.ops):
            raise self._refusal(node, "only < <= > >= == and != are allowed comparisons")
        comparisons = [_COMPARISONS[type(operator)] for operator in node.ops]
        operands = [self.number(operand) for operand in (node.left, *node.comparators)]

        def run(columns: SignalColumns) -> Truth:
            pairs = pairwise([operand(columns) for operand in operands])
            links = zip(comparisons, pairs, strict=True)
            return reduce(both, (compare(comparison, *pair) for comparison, pair in links))

        return run

    def _condition_call(self, node: ast.Call) -> TruthOf:
        match self._function(node, _CONDITIONS, "a number; compare it, as in count_of(...) >= 2"):
            case "all_of":
                return self._fold(both, node.args)
            case "any_of":
                return self._fold(either, node.args)
            case "missing":
                (argument,) = self._arguments(node, 1)
                column = self.number(argument)
                return lambda columns: certain(np.isnan(column(columns)))
        first, second = self._arguments(node, 2)
        truth, default = self.truth(first), self.truth(second)
        return lambda columns: otherwise(truth(columns), default(columns))

    def _number_call(self, node: ast.Call) -> NumberOf:
        match self._function(node, _NUMBERS, "a condition; a number is expected here"):
            case "count_of":
                return self._count(node.args)
            case "min" | "max" as name:
                return self._reduce(_EXTREMES[name], node.args)
        first, second = self._arguments(node, 2)
        column, default = self.number(first), self.number(second)

        def run(columns: SignalColumns) -> FloatColumn:
            values = column(columns)
            return np.where(np.isnan(values), default(columns), values)

        return run

    def _count(self, nodes: list[ast.expr]) -> NumberOf:
        parts = [self.truth(node) for node in nodes]
        return lambda columns: reduce(
            np.add, (part(columns).yes.astype(np.float64) for part in parts)
        )

    def _constant(self, node: ast.expr, value: float) -> NumberOf:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise self._refusal(node, "the number is too large")
        return lambda columns: columns.constant(number)

    def _flag(self, node: ast.expr) -> TruthOf:
        name = self._signal(node)
        self.flags.add(name)
        return lambda columns: columns.flag(name)

    def _signal(self, node: ast.expr) -> str:
        name = ast.unparse(node)
        if self.signals is not None and name not in self.signals:
            raise self._refusal(node, f"unknown signal {name}{suggestion(name, self.signals)}")
        if not SIGNAL_NAME.fullmatch(name):
            raise self._refusal(node, f"{name} is not a signal; write signals as level.name")
        self.used.add(name)
        return name

    def _function(self, node: ast.Call, expected: Collection[str], otherwise_is: str) -> str:
        name = ast.unparse(node.func)
        if name not in _FUNCTIONS:
            raise self._refusal(node, f"unknown function {name}{suggestion(name, _FUNCTIONS)}")
        if name not in expected:
            raise self._refusal(node, f"{name}(...) is {otherwise_is}")
        if node.keywords or not node.args:
            raise self._refusal(node, f"{name}(...) takes one or more positional arguments")
        return name

    def _arguments(self, node: ast.Call, count: int) -> list[ast.expr]:
        if len(node.args) != count:
            raise self._refusal(node, f"{ast.unparse(node.func)}(...) takes {count} argument(s)")
        return node.args

    def _refusal(self, node: ast.expr, problem: str) -> RuleError:
        return refusal(self.where, self.source, problem, node.col_offset)
