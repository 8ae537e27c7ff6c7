"""The rule language: what it computes, and what it refuses."""

from collections.abc import Mapping

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from detection_stream.detectors import compile_expression
from detection_stream.detectors.expression import MAX_LENGTH
from detection_stream.errors import RuleError

TRUE, FALSE, UNKNOWN = 1.0, 0.0, float("nan")
SIGNALS = ("message.links", "message.bulk", "sender.known", "sender.burst")


def outcome(source: str, signals: Mapping[str, float] | None = None) -> bool | None:
    """The truth of an expression for one message; None is unknown."""
    columns = {name: np.array([value]) for name, value in (signals or {}).items()}
    truth = compile_expression(source).truth(columns, 1)
    assert not (truth.yes & truth.no).any()
    return True if truth.yes[0] else False if truth.no[0] else None


@pytest.mark.parametrize(
    ("left", "right", "conjunction", "disjunction"),
    [
        (TRUE, TRUE, True, True),
        (TRUE, FALSE, False, True),
        (TRUE, UNKNOWN, None, True),
        (FALSE, TRUE, False, True),
        (FALSE, FALSE, False, False),
        (FALSE, UNKNOWN, False, None),
        (UNKNOWN, TRUE, None, True),
        (UNKNOWN, FALSE, False, None),
        (UNKNOWN, UNKNOWN, None, None),
    ],
)
def test_and_or_have_three_values(
    left: float, right: float, conjunction: bool | None, disjunction: bool | None
) -> None:
    signals = {"a.x": left, "a.y": right}
    assert outcome("a.x and a.y", signals) is conjunction
    assert outcome("all_of(a.x, a.y)", signals) is conjunction
    assert outcome("a.x or a.y", signals) is disjunction
    assert outcome("any_of(a.x, a.y)", signals) is disjunction


@pytest.mark.parametrize(("value", "negated"), [(TRUE, False), (FALSE, True), (UNKNOWN, None)])
def test_not_keeps_the_unknown(value: float, negated: bool | None) -> None:
    assert outcome("not a.x", {"a.x": value}) is negated


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("True", True),
        ("False", False),
        ("n.two", True),
        ("n.zero", False),
        ("n.two > 1", True),
        ("n.two >= 2 and n.two <= 2 and n.two == 2", True),
        ("n.two != 2", False),
        ("1 < n.two < 3", True),
        ("3 > n.two > 2", False),
        ("3 < n.two < n.none", False),
        ("n.none > 1", None),
        ("n.none == n.none", None),
        ("n.none != 1", None),
        ("n.absent", None),
        ("n.two + 1 == 3", True),
        ("n.two - 3 == -1", True),
        ("n.two * n.two / 8 == 0.5", True),
        ("n.none * 0 == 0", None),
        ("n.two / n.zero > 1", None),
        ("n.zero / n.zero == 0", None),
        ("missing(n.none)", True),
        ("missing(n.two)", False),
        ("missing(n.two / 0)", True),
        ("not missing(n.none)", False),
        ("coalesce(n.none, 5) == 5", True),
        ("coalesce(n.two, 5) == 2", True),
        ("coalesce(n.none, False)", False),
        ("coalesce(n.none > 3, True)", True),
        ("coalesce(n.zero, True)", False),
        ("count_of(n.two, n.zero, n.none, n.two > 1) == 2", True),
        ("count_of(n.none) == 0", True),
        ("max(n.two, 3, n.zero) == 3", True),
        ("min(n.two, 3) == 2", True),
        ("max(n.two, n.none) > 1", None),
        ("n.two == True + 1", True),
    ],
)
def test_examples(source: str, expected: bool | None) -> None:
    assert outcome(source, {"n.two": 2.0, "n.zero": 0.0, "n.none": UNKNOWN}) is expected


def test_an_expression_knows_its_signals() -> None:
    expression = compile_expression("sender.known and\n  message.links > 1")
    assert expression.source == "sender.known and message.links > 1"
    assert expression.signals_used == {"sender.known", "message.links"}
    assert expression.flags == {"sender.known"}


def test_a_column_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"a\.x has shape \(1,\)"):
        compile_expression("a.x").fires({"a.x": np.ones(1)}, 3)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "message.links >",
        "message.links; 1",
        "x = 1",
        "links",
        "message",
        "message.links.real > 0",
        "message.__class__",
        "().__class__",
        "(message.links).__doc__ == 1",
        "Message.Links",
        "message.links[0] > 1",
        "[message.links]",
        "{message.bulk}",
        "message.links > 'a'",
        "message.links == None",
        "message.links == 1j",
        "message.links in (1, 2)",
        "message.bulk is True",
        "lambda: 1",
        "(lambda: True)()",
        "message.links()",
        "__import__('os')",
        "eval(message.links)",
        "open(1)",
        "abs(message.links) > 1",
        "any_of()",
        "any_of(*message.bulk)",
        "any_of(message.bulk, x=1)",
        "missing(message.links, 1)",
        "coalesce(message.links)",
        "missing(message.links > 1)",
        "f'{message.links}'",
        "message.links if message.bulk else 1",
        "[x for x in message.links]",
        "(x := 1)",
        "9 ** 9 ** 9 ** 9 > 1",
        "2 << 9 > 1",
        "message.links % 2 == 0",
        "message.links // 2 == 0",
        "~message.links == 0",
        "+message.links == 0",
        "1",
        "message.links + 1",
        "min(message.links, 2)",
        "count_of(message.bulk)",
        "(message.links > 1) + 1 > 1",
        "message.links > any_of(message.bulk)",
        "1e999 > message.links",
        f"{'9' * 400} > message.links",
        f"{'9' * 1900} > message.links",
        "message.bulk # and sender.known",
        "message.bulk and sénder.known",
        "not " * 100 + "message.bulk",
        "-" * 1900 + "1 > message.links",
        "(" * 900 + "message.bulk" + ")" * 900,
        "+".join(["message.links"] * 60) + " > 1",
        "message.bulk or " * 200 + "message.bulk",
        "message.bulk" + " " * MAX_LENGTH + "message.bulk",
    ],
)
def test_everything_else_is_refused(source: str) -> None:
    with pytest.raises(RuleError):
        compile_expression(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("message.lniks > 1", "unknown signal message.lniks; did you mean message.links?"),
        ("1 < links", "unknown signal links; did you mean message.links?"),
        ("any_off(message.bulk)", "unknown function any_off; did you mean any_of?"),
        ("count_of(message.bulk)", "count_of(...) is a number; compare it"),
        ("message.links ** 2 > 1", "a number is expected here"),
    ],
)
def test_errors_name_the_place_and_a_remedy(source: str, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        compile_expression(source, where="x.yml: when", signals=SIGNALS)
    assert str(caught.value).startswith(f"x.yml: when: {message}")


def test_errors_point_at_the_position() -> None:
    with pytest.raises(RuleError) as caught:
        compile_expression("sender.known and message.lnks > 1", signals=SIGNALS)
    *_, source, pointer = str(caught.value).splitlines()
    assert source[pointer.index("^") :].startswith("message.lnks")


numbers = st.recursive(
    st.sampled_from(SIGNALS) | st.sampled_from(["0", "1", "0.5", "3"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({' '.join(t)})"),
        st.tuples(inner, inner).map(lambda t: f"max({t[0]}, -{t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"coalesce({t[0]}, {t[1]})"),
    ),
    max_leaves=4,
)
conditions = st.recursive(
    st.sampled_from(SIGNALS)
    | st.tuples(numbers, st.sampled_from(["<", "<=", "==", "!="]), numbers).map(" ".join),
    lambda inner: st.one_of(
        inner.map(lambda text: f"(not ({text}))"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda t: f"(({t[0]}) {t[1]} ({t[2]}))"
        ),
        st.tuples(inner, inner).map(lambda t: f"count_of({t[0]}, {t[1]}) >= 1"),
    ),
    max_leaves=5,
)
values = st.sampled_from([0.0, 1.0, UNKNOWN]) | st.floats(width=64)


@given(conditions, st.lists(st.tuples(*(values for _ in SIGNALS)), min_size=1, max_size=40))
def test_a_message_gets_the_same_result_in_any_batch(
    source: str, rows: list[tuple[float, ...]]
) -> None:
    expression = compile_expression(source, signals=SIGNALS)
    table = np.array(rows, dtype=np.float64)
    columns_of_all = dict(zip(SIGNALS, table.T, strict=True))
    fires = expression.fires(columns_of_all, len(rows))
    np.testing.assert_array_equal(fires, expression.truth(columns_of_all, len(rows)).yes)
    batch = expression.truth(dict(zip(SIGNALS, table.T, strict=True)), len(rows))
    for index, row in enumerate(table):
        columns = {name: np.array([value]) for name, value in zip(SIGNALS, row, strict=True)}
        alone = expression.truth(columns, 1)
        assert (alone.yes[0], alone.no[0]) == (batch.yes[index], batch.no[index])


@given(st.text(alphabet="abml.()[] <>=+-*/%,:'\"#\n019e_", max_size=60))
def test_any_text_compiles_or_is_refused(text: str) -> None:
    try:
        expression = compile_expression(text)
    except RuleError:
        return
    assert expression.fires({}, 2).shape == (2,)
