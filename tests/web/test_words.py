"""Every table and field has words; decoded numbers are those of the row."""

from __future__ import annotations

import numpy as np
import pytest

from detection_stream.model.batch import Rows
from detection_stream.model.observation import OBSERVATION_COLUMNS, ROLE_CODES, ROLES
from detection_stream.profiles.kinds import PROFILES
from detection_stream.web.decoding import WORDS, decode
from detection_stream.web.pages import defang, size, visible
from detection_stream.web.tables import DESCRIPTIONS
from topologies import message_detection

HELPERS = ("_head", "_next", "_at")


def test_every_table_is_described() -> None:
    stages = message_detection.build().stages
    assert {table for stage, _ in stages for table in stage.tables} == DESCRIPTIONS.keys()


@pytest.mark.parametrize("kind", PROFILES)
def test_every_field_has_words(kind: str) -> None:
    names = PROFILES[kind].row.dtype.names or ()
    served = {f"{name}{end}" for name in names for end in HELPERS}
    assert set(names) - served - {"version"} <= WORDS.keys()


def test_words_are_of_fields_that_there_are() -> None:
    names = {name for p in PROFILES.values() for name in p.row.dtype.names or ()}
    assert WORDS.keys() <= names


def test_decoded_fields_are_those_of_the_row() -> None:
    profile, at = PROFILES["address"], 1_750_000_000
    rows = profile.row.empty(1)
    for step in range(5):
        columns: dict[str, object] = {
            name: [""] if kind is str else np.zeros(1, dtype=np.int64 if kind is int else float)
            for name, kind in OBSERVATION_COLUMNS.items()
        }
        columns |= {
            "role": np.array([ROLE_CODES["sender"]]),
            "seconds": np.array([at - step * 86_400]),
            "member": np.array([step + 1]),
            "name": np.array([7]),
            "authenticated": np.array([1.0]),
        }
        profile.update(rows, Rows(1, columns))  # type: ignore[arg-type]
    (stored,) = profile.row.encode(rows)
    fields = {field.name: field for field in decode("address", stored, at)}
    assert fields["count"].value == 5
    assert fields["last_seen"].value == at * 1_000
    assert fields["sent_month"].value == 5
    assert sum(bucket.count for bucket in fields["sent_month"].buckets) == 5
    assert [b.count for b in fields["sent_month"].buckets][-5:] == [1] * 5
    assert fields["sent_day"].value == 1
    assert sum(slot or 0 for slot in fields["hours"].slots) == 5
    assert fields["names"].value == 1
    assert fields["recipients"].value == pytest.approx(5, abs=1)
    assert 4 < (fields["authenticated"].value or 0) <= 5
    later = {field.name: field for field in decode("address", stored, at + 60 * 86_400)}
    assert later["sent_month"].value == 0
    assert later["authenticated"].value == pytest.approx((fields["authenticated"].value or 0) / 2)
    assert {role.kind for role in ROLES} == PROFILES.keys()


def test_links_of_mail_are_no_links() -> None:
    assert defang("see https://evil.example/a.b?c") == "see hxxps://evil[.]example/a[.]b?c"
    assert defang("HTTP://10.0.0.1") == "HxxP://10[.]0[.]0[.]1"
    assert visible("a\u202eb\x00c\n") == "a\\u202eb\\u0000c\n"


def test_sizes_are_for_people() -> None:
    assert [size(n) for n in (0, 999, 1_000, 12_345, 5e9)] == [
        "0 B", "999 B", "1.0 KB", "12 KB", "5.0 GB",
    ]  # fmt: skip
