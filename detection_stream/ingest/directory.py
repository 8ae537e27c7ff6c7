"""The organisation's people from a JSON or CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path

import orjson

from detection_stream.errors import InputError
from detection_stream.model.person import Person

_VIP = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}


def read_directory(path: Path) -> list[Person]:
    """The people of a file: a JSON list of objects, or CSV with a header row.

    Fields are name, address (or email), vip (true or false, yes or no, 1 or 0) and department;
    others are ignored, and the last two may be left out. Raises InputError that names the invalid
    line or entry.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: is not UTF-8 at byte {error.start}; save the directory as UTF-8"
        ) from error
    is_json = path.suffix.lower() == ".json" or text.lstrip().startswith("[")
    rows = _json_rows(text, path) if is_json else _csv_rows(text, path)
    people = [_person(fields, where) for where, fields in rows]
    if not people:
        raise InputError(f"{path}: the directory is empty; add people or omit it")
    return people


def _json_rows(text: str, path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    try:
        entries = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path}: is not JSON ({error}); correct it") from error
    if not isinstance(entries, list):
        raise InputError(f"{path}: must be a JSON list of people, as [{{...}}, {{...}}]")
    for number, entry in enumerate(entries, 1):
        where = f"{path}: entry {number}"
        if not isinstance(entry, dict):
            raise InputError(f"{where}: must be an object with name and address")
        fields = {}
        for name, value in entry.items():
            if isinstance(value, bool | int):
                fields[name.lower()] = str(int(value))
            elif isinstance(value, str):
                fields[name.lower()] = value.strip()
            elif name.lower() in _KNOWN and value is not None:
                raise InputError(f"{where}: {name} must be a string, not {value!r:.40}")
        yield where, fields


_KNOWN = frozenset(("name", "address", "email", "vip", "department"))


def _csv_rows(text: str, path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            where = f"{path}: line {reader.line_num}"
            if not any(cells):
                continue
            if header is None:
                header = [cell.lower() for cell in cells]
                if "name" not in header or not {"address", "email"} & set(header):
                    raise InputError(
                        f"{where}: the first row must name the columns, at least name and address"
                    )
            elif len(cells) != len(header):
                raise InputError(
                    f"{where}: has {len(cells)} cells, the header row {len(header)}; "
                    f"quote cells that hold a '{delimiter}'"
                )
            else:
                yield where, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: is not CSV ({error})") from error


def _person(fields: Mapping[str, str], where: str) -> Person:
    name = " ".join(fields.get("name", "").split())
    address = (fields.get("address") or fields.get("email") or "").lower()
    if not name:
        raise InputError(f"{where}: has no name; add it or remove the entry")
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or len(address.split()) != 1:
        raise InputError(f"{where}: '{address}' is not an e-mail address; write it as name@domain")
    vip = fields.get("vip", "").lower()
    if vip not in _VIP:
        raise InputError(f"{where}: vip is '{vip}'; write true or false")
    return Person(name, address, _VIP[vip], fields.get("department", ""))
