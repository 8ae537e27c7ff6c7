"""The verdict index agrees with reading the whole topic."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detection_stream.decision.attribution import rfc3339
from detection_stream.runtime.records import Record
from detection_stream.web.index import reading, writing
from detection_stream.web.index.schema import conversation_of, open_index
from detection_stream.web.index.verdicts import VerdictIndex
from detection_stream.web.index.writing import DAY_MS, write
from detection_stream.web.members.host import Held, TopicPartition
from detection_stream.web.members.queries import Counts, IndexState, VerdictFilter
from tests.web.stand_in import BareHost

ADDRESSES = ["ann@acme.example", "ben@acme.example", "eve@sub.evil.example", "x@notevil.example"]
VERDICTS = ["malicious", "suspicious", "safe"]
DETECTORS = ["gift_card_request", "blank_probe"]

verdicts = st.fixed_dictionaries(
    {
        "number": st.integers(0, 30),
        "revision": st.integers(1, 3),
        "at": st.integers(0, 3 * DAY_MS),
        "tenant": st.sampled_from(["a", "b"]),
        "verdict": st.sampled_from(VERDICTS),
        "sender": st.sampled_from(ADDRESSES),
        "recipients": st.lists(st.sampled_from(ADDRESSES), max_size=3, unique=True),
        "detectors": st.lists(st.sampled_from(DETECTORS), max_size=2, unique=True),
        "subject": st.sampled_from(["Invoice", "RE: invoice", "100%", "a_b", ""]),
    }
)


def record(offset: int, drawn: dict[str, Any]) -> Record:
    """A verdict as the decision stage writes it; a message keeps its time and tenant."""
    uid = f"{drawn['number']:032x}"
    value = {
        "uid": uid,
        "message_id": f"{uid}@x",
        "tenant": drawn["tenant"],
        "verdict": drawn["verdict"],
        "score": 0.5,
        "attack_type": None if drawn["verdict"] == "safe" else "bec",
        "revision": drawn["revision"],
        "missing_levels": [],
        "state_version": 1,
        "tenant_status": "active",
        "detectors": drawn["detectors"],
        "received_at": rfc3339(drawn["at"]),
        "direction": "inbound",
        "sender": drawn["sender"],
        "sender_name": "",
        "recipients": drawn["recipients"],
        "subject": drawn["subject"],
    }
    return Record(offset, 0, b"", orjson.dumps(value), {})


def same_message(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Revisions of a message differ in what was decided, not in what it is."""
    first: dict[int, dict[str, Any]] = {}
    for one in drawn:
        known = first.setdefault(one["number"], one)
        one |= {name: known[name] for name in ("at", "tenant", "sender", "recipients", "subject")}
    return drawn


def last_revisions(drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The highest revision of each message, the first of equal ones."""
    found: dict[int, dict[str, Any]] = {}
    for one in drawn:
        if one["number"] not in found or one["revision"] > found[one["number"]]["revision"]:
            found[one["number"]] = one
    return sorted(found.values(), key=lambda one: (-one["at"], -one["number"]))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(verdicts, max_size=40), st.data())
def test_filters_say_what_a_scan_says(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[dict[str, Any]], data: st.DataObject
) -> None:
    drawn = same_message(drawn)
    connection = open_index(tmp_path_factory.mktemp("index") / "v.sqlite")
    records = [record(offset, one) for offset, one in enumerate(drawn)]
    while records:
        size = data.draw(st.integers(1, len(records)))
        write(connection, 0, records[:size])
        records = records[size:]
    sender = data.draw(st.sampled_from(["", *ADDRESSES, "evil.example", "@acme.example"]))
    recipient = data.draw(st.sampled_from(["", *ADDRESSES]))
    detector = data.draw(st.sampled_from(["", *DETECTORS]))
    subject = data.draw(st.sampled_from(["", "INVOICE", "%", "_"]))
    chosen = data.draw(st.lists(st.sampled_from(VERDICTS), max_size=2, unique=True))
    tenants = data.draw(st.sampled_from([None, [], ["a"], ["a", "b"]]))
    attack_type = data.draw(st.sampled_from(["", "", "bec", "malware"]))
    numbers = data.draw(st.sampled_from([[], [], [1, 2, 3]]))
    conversation = data.draw(st.sampled_from([None, None, conversation_of("a", "invoice")]))
    since, until = (data.draw(st.sampled_from([None, None, DAY_MS, 2 * DAY_MS])) for _ in range(2))
    wanted = VerdictFilter(
        tenants=tenants,
        verdicts=chosen,
        sender=sender,
        recipient=recipient,
        detector=detector,
        subject=subject,
        attack_type=attack_type,
        message_ids=[f"{number:032x}@x" for number in numbers],
        conversation=conversation,
        since=since,
        until=until,
    )

    def fits(one: dict[str, Any]) -> bool:
        host = one["sender"].partition("@")[2]
        domain = sender.strip("@")
        return (
            (tenants is None or one["tenant"] in tenants)
            and (not chosen or one["verdict"] in chosen)
            and (
                not sender
                or one["sender"] == sender
                or host == domain
                or host.endswith(f".{domain}")
            )
            and (not recipient or recipient in one["recipients"])
            and (not detector or detector in one["detectors"])
            and subject.lower() in one["subject"].lower()
            and (not attack_type or (attack_type == "bec" and one["verdict"] != "safe"))
            and (not numbers or one["number"] in numbers)
            and conversation in {None, conversation_of(one["tenant"], one["subject"])}
            and (since is None or one["at"] >= since)
            and (until is None or one["at"] < until)
        )

    last = last_revisions(drawn)
    found = reading.verdicts(connection, [0], wanted, None, 200)
    assert [int(row.uid, 16) for row in found] == [one["number"] for one in last if fits(one)]
    paged: list[str] = []
    before = None
    while page := reading.verdicts(connection, [0], wanted, before, 2):
        paged += [row.uid for row in page]
        before = page[-1].received_at, page[-1].uid
    assert paged == [row.uid for row in found]
    _, days, hits = reading.counts(connection, [0], Counts(None, 10, hits=True))
    assert sum(day.count for day in days) == len(last)
    for hit in hits:
        assert hit.hits == sum(hit.detector in one["detectors"] for one in last)
    connection.close()


def test_old_verdicts_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_INDEXED_VERDICTS", 20)
    monkeypatch.setattr(writing, "FORGET_SHARE", 2)
    connection = open_index(tmp_path / "v.sqlite")
    drawn = {**DRAWN, "recipients": ADDRESSES[:2], "detectors": DETECTORS}
    for number in range(100):
        write(connection, 0, [record(number, {**drawn, "number": number, "at": number})])
    rows = reading.verdicts(connection, [0], VerdictFilter(detector=DETECTORS[0]), None, 200)
    assert 20 <= len(rows) <= 31
    assert int(rows[0].uid, 16) == 99
    (left,) = connection.execute("SELECT count(*) FROM recipient").fetchone()
    assert left == 2 * len(rows)


DRAWN: dict[str, Any] = {
    "number": 1, "revision": 1, "at": 5, "tenant": "a", "verdict": "safe", "sender": ADDRESSES[0],
    "recipients": [], "detectors": [], "subject": "x",
}  # fmt: skip


def test_mail_from_the_future_does_not_hide_what_is_of_today(tmp_path: Path) -> None:
    connection = open_index(tmp_path / "v.sqlite")
    write(connection, 0, [record(0, DRAWN), record(1, {**DRAWN, "number": 2, "at": 4 * 10**12})])
    last, days, _ = reading.counts(connection, [0], Counts(None, 30))
    assert last == 0
    assert sum(day.count for day in days) == 1


def test_a_damaged_index_and_one_of_another_release_are_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "v.sqlite"
    file.write_bytes(b"nonsense" * 1_000)
    connection = open_index(file)
    write(connection, 0, [record(0, DRAWN)])
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    connection = open_index(file)
    assert reading.verdicts(connection, [0], VerdictFilter(), None, 10) == []


def test_what_is_no_verdict_is_passed_over(tmp_path: Path) -> None:
    connection = open_index(tmp_path / "v.sqlite")
    broken = [Record(0, 0, b"", value, {}) for value in (b"x", b"{}", b"[]", b'{"uid": 1}')]
    write(connection, 0, [*broken, record(4, DRAWN)])
    assert len(reading.verdicts(connection, [0], VerdictFilter(), None, 10)) == 1


def test_answers_belong_to_their_conversation() -> None:
    same = {
        "Invoice 5",
        "RE: Invoice 5",
        "Fwd: re:  invoice   5",
        "AW: WG: Invoice 5",
        "Re[2]: Invoice 5",
    }
    assert len({conversation_of("a", subject) for subject in same}) == 1
    assert conversation_of("a", "Invoice 6") != conversation_of("a", "Invoice 5")
    assert conversation_of("b", "Invoice 5") != conversation_of("a", "Invoice 5")
    assert conversation_of("a", "RE: ") == 0


ALL = VerdictFilter()


class LogHost(BareHost):
    """A host with nothing but a log of verdicts."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.reads = 0
        self.lag = 0

    def held(self) -> Iterator[Held]:
        """The decision stage's partition."""
        node = self.topology.stage("decision")
        yield Held(node, 0, None, self.lag)  # type: ignore[arg-type] # the index reads no state

    async def extents(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, range]:
        """All records."""
        return dict.fromkeys(places, range(len(self.records)))

    async def read(self, topic: str, partition: int, extent: range) -> list[Record]:
        """Three at once."""
        self.reads += 1
        return self.records[extent.start : min(extent.stop, extent.start + 3)]


def log_of(count: int, sender: str = ADDRESSES[0]) -> list[Record]:
    drawn = {**DRAWN, "sender": sender}
    return [record(n, {**drawn, "number": n, "at": n}) for n in range(count)]


async def listed(host: LogHost, file: Path) -> list[str]:
    """Senders that a new index of a file lists."""
    index = VerdictIndex(host, file)
    following = asyncio.create_task(index.follow())
    try:
        found = await index.ask(lambda c, held: reading.verdicts(c, held, ALL, None, 200))
        assert found.state == IndexState(len(host.records), len(host.records), known=True)
        return [row.sender for row in found.said]
    finally:
        following.cancel()
        index.close()


async def test_an_index_goes_on_where_it_was(tmp_path: Path) -> None:
    host = LogHost(log_of(10))
    assert len(await listed(host, tmp_path / "v.sqlite")) == 10
    host = LogHost(log_of(12))
    assert len(await listed(host, tmp_path / "v.sqlite")) == 12
    # One read for the last known record, one for the new ones.
    assert host.reads <= 3


async def test_a_topic_that_was_made_anew_is_indexed_anew(tmp_path: Path) -> None:
    await listed(LogHost(log_of(10)), tmp_path / "v.sqlite")
    for count in (5, 10, 15):
        senders = await listed(LogHost(log_of(count, ADDRESSES[count % 2])), tmp_path / "v.sqlite")
        assert senders == [ADDRESSES[count % 2]] * count


def test_partitions_that_went_elsewhere_are_not_told_of(tmp_path: Path) -> None:
    connection = open_index(tmp_path / "v.sqlite")
    fired = {**DRAWN, "detectors": DETECTORS, "recipients": ADDRESSES[:1]}
    for partition in range(3):
        write(connection, partition, [record(0, {**fired, "number": partition})])
    for held in ([0], [1, 2], []):
        rows = reading.verdicts(connection, held, VerdictFilter(), None, 10)
        assert sorted(int(row.uid, 16) for row in rows) == held
        _, days, hits = reading.counts(connection, held, Counts(None, 10, hits=True))
        assert sum(day.count for day in days) == len(held)
        assert all(hit.hits == len(held) for hit in hits)
        _, _, verdicts = reading.contacts(connection, held, "a", ADDRESSES[0])
        assert sum(verdicts.values()) == len(held)
        assert len(reading.places(connection, held, f"{1:032x}")) == (1 in held)


async def test_nothing_is_read_while_nobody_asks(tmp_path: Path) -> None:
    host = LogHost(log_of(10))
    index = VerdictIndex(host, tmp_path / "v.sqlite")
    following = asyncio.create_task(index.follow())
    await asyncio.sleep(0.3)
    following.cancel()
    assert host.reads == 0
    index.close()


@pytest.mark.parametrize(("lag", "complete"), [(0, True), (100_000, False)])
async def test_the_index_makes_way_for_stages_that_are_behind(
    tmp_path: Path, lag: int, complete: bool
) -> None:
    host = LogHost(log_of(600))
    host.lag = lag
    index = VerdictIndex(host, tmp_path / "v.sqlite")
    following = asyncio.create_task(index.follow())
    found = await index.ask(lambda c, held: reading.verdicts(c, held, ALL, None, 200))
    assert found.state.complete is complete
    following.cancel()
    index.close()


async def test_a_question_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detection_stream.web.index.verdicts.MAX_QUERY_SECONDS", 0.05)
    index = VerdictIndex(LogHost([]), tmp_path / "v.sqlite")
    following = asyncio.create_task(index.follow())
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(TimeoutError):
        await index.ask(lambda connection, _: connection.execute(endless).fetchone())
    assert (await index.ask(lambda connection, _: connection.execute("SELECT 1").fetchone())).said
    following.cancel()
    index.close()
