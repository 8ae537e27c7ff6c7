"""No record takes more than its budget, whatever is in it."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from tests.hostile.containers import CONTAINERS
from tests.hostile.inputs import MAILS, RECORDS
from tests.hostile.meter import MAX_CPU_SECONDS, MAX_EXTRA_BYTES, Cost, cost_of
from tests.hostile.reader_inputs import READER_MAILS

CASES = Path(__file__).parent / "cases"
_SLOWER_MACHINE = 5

pytestmark = pytest.mark.slow


def _check(cost: Cost, outcome: str = "read") -> None:
    assert cost.outcome == outcome
    assert cost.cpu_seconds < MAX_CPU_SECONDS * _SLOWER_MACHINE
    assert cost.extra_bytes < MAX_EXTRA_BYTES


@pytest.mark.parametrize("name", [*MAILS, *READER_MAILS])
def test_a_mail_costs_no_more_than_its_budget(name: str) -> None:
    _check(cost_of((MAILS | READER_MAILS)[name]()))


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_costs_no_more_than_its_budget(name: str) -> None:
    _check(cost_of(CONTAINERS[name]()))


@pytest.mark.parametrize("name", RECORDS)
def test_a_message_in_json_costs_no_more_than_its_budget(name: str) -> None:
    _check(cost_of(RECORDS[name](), "json"))


@pytest.mark.parametrize("case", sorted(CASES.glob("*.eml.xz")), ids=lambda case: case.stem)
def test_a_case_costs_no_more_than_its_budget(case: Path) -> None:
    _check(cost_of(lzma.decompress(case.read_bytes())))


@pytest.mark.parametrize(
    ("name", "cap"),
    [
        ("nested_multiparts", "nesting"),
        ("lines_like_delimiters", "dashed-lines"),
        ("part_headers", "part-header-bytes"),
        ("recipient_headers", "header-block-bytes"),
        ("large_part_of_an_unknown_charset", "text-length"),
        ("html_of_attributes", "html-attributes"),
        ("html_of_depth", "html-opened"),
    ],
)
def test_what_is_cut_is_told(name: str, cap: str) -> None:
    assert cap in cost_of(MAILS[name]()).truncated


@pytest.mark.parametrize(
    ("name", "cap"),
    [
        ("zip_of_zeros", "enclosed-bytes"),
        ("zip_of_members_that_share_their_data", "archive-members"),
        ("gzips_of_text", "archive-ratio"),
        ("gzips_of_text", "enclosed-messages"),
        ("rich_message_of_attributes", "tnef-elements"),
        ("outlook_message_of_files", "compound-entries"),
    ],
)
def test_what_is_cut_of_a_container_is_told(name: str, cap: str) -> None:
    assert cap in cost_of(CONTAINERS[name]()).truncated


def test_the_meter_sees_what_a_record_costs() -> None:
    cheap = cost_of(b"From: ann@example.com\n\nHello")
    dear = cost_of(MAILS["large_base64"]())
    assert dear.extra_bytes > cheap.extra_bytes + 30_000_000
    assert dear.cpu_seconds > cheap.cpu_seconds
