"""The model that turns what is known about a message into a probability of harm."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import numpy as np
import orjson
import zstandard
from msgspec import Meta, Struct
from numpy.typing import NDArray

from detection_stream.decision.additive import UNIT, AdditiveModel, Bins, Entries, Term
from detection_stream.detectors.logistic import logistic
from detection_stream.errors import RuleError
from detection_stream.model.batch import FloatColumn

RULE_PREFIX: Final = "rule."
"""Before the id of a rule whose score is an input."""
GENERAL_MODEL: Final = Path(__file__).parent / "general.json"
MAX_MODEL_BYTES: Final = 900_000
"""A model travels in one record of Kafka, whose usual limit is a mebibyte."""
FORMAT: Final = 1

_Place = Annotated[int, Meta(ge=0)]


class _Term(Struct, array_like=True, frozen=True):
    first: _Place
    second: _Place
    width: Annotated[int, Meta(ge=1)]
    entries: Annotated[list[int], Meta(min_length=1)]


class _Additive(Struct, forbid_unknown_fields=True, frozen=True):
    inputs: list[str]
    edges: list[list[float]]
    intercept: int
    terms: list[_Term]


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    format: int
    name: str
    score: _Additive
    slope: Annotated[float, Meta(gt=0)]
    shift: float
    types: dict[str, _Additive]
    usual: dict[str, float | None]
    card: dict[str, Any]


@dataclass(frozen=True)
class DecisionModel:
    """A score, how it is a probability, and the type of attack that it is most likely of.

    The probability that a message is an attack or spam is the logistic function of ``slope`` times
    the score plus ``shift``. ``types`` has a model for each attack type and for ``spam``: the one
    with the highest score names the type. ``usual`` are usual values of inputs in harmless mail,
    None where they are usually missing. The ``card`` says what the model was made from, how good
    it is and where its limits are.
    """

    name: str
    score: AdditiveModel
    slope: float
    shift: float
    types: Mapping[str, AdditiveModel]
    usual: Mapping[str, float | None] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def inputs(self) -> frozenset[str]:
        """Everything that it reads: signals, and scores of rules after ``RULE_PREFIX``."""
        others = (model.inputs for model in self.types.values())
        return frozenset(self.score.inputs).union(*others)

    @cached_property
    def signals(self) -> frozenset[str]:
        """The signals among its inputs."""
        return frozenset(name for name in self.inputs if not name.startswith(RULE_PREFIX))

    @cached_property
    def rules(self) -> frozenset[str]:
        """The ids of the rules that it has weighed: their scores count for nothing beside it."""
        return frozenset(self.card.get("rules", ()))

    @cached_property
    def usual_bins(self) -> Bins:
        """The bin of the usual value of each input of the score."""
        values = {
            name: np.array([np.nan if (value := self.usual.get(name)) is None else value])
            for name in self.score.inputs
        }
        bins: Bins = self.score.bins(values, 1)[0]
        return bins

    @cached_property
    def version(self) -> str:
        """A short hash of all that determines its results."""
        content = self.described()
        for key in ("name", "usual", "card"):
            del content[key]
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]

    def probability(self, log_odds: Entries) -> FloatColumn:
        """The probability of harm (0 to 1, six digits) of each score."""
        odds = log_odds.astype(np.float64) * (self.slope / UNIT)
        return np.round(logistic(odds + self.shift), 6)

    def attack_types(self, columns: Mapping[str, FloatColumn], size: int) -> list[str]:
        """The most likely attack type of each message, of equal ones the first by name."""
        names = sorted(self.types)
        if not names or not size:
            return [""] * size
        scores: NDArray[np.int64] = np.column_stack(
            [self.types[name].score(columns, size) for name in names]
        )
        return [names[number] for number in np.argmax(scores, axis=1).tolist()]

    def described(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "format": FORMAT,
            "name": self.name,
            "score": _described(self.score),
            "slope": self.slope,
            "shift": self.shift,
            "types": {name: _described(model) for name, model in self.types.items()},
            "usual": dict(self.usual),
            "card": dict(self.card),
        }

    def encode(self) -> bytes:
        """As the content of a file.

        Raises:
            RuleError: it is too large for a record.
        """
        encoded = orjson.dumps(self.described())
        if len(encoded) > MAX_MODEL_BYTES:
            raise RuleError(
                f"the decision model {self.name} has {len(encoded):,} bytes, more than "
                f"{MAX_MODEL_BYTES:,}; train it with fewer trees"
            )
        return encoded

    def packed(self) -> str:
        """As the text of a tenant's profile."""
        return b64encode(zstandard.compress(self.encode(), 19)).decode()


def unpack_model(text: str) -> DecisionModel:
    """Read what ``packed`` has written.

    Raises:
        RuleError: it is not that.
    """
    try:
        content = zstandard.ZstdDecompressor().decompress(
            b64decode(text, validate=True), max_output_size=MAX_MODEL_BYTES
        )
    except (ValueError, zstandard.ZstdError) as error:
        raise RuleError(f"not a packed decision model: {error}") from error
    return decode_model(content)


def decode_model(content: bytes, where: str = "decision model") -> DecisionModel:
    """Read a model; ``where`` it is from goes into messages.

    Raises:
        RuleError: it is not one.
    """
    try:
        found = msgspec.json.decode(content, type=_File)
        if found.format != FORMAT:
            raise ValueError(f"its format is {found.format}, not {FORMAT}; train it again")
        return DecisionModel(
            found.name,
            _additive(found.score),
            found.slope,
            found.shift,
            {name: _additive(model) for name, model in found.types.items()},
            found.usual,
            found.card,
        )
    except (msgspec.MsgspecError, ValueError) as error:
        raise RuleError(f"{where} is not a decision model: {error}") from error


def load_decision_model(path: Path = GENERAL_MODEL) -> DecisionModel:
    """Read the model of a file, by default the one of this package.

    Raises:
        RuleError: it is not one.
    """
    try:
        return decode_model(path.read_bytes(), str(path))
    except OSError as error:
        raise RuleError(f"{path}: {error.strerror}; use a file made by `train decision`") from error


def _described(model: AdditiveModel) -> dict[str, Any]:
    return {
        "inputs": list(model.inputs),
        "edges": [list(edges) for edges in model.edges],
        "intercept": model.intercept,
        "terms": [
            [term.first, term.second, term.entries.shape[-1], term.entries.ravel().tolist()]
            for term in model.terms
        ],
    }


def _additive(found: _Additive) -> AdditiveModel:
    if len(found.edges) != len(found.inputs):
        raise ValueError("each input needs its edges")
    if any(edges != sorted(set(edges)) for edges in found.edges):
        raise ValueError("edges must ascend")
    bins = [len(edges) + 2 for edges in found.edges]
    terms = tuple(_term(term, bins) for term in found.terms)
    edges = tuple(tuple(edges) for edges in found.edges)
    return AdditiveModel(tuple(found.inputs), edges, found.intercept, terms)


def _term(found: _Term, bins: list[int]) -> Term:
    if max(found.first, found.second) >= len(bins):
        raise ValueError("a term reads an input that there is not")
    pair = found.first != found.second
    shape = (bins[found.first], bins[found.second]) if pair else (bins[found.first],)
    entries = np.array(found.entries, dtype=np.int64)
    if entries.size != np.prod(shape) or found.width != shape[-1]:
        raise ValueError("a term has not one entry for each bin")
    return Term(found.first, found.second, entries.reshape(shape))
