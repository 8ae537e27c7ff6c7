"""Profiles and people count only when the operator has signed them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from detection_stream.demo import OWN_DOMAINS, TENANT
from detection_stream.errors import InputError
from detection_stream.ingest.raw_records import RawRecord, person_record, profile_record
from detection_stream.model.person import Person
from detection_stream.model.signature import KEY_BYTES, NO_KEYS, SIGNATURE, OperatorKeys
from detection_stream.model.tenant import TenantPolicy, TenantProfile
from detection_stream.runtime.embedded.running import running
from detection_stream.runtime.operator_keys import NAME, add_key, own_keys, read_keys
from tests.topology.harness import (
    DEAD_LETTERS,
    KEYS,
    RAW,
    VERDICTS,
    WHOLE,
    Outcome,
    Pipeline,
    demo,
    pipeline,
)
from topologies import blueprint

OWNED = frozenset(OWN_DOMAINS)
PROFILE = TenantProfile(TENANT, OWNED, TenantPolicy("learning"))
OTHERS = OperatorKeys((b"x" * KEY_BYTES,))


def _append(flow: Pipeline, record: RawRecord) -> None:
    flow._append(RAW, record.key, record.value, record.at, record.headers)


def _run(directory: Path, *records: RawRecord, sizes: tuple[int, ...] = WHOLE) -> Outcome:
    with pipeline(directory) as flow:
        messages = demo(40)
        flow.feed(messages[:20])
        for record in records:
            _append(flow, record)
        flow.feed(messages[20:])
        flow.run(dict.fromkeys(flow.runners, sizes))
        return flow.outcome()


def _person(keys: OperatorKeys) -> RawRecord:
    return person_record(Person("Ann", f"ann@{OWN_DOMAINS[0]}", vip=True), TENANT, OWNED, keys)


def _unsigned(record: RawRecord) -> RawRecord:
    return record._replace(headers={k: v for k, v in record.headers.items() if k != SIGNATURE})


def _changed_value(record: RawRecord) -> RawRecord:
    return record._replace(
        value=record.value.replace(b"learning", b"active").replace(b"Ann", b"Eve")
    )


def _changed_time(record: RawRecord) -> RawRecord:
    return record._replace(headers={**record.headers, "received_at": b"5"})


def _changed_domains(record: RawRecord) -> RawRecord:
    return record._replace(headers={**record.headers, "own_domains": b"evil.example"})


def _moved(record: RawRecord) -> RawRecord:
    """A person's record sent as a profile, or the other way round."""
    swapped = {b"person": b"tenant", b"tenant": b"person"}[record.headers["format"]]
    return record._replace(headers={**record.headers, "format": swapped})


@pytest.mark.parametrize("make", [lambda keys: profile_record(PROFILE, 7, keys), _person])
@pytest.mark.parametrize(
    "forge", [_unsigned, _changed_value, _changed_time, _changed_domains, _moved, None]
)
def test_a_forged_record_goes_to_the_dead_letters_and_changes_nothing(
    tmp_path: Path,
    make: Callable[[OperatorKeys], RawRecord],
    forge: Callable[[RawRecord], RawRecord] | None,
) -> None:
    forged = make(OTHERS) if forge is None else forge(make(KEYS))
    before = _run(tmp_path / "before")
    after = _run(tmp_path / "after", forged, sizes=(7,))
    (letter,) = (orjson.loads(value) for value in after.dead_letters)
    assert "does not count" in letter["reason"]
    assert "sign" in letter["reason"]
    # Origins move by the one record, verdicts do not.
    assert [_decided(value) for value in after.verdicts] == list(map(_decided, before.verdicts))
    assert after.tables.keys() == before.tables.keys()
    assert not any(name for name, rows in after.tables.items() if "profiles" in name and rows)


def _decided(verdict: bytes) -> tuple[str, str, float]:
    found = orjson.loads(verdict)
    return found["uid"], found["tenant_status"], found["score"]


def test_signed_ones_count_also_with_an_old_key(tmp_path: Path) -> None:
    found = _run(tmp_path / "one", profile_record(PROFILE, 0, KEYS), _person(KEYS))
    assert found.dead_letters == []
    assert [orjson.loads(v)["tenant_status"] for v in found.verdicts] == (
        ["active"] * 20 + ["learning"] * 20
    )
    rotated = OTHERS.also(KEYS)
    record = profile_record(PROFILE, 0, KEYS)
    assert rotated.problem(record.headers, record.value) == ""
    assert KEYS.problem(*profile_record(PROFILE, 0, rotated)[:0:-2]) != ""


def test_without_a_key_nothing_is_signed_and_nothing_counts() -> None:
    with pytest.raises(InputError, match="operator-key"):
        profile_record(PROFILE, 0, NO_KEYS)
    record = _person(KEYS)
    assert "no operator key is given" in NO_KEYS.problem(record.headers, record.value)
    assert "kkkk" not in repr(KEYS)


def test_files_of_keys(tmp_path: Path) -> None:
    file = tmp_path / "key"
    first = add_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    both = add_key(file)
    assert both.keys[1:] == first.keys
    assert read_keys(file) == both
    file.chmod(0o644)
    with pytest.raises(InputError, match="others can read"):
        read_keys(file)
    for wrong in ("", "abcd\n", "z" * 64):
        file.write_text(wrong)
        file.chmod(0o600)
        with pytest.raises(InputError, match="hexadecimal"):
            read_keys(file)


async def test_an_engine_believes_its_own_key_and_keeps_it(tmp_path: Path) -> None:
    flow = blueprint().topology()
    async with running(tmp_path, flow, readers=1) as engine:
        log = engine.log(RAW, 0)
        log.append(*profile_record(PROFILE, 0, engine.keys))
        log.append(*profile_record(replace(PROFILE, own_domains=frozenset({"e.x"})), 0, OTHERS))
        await engine.wait_idle()
        assert engine.counts()["content"]["profiles"] == 1
        assert engine.log(DEAD_LETTERS, 0).end == 1
        assert engine.log(VERDICTS, 0).end == 0
        keys = engine.keys
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert own_keys(tmp_path) == keys
