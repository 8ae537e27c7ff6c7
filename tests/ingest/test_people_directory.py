"""The organisation's people from JSON and CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from detection_stream.errors import InputError
from detection_stream.ingest import read_directory
from detection_stream.model.person import Person
from tests.ingest.ingest_samples import write

PEOPLE = [
    Person("Ann Lee", "ann@example.com", True, "Finance"),
    Person("Bob", "bob@example.com"),
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "p.json",
            '[{"name": "Ann  Lee", "address": "Ann@Example.com", "vip": true, "age": 1.5,'
            ' "department": "Finance"}, {"name": "Bob", "email": "bob@example.com", "vip": 0}]',
        ),
        (
            "p.csv",
            "Name,Email,VIP,Department,Room\r\nAnn Lee,ann@example.com,Yes,Finance,1\r\n"
            "\r\nBob,bob@example.com,,,\r\n",
        ),
        (
            "p.csv",
            "name;address;vip;department\nAnn Lee;ann@example.com;1;Finance\n"
            "Bob;bob@example.com;no;\n",
        ),
        (
            "people",
            '[{"name":"Ann Lee","address":"ann@example.com","vip":"true",'
            '"department":"Finance"},{"name":"Bob","address":"bob@example.com"}]',
        ),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_people(tmp_path: Path, name: str, text: str, mark: str) -> None:
    assert read_directory(write(tmp_path / name, (mark + text).encode())) == PEOPLE


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("p.json", "[{", "is not JSON"),
        ("p.json", "{}", "must be a JSON list"),
        ("p.json", "[]", "the directory is empty"),
        ("p.json", '[{"name":"A","address":"a@b"}, 1]', "entry 2: must be an object"),
        ("p.json", '[{"name":"A","address":["a@b"]}]', "entry 1: address must be a string"),
        ("p.json", '[{"name":"A","address":"a@b","vip":2}]', "entry 1: vip is '2'"),
        ("p.csv", "", "the directory is empty"),
        ("p.csv", "name,phone\nA,1\n", "line 1: the first row must name"),
        ("p.csv", "name,email\nA,a@b\nB\n", "line 3: has 1 cells"),
        ("p.csv", "name,email\nA,a@b\n,b@b\n", "line 3: has no name"),
        ("p.csv", "name,email\nA,nowhere\n", "line 2: 'nowhere' is not an e-mail address"),
        ("p.csv", "name,email,vip\nA,a@b,maybe\n", "line 2: vip is 'maybe'"),
        ("p.csv", 'name,email\n"A" x,a@b\n', "line 2: is not CSV"),
        ("p.csv", b"name,email\nJos\xe9,a@b\n", "is not UTF-8 at byte 14"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, name: str, text: str | bytes, message: str) -> None:
    path = write(tmp_path / name, text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_directory(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_a_missing_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_directory(tmp_path / "none.csv")
