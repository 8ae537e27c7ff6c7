"""Workers believe each other by proofs, which count once and for a minute."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from detection_stream.runtime import shared_secret
from detection_stream.runtime.kafka.peers import Peers
from detection_stream.runtime.shared_secret import MAX_AGE_SECONDS, SharedSecret

SECRET = "what workers know each other by"


class Clock:
    """The time of a module."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that a test moves."""
    found = Clock(1_000_000.0)
    monkeypatch.setattr(shared_secret, "time", found)
    return found


def test_a_proof_counts_once_for_its_content_and_purpose(clock: Clock) -> None:
    one, other = SharedSecret(SECRET), SharedSecret(SECRET)
    proof = one.proof("question", b"content")
    assert SECRET not in proof
    assert other.problem("answer", b"content", proof)
    assert other.problem("question", b"content!", proof)
    assert SharedSecret("else").problem("question", b"content", proof)
    assert other.problem("question", b"content", proof) == ""
    assert other.problem("question", b"content", proof)
    for wrong in ("", ".", "..", proof[:-1], "1." + proof.partition(".")[2], "é.\udc80.x"):
        assert other.problem("question", b"content", wrong)
    late = one.proof("question", b"content")
    clock.now += MAX_AGE_SECONDS + 1
    assert "clocks" in other.problem("question", b"content", late)


def test_what_is_remembered_is_bounded(clock: Clock) -> None:
    secret = SharedSecret(SECRET)
    for _ in range(2_000):
        clock.now += 1
        assert secret.problem("question", b"", secret.proof("question", b"")) == ""
    assert len(secret._used) <= 2 * MAX_AGE_SECONDS + 2


def _peers(secret: str) -> Peers:
    topology = SimpleNamespace(topic=lambda _: SimpleNamespace(name="workers"))
    connection = SimpleNamespace(confluent=lambda: {"bootstrap.servers": "127.0.0.1:1"})
    worker: Any = SimpleNamespace(topology=topology, group="g", connection=connection)
    return Peers(worker, "here", "http://10.0.0.1:1", SharedSecret(secret))


class Topic:
    """What a worker announces."""

    def __init__(self, peers: Peers) -> None:
        self.records: list[Any] = []
        producer: Any = SimpleNamespace(produce=self._take, poll=lambda _: None)
        peers._producer = producer

    def _take(self, _: str, value: bytes, *__: Any, headers: dict[str, str]) -> None:
        pairs = [(name, text.encode()) for name, text in headers.items()]
        self.records.append(SimpleNamespace(value=value, headers=pairs, offset=1))


def test_only_workers_with_the_secret_are_believed() -> None:
    here, there, stranger = _peers(SECRET), _peers(SECRET), _peers("another secret")
    honest, forged = Topic(there), Topic(stranger)
    there._send(leaves=False)
    stranger._send(leaves=False)
    (record,) = honest.records
    for wrong in (
        forged.records[0],
        SimpleNamespace(value=record.value, headers=[], offset=1),
        SimpleNamespace(
            value=record.value.replace(b"10.0.0.1", b"10.6.6.6"), headers=record.headers, offset=1
        ),
    ):
        here._hear(wrong, 0.0)
    assert here.others() == []
    here._hear(record, 0.0)
    assert [peer.url for peer in here.others()] == ["http://10.0.0.1:1"]
    # Somebody else cannot say that it has left, nor say later that it is back.
    gone = orjson.dumps({**orjson.loads(record.value), "leaves": True})
    here._hear(SimpleNamespace(value=gone, headers=record.headers, offset=1), 0.0)
    assert len(here.others()) == 1
    there._send(leaves=True)
    here._hear(honest.records[1], 0.0)
    here._hear(record, 0.0)
    assert here.others() == []


def test_without_a_secret_only_this_machine_is_believed() -> None:
    here, there = _peers(""), _peers("")
    topic = Topic(there)
    there._send(leaves=False)
    there._said["url"] = "http://127.0.0.1:9"
    there._send(leaves=False)
    for record in topic.records:
        here._hear(record, 0.0)
    assert [peer.url for peer in here.others()] == ["http://127.0.0.1:9"]
