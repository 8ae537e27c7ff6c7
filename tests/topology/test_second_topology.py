"""A topology of two sources, one of them not mail, in one process: runs, replays, meets another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from detection_stream.demo import OWN_DOMAINS, TENANT
from detection_stream.errors import InputError
from detection_stream.model.envelope import Envelope
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.replay.replay import Options, Places, replay
from detection_stream.replay.selection import Selection
from detection_stream.replay.shards import ReplayResult
from detection_stream.replay.snapshot import open_snapshot
from detection_stream.replay.take_snapshot import snapshot_directory
from detection_stream.runtime.blueprint import Blueprint, combine
from detection_stream.runtime.embedded.recorded import RecordedDirectory
from detection_stream.runtime.embedded.running import running
from detection_stream.runtime.records import Record
from detection_stream.runtime.topology import Topology
from detection_stream.state.database import Database
from tests.topology import account_activity, verdict_counts
from tests.topology.harness import demo
from topologies import blueprint

FLOW = Blueprint(account_activity.build)
MESSAGES = 300
OWN = frozenset(OWN_DOMAINS)
Event = tuple[str, bytes, int]
"""Source, value and time (milliseconds)."""


def events(count: int = MESSAGES) -> list[Event]:
    """Mail, and a sign-in of every third sender a second later."""
    found: list[Event] = []
    for place, message in enumerate(demo(count)):
        at = message.received_at
        found.append(("mail", message.raw, at))
        if place % 3 == 0:
            account = parse_message(message.raw).sender.address
            country = ("DE", "FR", "BR")[place % 7 % 3]
            value = orjson.dumps({"account": account, "country": country})
            found.append(("sign_ins", value, at + 1_000))
    return found


def expected(found: list[Event]) -> list[tuple[str, bool, int, int]]:
    """For each sign-in: account, new country, mail of the hour before, sign-ins before."""
    said = []
    countries: dict[str, set[str]] = {}
    sign_ins: dict[str, int] = {}
    mail: dict[str, list[int]] = {}
    for source, value, at in sorted(found, key=lambda event: event[2]):
        if source == "mail":
            mail.setdefault(parse_message(value).sender.address, []).append(at // 1_000)
            continue
        event = orjson.loads(value)
        account, now = event["account"], at // 1_000
        hour = [one for one in mail.get(account, []) if one // 600 > now // 600 - 6]
        seen = countries.setdefault(account, set())
        said.append((account, event["country"] not in seen, len(hour), sign_ins.get(account, 0)))
        seen.add(event["country"])
        sign_ins[account] = sign_ins.get(account, 0) + 1
    return said


def told(path: Path) -> list[tuple[str, bool, int, int]]:
    """What findings say, in the order of time."""
    found = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    found.sort(key=lambda one: one["at"])
    return [(f["account"], f["new_country"], f["mail_1h"], f["sign_ins"]) for f in found]


async def run(place: Path, found: list[Event], topology: Topology | None = None) -> None:
    """Feed events one by one, each decided before the next, as if they came in live."""
    flow = topology or FLOW.topology()
    async with running(place / "data", flow, place / "out", readers=1) as engine:
        for source, value, at in found:
            envelope = Envelope(TENANT, OWN, at)
            log = engine.log(flow.source(source).name, 0)
            log.append(f"{TENANT}\0{at}".encode(), value, at, envelope.headers())
            engine.arrived.set()
            await engine.wait_idle()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which all events came in, in order of time."""
    place = tmp_path_factory.mktemp("live")
    asyncio.run(run(place, sorted(events(), key=lambda event: event[2])))
    return place


def again(recorded: RecordedSplit | RecordedDirectory, place: Path, **given: Any) -> ReplayResult:
    stop_at = given.pop("stop_at", 1 << 30)

    def feeding(done: int, total: int, at: int) -> None:
        if done >= stop_at:
            raise KeyboardInterrupt

    return asyncio.run(
        replay(
            recorded,
            FLOW.topology().sources,
            FLOW,
            given.pop("selection", Selection()),
            Places(place / "data", place / "out"),
            reading=lambda *_: None,
            feeding=feeding,
            options=Options(readers=1, **given),
        )
    )


class RecordedSplit:
    """Both sources over several partitions, as workers on Kafka would have them."""

    name = "memory"

    def __init__(self, partitions: int) -> None:
        self._topics: dict[str, list[list[Record]]] = {
            source.name: [[] for _ in range(partitions)] for source in FLOW.topology().sources
        }
        for place, (source, value, at) in enumerate(events()):
            log = self._topics[FLOW.topology().source(source).name][place % partitions]
            headers = Envelope(TENANT, OWN, at).headers()
            log.append(Record(len(log), at, f"{TENANT}\0{at}".encode(), value, headers))

    def __enter__(self) -> RecordedSplit:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def extents(self, topic: str) -> dict[int, range]:
        return {n: range(len(log)) for n, log in enumerate(self._topics[topic])}

    def read(self, topic: str, extents: Mapping[int, range]) -> Iterator[tuple[int, list[Record]]]:
        for number, wanted in extents.items():
            if wanted:
                yield number, self._topics[topic][number][wanted.start : wanted.stop]


def test_it_says_of_each_sign_in_what_came_before(live: Path) -> None:
    found = told(live / "out" / "findings.jsonl")
    assert found == expected(events())
    assert any(new for _, new, _, _ in found)
    assert any(mail for _, _, mail, _ in found)


def test_origins_name_their_source(live: Path) -> None:
    lines = (live / "out" / "findings.jsonl").read_bytes().splitlines()
    origins = [orjson.loads(line)["origin"] for line in lines]
    assert origins == [[2, 0, offset] for offset in range(len(lines))]


def test_a_replay_is_the_same_however_the_sources_were_cut(live: Path, tmp_path: Path) -> None:
    outputs = []
    for name, recorded in (
        ("one", RecordedDirectory(live / "data")),
        ("three", RecordedSplit(3)),
        ("seven", RecordedSplit(7)),
    ):
        assert again(recorded, tmp_path / name).messages == len(events())
        outputs.append((tmp_path / name / "out" / "findings.jsonl").read_bytes())
    # Where a record stands in its partition is not the same; replays put them in one order.
    assert outputs[0] == outputs[1] == outputs[2]
    assert told(tmp_path / "one" / "out" / "findings.jsonl") == expected(events())


def test_a_replay_that_was_stopped_between_sources_goes_on(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    again(RecordedSplit(2), whole)
    with pytest.raises(KeyboardInterrupt):
        again(RecordedSplit(2), tmp_path / "cut", stop_at=256)
    result = again(RecordedSplit(2), tmp_path / "cut")
    assert 256 <= result.before < len(events())
    wanted = (whole / "out" / "findings.jsonl").read_bytes()
    assert (tmp_path / "cut" / "out" / "findings.jsonl").read_bytes() == wanted


def test_a_replay_by_offsets_is_refused(live: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="have nothing in common"):
        again(RecordedDirectory(live / "data"), tmp_path, selection=Selection(first=3))


def test_a_snapshot_has_the_cut_of_each_source(live: Path, tmp_path: Path) -> None:
    snapshot_directory(live / "data", FLOW.topology(), tmp_path / "snapshot")
    taken = open_snapshot(tmp_path / "snapshot")
    signs = sum(source == "sign_ins" for source, _, _ in events())
    assert taken.cut == {"messages.raw": {"0": MESSAGES - 1}, "sign-ins.raw": {"0": signs - 1}}


def test_rows_describe_themselves(live: Path) -> None:
    database = Database(live / "data", create=False)
    try:
        state = FLOW.topology().stage("account").stage.open_state(database, 0)
        key, stored = next(iter(state.tables["account"].items()))
        fields = {one.name: one for one in account_activity.ACCOUNT.describe(stored, 0)}
    finally:
        database.close()
    assert key.startswith(f"{TENANT}\0".encode())
    assert {"sign_ins", "countries", "mail_hour"} <= fields.keys()
    assert all(field.words for field in fields.values())


async def test_topologies_meet_through_topics(tmp_path: Path) -> None:
    """One counts the verdicts that the other writes; both run in one engine."""
    detection, counting = blueprint().topology(), verdict_counts.build()
    both = combine(detection, counting)
    assert [topic.name for topic in both.sources] == ["messages.raw"]
    assert [node.name for node in both.entries] == ["content"]
    await run(tmp_path, [event for event in events(40) if event[0] == "mail"], both)
    verdicts = (tmp_path / "out" / "verdicts.jsonl").read_bytes().splitlines()
    counted = (tmp_path / "out" / "verdict-counts.jsonl").read_bytes().splitlines()
    assert len(verdicts) == len(counted) == 40
    names = [orjson.loads(line)["verdict"] for line in verdicts]
    last = orjson.loads(counted[-1])
    assert last == {name: names.count(name) for name in sorted(set(names))}


def test_what_does_not_fit_together_is_refused() -> None:
    detection = blueprint().topology()
    with pytest.raises(ValueError, match="have a stage"):
        combine(detection, blueprint().topology())
    with pytest.raises(ValueError, match=r"declare messages\.raw differently"):
        combine(detection, FLOW.topology())


def test_processes_share_the_tenants_of_any_topology(live: Path, tmp_path: Path) -> None:
    result = again(RecordedDirectory(live / "data"), tmp_path, processes=2)
    assert result.messages == len(events())
    lines = (tmp_path / "out" / "findings.jsonl").read_bytes().splitlines()
    assert sorted(lines) == sorted((live / "out" / "findings.jsonl").read_bytes().splitlines())
