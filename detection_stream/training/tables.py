"""Turns boosted trees of depth two into the tables of an additive model.

A path of such a tree asks for one input or two, so the sum of all trees is a sum of tables over
pairs of inputs. What a pair says about one of its inputs alone is then moved to the table of that
input (Lengerich et al., Purifying Interaction Effects with the Functional ANOVA, AISTATS 2020), so
that a contribution means the same whatever trees it came from. Only whole numbers are moved, so
the sum stays the same to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detection_stream.decision.additive import UNIT, AdditiveModel, Bins, Entries, Term

_ROUNDS: Final = 20
"""Moves converge within a few rounds; what is left after these stays in the pair."""

TreeNode = Mapping[str, Any]
"""A node of a tree as LightGBM dumps it."""

InputPair = tuple[int, int]


def edges_of(trees: Iterable[TreeNode], inputs: int) -> list[list[float]]:
    """All thresholds of each input, ascending."""
    found: list[set[float]] = [set() for _ in range(inputs)]
    for tree in trees:
        for node in _splits(tree):
            found[node["split_feature"]].add(float(node["threshold"]))
    return [sorted(edges) for edges in found]


def additive(
    trees: Sequence[TreeNode], inputs: Sequence[str], values: NDArray[np.float64] | None = None
) -> AdditiveModel:
    """The additive model of trees of depth two at most.

    ``values`` of training messages, shape (messages, inputs), weigh the moves from pairs to single
    inputs; without them nothing is moved.
    """
    edges = edges_of(trees, len(inputs))
    shapes = [len(one) + 2 for one in edges]
    tables: dict[InputPair, Entries] = {}
    constant = 0
    for tree in trees:
        constant += _add(tree, edges, shapes, tables)
    if values is not None:
        whole = AdditiveModel(tuple(inputs), tuple(map(tuple, edges)), 0, ())
        columns = {name: values[:, place] for place, name in enumerate(inputs)}
        constant += _purified(tables, shapes, whole.bins(columns, len(values)))
    used = sorted({place for pair in tables for place in pair})
    place_of = {old: new for new, old in enumerate(used)}
    terms = tuple(
        Term(place_of[first], place_of[second], tables[first, second])
        for first, second in sorted(tables)
        if tables[first, second].any()
    )
    return AdditiveModel(
        tuple(inputs[old] for old in used),
        tuple(tuple(edges[old]) for old in used),
        constant,
        terms,
    )


def _splits(tree: TreeNode) -> Iterable[TreeNode]:
    if "split_feature" in tree:
        yield tree
        yield from _splits(tree["left_child"])
        yield from _splits(tree["right_child"])


def _left(node: TreeNode, edges: Sequence[Sequence[float]]) -> NDArray[np.bool_]:
    """Which bins of its input go left."""
    own = edges[node["split_feature"]]
    left = np.zeros(len(own) + 2, dtype=np.bool_)
    left[: own.index(float(node["threshold"])) + 1] = True
    missing = node["missing_type"] == "NaN"
    left[-1] = node["default_left"] if missing else node["threshold"] >= 0.0
    return left


def _add(
    tree: TreeNode,
    edges: Sequence[Sequence[float]],
    shapes: Sequence[int],
    tables: dict[InputPair, Entries],
) -> int:
    """Add a tree to the tables; returns what it adds to the constant."""
    if "leaf_value" in tree:
        return _whole(tree)
    root = tree["split_feature"]
    goes_left = _left(tree, edges)
    for child, reached in ((tree["left_child"], goes_left), (tree["right_child"], ~goes_left)):
        if "leaf_value" in child:
            _table(tables, (root, root), shapes)[reached] += _whole(child)
            continue
        other = child["split_feature"]
        below = _left(child, edges)
        values = np.where(
            below,
            _whole(child["left_child"]),
            _whole(child["right_child"]),
        )
        if other == root:
            _table(tables, (root, root), shapes)[reached] += values[reached]
        elif root < other:
            _table(tables, (root, other), shapes)[reached] += values
        else:
            _table(tables, (other, root), shapes)[:, reached] += values[:, None]
    return 0


def _whole(leaf: TreeNode) -> int:
    return round(float(leaf["leaf_value"]) * UNIT)


def _table(tables: dict[InputPair, Entries], pair: InputPair, shapes: Sequence[int]) -> Entries:
    first, second = pair
    if pair not in tables:
        shape = (shapes[first],) if first == second else (shapes[first], shapes[second])
        tables[pair] = np.zeros(shape, dtype=np.int64)
    return tables[pair]


def _purified(tables: dict[InputPair, Entries], shapes: Sequence[int], counted: Bins) -> int:
    """Move what pairs say about single inputs; returns what moves on to the constant."""
    for first, second in [pair for pair in tables if pair[0] != pair[1]]:
        entries = tables[first, second]
        places = counted[:, first] * shapes[second] + counted[:, second]
        weights = np.bincount(places, minlength=entries.size).reshape(entries.shape) + 1e-3
        for _ in range(_ROUNDS):
            rows = _means(entries, weights, 1)
            entries -= rows[:, None]
            _table(tables, (first, first), shapes)[:] += rows
            columns = _means(entries, weights, 0)
            entries -= columns[None, :]
            _table(tables, (second, second), shapes)[:] += columns
            if not rows.any() and not columns.any():
                break
    constant = 0
    for (first, second), alone in tables.items():
        if first == second:
            weights = np.bincount(counted[:, first], minlength=alone.size) + 1e-3
            mean = int(_means(alone, weights, 0).item())
            alone[:] -= mean
            constant += mean
    return constant


def _means(entries: Entries, weights: NDArray[np.floating[Any]], axis: int) -> Entries:
    means = (entries * weights).sum(axis=axis) / weights.sum(axis=axis)
    rounded: Entries = np.rint(means).astype(np.int64)
    return rounded
