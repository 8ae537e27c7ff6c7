"""The internals of Faust and aiokafka that the engine builds on are as it expects."""

from __future__ import annotations

import ast
import dis
import inspect
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import aiokafka
import pytest
from aiokafka.consumer.fetcher import Fetcher
from faust import Schema
from faust.tables.recovery import Recovery
from faust.transport import by_url
from faust.transport.consumer import Consumer, ConsumerThread
from faust.types.settings import Settings
from faust.types.tuples import ConsumerMessage, RecordMetadata

import detection_stream.runtime
from tests.runtime.internals import INTERNALS, Internal, complaints

RUNTIME = Path(detection_stream.runtime.__file__).parent
LISTED = {internal.name for internal in INTERNALS}
CLIENTS = {"App": Settings.SETTINGS.keys()} | {
    name: inspect.signature(getattr(aiokafka, name)).parameters.keys()
    for name in ("AIOKafkaConsumer", "AIOKafkaProducer")
}
"""Which keywords each client takes; Faust ignores those that it does not know."""


def _trees() -> list[ast.Module]:
    return [ast.parse(path.read_text()) for path in sorted(RUNTIME.rglob("*.py"))]


@pytest.mark.parametrize("internal", INTERNALS, ids=str)
def test_an_internal_is_as_expected(internal: Internal) -> None:
    assert complaints(internal) == [], internal.reason


def test_every_override_is_listed() -> None:
    found = {name for cls in _our_classes() for name in _overrides(cls)}
    assert len(found) > 20
    assert found <= LISTED


def _our_classes() -> Iterator[type]:
    registered: list[Any] = [one.load() for one in entry_points(group="faust.transports")]
    ours = [transport for transport in registered if _is_ours(transport)]
    assert len(ours) == 2
    for transport in ours:
        yield from (transport, transport.Consumer, transport.Producer)
    for base in (Schema, ConsumerThread):
        yield from filter(_is_ours, _descendants(base))


def _descendants(cls: type[Any]) -> Iterator[type[Any]]:
    for one in cls.__subclasses__():
        yield one
        yield from _descendants(one)


def _is_ours(cls: type) -> bool:
    return cls.__module__.startswith("detection_stream.")


def _overrides(cls: type) -> Iterator[str]:
    """Names that a class of ours and a class of a library above it define."""
    theirs = {name for one in cls.__mro__ if not _is_ours(one) for name in vars(one)}
    for one in filter(_is_ours, cls.__mro__):
        # Made by the machinery of classes and of services, not by us.
        own = vars(one).keys() - {"_abc_impl", "logger", "driver_version"}
        yield from (name for name in own & theirs if not name.startswith("__"))


def test_every_private_name_of_a_library_is_listed() -> None:
    own: set[str] = set()
    used: set[str] = set()
    for node in (node for tree in _trees() for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            own.add(node.target.id)
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            itself = isinstance(node.value, ast.Name) and node.value.id == "self"
            (own if itself and isinstance(node.ctx, ast.Store) else used).add(node.attr)
    # Codes of errors that confluent-kafka documents.
    foreign = {name for name in used - own if not name.startswith("__") and not name.isupper()}
    foreign -= {"_PARTITION_EOF", "_ALL_BROKERS_DOWN"}
    assert len(foreign) > 5
    assert foreign <= LISTED


def test_nothing_is_listed_that_the_engine_does_not_touch() -> None:
    touched: set[str] = set()
    for node in (node for tree in _trees() for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            touched.add(node.name)
        elif isinstance(node, ast.Attribute):
            touched.add(node.attr)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            touched.add(node.target.id)
    assert touched >= LISTED


def test_every_keyword_of_a_client_is_known() -> None:
    found: set[tuple[str, str]] = set()
    for node in (node for tree in _trees() for node in ast.walk(tree)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            found |= {(name, one.arg) for one in node.keywords if one.arg and name in CLIENTS}
    assert {name for name, _ in found} == CLIENTS.keys()
    assert [(name, keyword) for name, keyword in found if keyword not in CLIENTS[name]] == []


def test_messages_and_metadata_take_what_they_are_given_by_position() -> None:
    _, *names = inspect.signature(ConsumerMessage.__init__).parameters
    expected = "topic partition offset timestamp timestamp_type headers key value checksum"
    assert " ".join(names[:9]) == expected
    assert {"tp", "generation_id"} <= set(names)
    assert RecordMetadata._fields == (
        *("topic", "partition", "topic_partition", "offset"),
        *("timestamp", "timestamp_type"),
    )


@pytest.mark.parametrize("scheme", ["batch", "embedded"])
def test_faust_finds_the_transports_by_their_scheme(scheme: str) -> None:
    assert _is_ours(by_url(f"{scheme}://localhost"))


def test_partitions_are_restored_before_faust_seeks() -> None:
    """Positions come from the state, so a rebalance is complete before streams go on."""
    steps = [step.argval for step in dis.get_instructions(Recovery._resume_streams)]
    assert steps.index("on_rebalance_complete") < steps.index("perform_seek")


def _listed(name: str) -> Internal:
    return next(internal for internal in INTERNALS if internal.name == name)


def test_a_method_that_is_gone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Consumer, "_wait_next_records")
    assert "does not exist" in complaints(_listed("_wait_next_records"))[0]


def test_a_method_that_takes_something_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def other(self: Consumer, tp: Any, span: range) -> None:
        """Takes one parameter less."""

    monkeypatch.setattr(Consumer, "_add_gap", other)
    assert "takes (tp span)" in complaints(_listed("_add_gap"))[0]


def test_an_attribute_that_is_not_set_or_not_read_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(self: Any) -> None:
        """Neither sets nor reads."""

    backoff = _listed("_prefetch_backoff")
    assert backoff.setter is Fetcher.__init__
    assert "is not set by" in complaints(replace(backoff, setter=nothing))[0]
    assert "is not read by" in complaints(replace(backoff, reader=nothing))[0]
