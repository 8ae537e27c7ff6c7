"""The audit log: what is in it, what is not, and how large it gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from detection_stream.web.members import queries as q
from detection_stream.web.security import audit
from detection_stream.web.security.access import Access, Principal, read_access
from detection_stream.web.security.audit import NAME, REFUSED_NAME, AuditLog
from detection_stream.web.view import API
from tests.web.stand_in import client
from tests.web.test_security import ACCESS, bearer, letters

UID = "0" * 32
ANN = Principal("ann", "operate")


@pytest.fixture
def access(tmp_path: Path) -> Access:
    """The rules of an access file."""
    file = tmp_path / "access.toml"
    file.write_text(ACCESS)
    return read_access(file)


def _lines(file: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in file.read_bytes().splitlines()]


async def test_sign_ins_refusals_and_reads_are_recorded(access: Access, tmp_path: Path) -> None:
    verdict = {"tenant": "acme", "uid": UID, "message_id": "m"}
    found = q.MessageVerdictsAnswer(
        partitions=[0, 1], revisions=[verdict], attribution=None, usual={}, index=q.IndexState(0, 0)
    )
    raw = q.RawAnswer(partitions=[0, 1], mail=None, origin=None)
    member = letters(MessageVerdicts=found, Raw=raw)
    async with client(member, tmp_path, access, loopback=False) as site:
        form = await (await site.get("/sign-in")).text()
        csrf = form.split('name="csrf" value="')[1].split('"')[0]
        for token, status in (("wrong-secret", 401), ("ann-token", 303)):
            given = {"token": token, "csrf": csrf, "next": "/"}
            answer = await site.post("/sign-in", data=given, allow_redirects=False)
            assert answer.status == status
        await site.post("/internal/ask", data=b"{}")
        assert (await site.get(f"{API}/verdicts")).status == 200
    async with client(member, tmp_path, access, loopback=False) as site:
        assert (await site.get(f"{API}/verdicts")).status == 401
        assert (await site.get("/audit", headers=bearer("ben"))).status == 403
        assert (await site.get(f"{API}/verdicts/{UID}/mail", headers=bearer("ben"))).status == 200
        proxied = {"X-Forwarded-Email": "eve@acme.com"}
        assert (await site.get(f"{API}/dead-letters", headers=proxied)).status == 200
    events = [(one["who"], one["action"], one["details"]) for one in _lines(tmp_path / NAME)]
    assert ("ann", "sign in", {"with": "form"}) in events
    assert ("ben", "sign in", {"with": "token"}) in events
    assert ("eve@acme.com", "sign in", {"with": "proxy"}) in events
    path = f"{API}/verdicts/{UID}/mail"
    assert ("ben", "read mail", {"uid": UID, "path": path}) in events
    assert [one[1] for one in events if one[0] == "eve@acme.com"][-1] == "read dead letters"
    refused = [(one["who"], one["details"]) for one in _lines(tmp_path / REFUSED_NAME)]
    assert [(who, one["status"], one["path"]) for who, one in refused] == [
        ("", 401, "POST /sign-in"),
        ("ann", 403, "POST /internal/ask"),
        ("", 401, f"GET {API}/verdicts"),
        ("ben", 403, "GET /audit"),
    ]
    written = (tmp_path / NAME).read_text() + (tmp_path / REFUSED_NAME).read_text()
    assert not any(secret in written for secret in ("-token", "wrong-secret", access.secret))
    for file in (NAME, REFUSED_NAME):
        assert (tmp_path / file).stat().st_mode & 0o777 == 0o600


def test_files_are_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MAX_FILE_BYTES", 2_000)
    monkeypatch.setattr(audit, "KEPT_FILES", 3)
    log = AuditLog(tmp_path / NAME)
    for number in range(200):
        log.write(ANN, "1.2.3.4", "read mail", {"uid": str(number), "path": "x" * 10_000})
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [NAME, *(f"{NAME}.{n}" for n in (1, 2, 3))]
    assert all(file.stat().st_size <= 2_000 for file in files)
    shown = [entry["details"]["uid"] for entry in log.latest()]
    assert shown[:2] == ["199", "198"]
    assert len(shown) > 10


def test_a_flood_of_refusals_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    log = AuditLog(tmp_path / NAME)
    for _ in range(1_000):
        log.refuse(None, "1.2.3.4", 401, "GET /", "no token")
    log.refuse(None, "1.2.3.5", 401, "GET /", "no token")
    now += 61
    log.refuse(None, "1.2.3.4", 401, "GET /\udc80", "no token")
    refused = _lines(tmp_path / REFUSED_NAME)
    assert [one["address"] for one in refused] == ["1.2.3.4", "1.2.3.5", "1.2.3.4"]
    assert refused[-1]["details"]["more_before"] == 999
    assert not (tmp_path / NAME).exists()
