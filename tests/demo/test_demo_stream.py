"""The demo's stream of messages."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from itertools import islice

import pytest

from detection_stream.demo import OWN_DOMAINS, DemoMessage, generate, people
from detection_stream.demo.clock import DAYS, QUIET_DAYS, START
from detection_stream.demo.organisation import organisation
from detection_stream.demo.registry import SCENARIOS
from detection_stream.simulation.dates import DAY

_HARMLESS = {"safe", "graymail"}


@pytest.fixture(scope="module")
def stream() -> list[DemoMessage]:
    return list(generate(2000, seed=11))


@pytest.fixture(scope="module")
def parsed(stream: list[DemoMessage]) -> list[EmailMessage]:
    return [message_from_bytes(one.raw, policy=default) for one in stream]


def _defects(message: EmailMessage) -> list[object]:
    found: list[object] = []
    for part in message.walk():
        found.extend(part.defects)
        for value in part.values():
            found.extend(value.defects)
        if not part.is_multipart():
            part.get_content()
    return found


def test_a_seed_gives_the_same_stream(stream: list[DemoMessage]) -> None:
    assert list(generate(2000, seed=11)) == stream


def test_seeds_differ(stream: list[DemoMessage]) -> None:
    other = next(generate(2000, seed=12))
    assert other.raw != stream[0].raw


@pytest.mark.parametrize("count", [0, 1, 2, 37, 999, 1000, 3001])
def test_count_is_exact(count: int) -> None:
    assert sum(1 for _ in generate(count, seed=5)) == count


def test_large_streams_start_at_once() -> None:
    assert len(list(islice(generate(5_000_000, seed=1), 20))) == 20


def test_time_only_goes_forward_within_the_calendar(stream: list[DemoMessage]) -> None:
    times = [one.received_at for one in stream]
    assert times == sorted(times)
    assert times[0] >= START * 1000
    assert times[-1] < (START + DAYS * DAY) * 1000


def test_top_received_header_tells_the_time(
    stream: list[DemoMessage], parsed: list[EmailMessage]
) -> None:
    for one, message in zip(stream, parsed, strict=True):
        date = str(message["Received"]).rpartition(";")[2]
        assert parsedate_to_datetime(date).timestamp() * 1000 == one.received_at


@pytest.mark.parametrize("count", [1000, 2000])
def test_every_scenario_and_so_every_kind_occurs(count: int) -> None:
    found = {(one.kind, one.scenario) for one in generate(count, seed=2)}
    assert found == {(scenario.kind, scenario.name) for scenario in SCENARIOS}


def test_scenarios_have_names_of_their_own() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)


def test_shares_are_near_the_plan(stream: list[DemoMessage]) -> None:
    share = {
        "graymail": sum(one.kind == "graymail" for one in stream) / len(stream),
        "attack": sum(one.kind not in _HARMLESS for one in stream) / len(stream),
    }
    assert share["graymail"] == pytest.approx(0.12, abs=0.01)
    assert share["attack"] == pytest.approx(0.04, abs=0.01)


def test_attacks_come_mostly_after_the_quiet_days(stream: list[DemoMessage]) -> None:
    attacks = [one for one in stream if one.kind not in {*_HARMLESS, "spam"}]
    early = [one for one in attacks if one.received_at < (START + QUIET_DAYS * DAY) * 1000]
    assert len(early) < len(attacks) / 6


def test_messages_parse_without_defects(
    stream: list[DemoMessage], parsed: list[EmailMessage]
) -> None:
    for one, message in zip(stream, parsed, strict=True):
        assert not _defects(message), one.scenario
        assert str(message["Message-ID"]).strip("<>") == one.message_id
        assert all(message[name] for name in ("Date", "From", "To", "Subject", "Received"))


def test_lines_end_properly_and_are_not_too_long(stream: list[DemoMessage]) -> None:
    for one in stream:
        assert all(len(line) <= 998 for line in one.raw.split(b"\r\n")), one.scenario
        rest = one.raw.replace(b"\r\n", b"")
        assert b"\n" not in rest, one.scenario
        assert b"\r" not in rest, one.scenario


def test_replies_refer_to_earlier_messages(
    stream: list[DemoMessage], parsed: list[EmailMessage]
) -> None:
    seen: set[str] = set()
    replies = 0
    for one, message in zip(stream, parsed, strict=True):
        references = str(message["References"] or "").split()
        assert {reference.strip("<>") for reference in references} <= seen
        assert str(message["In-Reply-To"] or "") == (references[-1] if references else "")
        replies += bool(references)
        assert one.message_id not in seen
        seen.add(one.message_id)
    assert replies > len(stream) / 5


def test_names_decode_to_those_of_the_directory(parsed: list[EmailMessage]) -> None:
    names = {person.address: person.name for person in people(11)}
    for message in parsed:
        for reader in message["To"].addresses:
            if reader.addr_spec in names:
                assert reader.display_name == names[reader.addr_spec]


def test_graymail_can_be_unsubscribed_from(
    stream: list[DemoMessage], parsed: list[EmailMessage]
) -> None:
    for one, message in zip(stream, parsed, strict=True):
        if one.kind == "graymail":
            assert message["List-Unsubscribe"]


def test_neither_checks_nor_mailers_give_the_label_away(
    stream: list[DemoMessage], parsed: list[EmailMessage]
) -> None:
    passed = {True: 0, False: 0}
    mailers: dict[bool, set[str]] = {True: set(), False: set()}
    for one, message in zip(stream, parsed, strict=True):
        attack = one.kind not in _HARMLESS
        passed[attack] += "dmarc=pass" in str(message["Authentication-Results"])
        mailers[attack].add(str(message["X-Mailer"]))
    assert min(passed.values()) > 20
    assert mailers[True] == mailers[False]


def test_directory() -> None:
    directory = people(11)
    assert directory == people(11)
    assert directory != people(12)
    assert len({person.address for person in directory}) == len(directory) == 300
    assert {person.address.partition("@")[2] for person in directory} == set(OWN_DOMAINS)
    assert 5 <= sum(person.vip for person in directory) <= 20
    assert all(person.department for person in directory)
    assert any(not person.name.isascii() for person in directory)


def test_newcomers_do_not_write_before_they_join() -> None:
    joined = {one.mailbox.address: one.joined for one in organisation(11).colleagues}
    assert any(joined.values())
    for one in generate(6000, seed=11):
        author = one.raw.partition(b"<")[2].partition(b">")[0].decode()
        if one.kind == "safe":
            day = (one.received_at // 1000 - START) // DAY
            assert joined.get(author, 0) <= day, one.scenario
