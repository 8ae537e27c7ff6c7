"""Authentication, permissions, and headers of every response."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from detection_stream.errors import InputError
from detection_stream.runtime.shared_secret import SharedSecret
from detection_stream.web.members import queries as q
from detection_stream.web.members.remote import PROOF_HEADER
from detection_stream.web.security.access import Access, digest, read_access
from detection_stream.web.security.audit import NAME
from detection_stream.web.security.guard import HEADERS
from detection_stream.web.security.limits import RateLimit
from detection_stream.web.serving import open_access
from detection_stream.web.view import API, encode_cursor
from detection_stream.web.views import VIEWS
from detection_stream.web.views.dead_letters import newest
from tests.web.stand_in import StandIn, client

LETTER = q.DeadLetter(
    0, 7, 1_000, "acme", "messages.raw", 0, 3, "content", "decode", "no message", "", 9, "x", ""
)
ACCESS = """
[cluster]
secret = "a secret between workers"
[tokens.ann]
sha256 = "{ann}"
role = "operate"
[tokens.ben]
sha256 = "{ben}"
role = "view"
tenants = ["acme"]
[proxy]
header = "X-Forwarded-Email"
from = ["127.0.0.1"]
[people."eve@acme.com"]
role = "view"
""".format(ann=digest("ann-token"), ben=digest("ben-token"))


@pytest.fixture
def access(tmp_path: Path) -> Access:
    file = tmp_path / "access.toml"
    file.write_text(ACCESS)
    return read_access(file)


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}-token"}


def letters(**more: q.Answer) -> StandIn:
    found = q.DeadLettersAnswer(partitions=[0, 1], letters=[LETTER], total=1)
    sent = q.RetryAnswer(partitions=[0, 1], sent="messages.raw", letter=LETTER)
    return StandIn(DeadLetters=found, Retry=sent, **more)


async def test_without_a_token_nothing_is_shown(access: Access, tmp_path: Path) -> None:
    member = letters()
    async with client(member, tmp_path, access, loopback=False) as site:
        for view in VIEWS.values():
            path = re.sub(r"{(\w+)}", "x", view.path)
            page = await site.get(path, allow_redirects=False)
            assert (page.status, page.headers["Location"][:9]) == (303, "/sign-in?")
            answer = await site.get(f"{API}{path}")
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        retry = await site.post("/dead-letters/retry", data={"letter_partition": "0"})
        assert retry.status == 401
        wrong = await site.get(f"{API}/verdicts", headers={"Authorization": "Bearer nonsense"})
        assert wrong.status == 401
    assert member.asked == []


async def test_a_session_that_has_ended_reloads_the_whole_page(
    access: Access, tmp_path: Path
) -> None:
    async with client(letters(), tmp_path, access, loopback=False) as site:
        answer = await site.get("/verdicts", headers={"HX-Request": "true"}, allow_redirects=False)
    assert (answer.status, answer.headers["HX-Refresh"]) == (401, "true")


@pytest.mark.parametrize("name", ["[", "[::1", "a]b"])
async def test_names_that_are_none_are_refused(name: str, tmp_path: Path) -> None:
    asked = {"letter_partition": 0, "letter_offset": 7}
    async with client(letters(), tmp_path) as site:
        assert (await site.get("/", headers={"Host": name})).status in {400, 403}
        origin = {"Origin": f"http://{name}"}
        sent = await site.post(f"{API}/dead-letters/retry", json=asked, headers=origin)
        assert sent.status == 403


async def test_roles(access: Access, tmp_path: Path) -> None:
    asked = {"letter_partition": 0, "letter_offset": 7}
    async with client(letters(), tmp_path, access, loopback=False) as site:
        refused = await site.post(f"{API}/dead-letters/retry", json=asked, headers=bearer("ben"))
        assert refused.status == 403
        assert (await site.get("/audit", headers=bearer("ben"))).status == 403
        page = await (await site.get("/dead-letters", headers=bearer("ben"))).text()
        assert "Send again" not in page
        assert b"retry" not in (tmp_path / NAME).read_bytes()
        sent = await site.post(f"{API}/dead-letters/retry", json=asked, headers=bearer("ann"))
        assert sent.status == 200
        page = await (await site.get("/audit", headers=bearer("ann"))).text()
        assert "retry dead letter" in page
    entries = map(orjson.loads, (tmp_path / NAME).read_bytes().splitlines())
    (entry,) = (one for one in entries if one["action"] == "retry dead letter")
    assert (entry["who"], entry["role"], entry["address"]) == ("ann", "operate", "127.0.0.1")
    assert entry["details"] == {
        "partition": 0, "offset": 7, "reason": "no message",
    }  # fmt: skip


def of_acme(query: q.Query) -> bool:
    """Whether a response covers only one tenant."""
    match query:
        case q.Counts(tenants=tenants) | q.Verdicts(filter=q.VerdictFilter(tenants=tenants)):
            return tenants == ["acme"]
        case q.Scan(prefix=prefix):
            return prefix.startswith(b"acme\0")
        case q.Contacts(tenant=tenant):
            return tenant == "acme"
    return False


async def test_a_token_of_some_tenants_sees_those(access: Access, tmp_path: Path) -> None:
    verdict = {"tenant": "other", "uid": "0" * 32}
    member = letters(
        Message=q.MessageVerdictsAnswer(
            partitions=[0, 1],
            index=q.IndexState(1, 1),
            revisions=[verdict],
            attribution=None,
            usual={},
        )
    )
    async with client(member, tmp_path, access, loopback=False) as site:
        for path in (
            "/verdicts?tenant=other",
            "/entities/address?tenant=other&value=a@b.c",
            "/networks?tenant=other&value=a@b.c",
            "/tables/address?tenant=other",
            "/tenants/other",
            "/detectors?tenant=other",
            f"/verdicts/{'0' * 32}",
            f"/verdicts/{'0' * 32}/mail",
            f"/entities/address?tenant=acme&value=a@b.c&before={'0' * 32}",
        ):
            member.asked.clear()
            answer = await site.get(f"{API}{path}", headers=bearer("ben"))
            assert answer.status == 404, path
            assert all(
                isinstance(query, q.MessageVerdicts) or of_acme(query) for query in member.asked
            )
        for table in ("seen", "waiting", "profiles", "tenants"):
            answer = await site.get(f"{API}/tables/{table}", headers=bearer("ben"))
            assert answer.status == 403
        member.asked.clear()
        for path in ("/verdicts", "/", "/detectors", "/tables/address"):
            answer = await site.get(f"{API}{path}".rstrip("/"), headers=bearer("ben"))
            assert answer.status == 200
    assert all(isinstance(query, q.Status) or of_acme(query) for query in member.asked)


async def test_letters_of_other_tenants_are_neither_shown_nor_sent(
    access: Access, tmp_path: Path
) -> None:
    text = ACCESS.replace('role = "view"\ntenants', 'role = "operate"\ntenants')
    file = tmp_path / "operate.toml"
    file.write_text(text.replace('tenants = ["acme"]', 'tenants = ["other"]'))
    member = letters()
    async with client(member, tmp_path, read_access(file), loopback=False) as site:
        found = await (await site.get(f"{API}/dead-letters", headers=bearer("ben"))).json()
        assert found["letters"] == []
        asked = {"letter_partition": 0, "letter_offset": 7}
        sent = await site.post(f"{API}/dead-letters/retry", json=asked, headers=bearer("ben"))
        assert sent.status == 404
    assert not any(isinstance(query, q.Retry) for query in member.asked)


async def test_signing_in_and_out(access: Access, tmp_path: Path) -> None:
    async with client(letters(), tmp_path, access, loopback=False) as site:
        form = await (await site.get("/sign-in?next=/verdicts")).text()
        csrf = _csrf(form)
        wrong = await site.post("/sign-in", data={"token": "nonsense", "csrf": csrf})
        assert wrong.status == 401
        signed = await site.post(
            "/sign-in",
            data={"token": "ann-token", "next": "//evil.example", "csrf": csrf},
            allow_redirects=False,
        )
        assert (signed.status, signed.headers["Location"]) == (303, "/")
        cookie = signed.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "ann-token" not in cookie
        assert (await site.get("/verdicts")).status == 200
        page = await (await site.get("/verdicts")).text()
        await site.post("/sign-out", data={"csrf": _csrf(page)})
        assert (await site.get("/verdicts", allow_redirects=False)).status == 303


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


async def test_guessing_tokens_is_slow(access: Access, tmp_path: Path) -> None:
    async with client(letters(), tmp_path, access, loopback=False) as site:
        wrong = {"Authorization": "Bearer nonsense"}
        found = [(await site.get(f"{API}/verdicts", headers=wrong)).status for _ in range(30)]
        assert found[0] == 401
        assert found[-1] == 429


async def test_wrong_tokens_lock_nobody_out(access: Access, tmp_path: Path) -> None:
    async with client(letters(), tmp_path, access, loopback=False) as site:
        for wrong in ("nonsense", "\u00ff", "") * 10:
            headers = {"Authorization": f"Bearer {wrong}"}
            assert (await site.get(f"{API}/verdicts", headers=headers)).status in {401, 429}
        assert (await site.get(f"{API}/verdicts", headers=bearer("ann"))).status == 200


async def test_a_name_of_a_proxy_in_front(tmp_path: Path) -> None:
    file = tmp_path / "named.toml"
    file.write_text(f'[site]\nnames = ["mail.acme.example"]\n{ACCESS}')
    async with client(letters(), tmp_path, read_access(file)) as site:
        for name, status in (("mail.acme.example", 200), ("evil.example", 403)):
            headers = {"Host": name, **bearer("ann")}
            assert (await site.get("/verdicts", headers=headers)).status == status
        csrf = _csrf(await (await site.get("/sign-in")).text())
        form = {"token": "ann-token", "csrf": csrf}
        for name, status in (("https://mail.acme.example", 303), ("https://evil.example", 403)):
            signed = await site.post(
                "/sign-in", data=form, headers={"Origin": name}, allow_redirects=False
            )
            assert signed.status == status


async def test_a_member_that_fails_is_named_and_the_page_is_there(tmp_path: Path) -> None:
    broken = StandIn(Verdicts=RuntimeError("a partition has gone"))
    async with client(broken, tmp_path) as site:
        found = await (await site.get(f"{API}/verdicts")).json()
        assert found["verdicts"] == []
        (note,) = found["notes"]
        assert "Partitions 0, 1 missing: stand-in failed to answer" in note


async def test_places_that_are_too_large(tmp_path: Path) -> None:
    async with client(letters(), tmp_path) as site:
        place = encode_cursor(10**23, "x")
        assert (await site.get(f"{API}/verdicts?after={place}")).status == 400


async def test_a_torn_line_of_the_audit_log_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b'{"at": "2026-01-01T0{"broken\n')
    asked = {"letter_partition": 0, "letter_offset": 7}
    async with client(letters(), tmp_path) as site:
        assert (await site.post(f"{API}/dead-letters/retry", json=asked)).status == 200
        found = await (await site.get(f"{API}/audit")).json()
        assert len(found["changes"]) == 1


async def test_a_place_among_dead_letters_of_two_partitions_leaves_none_out(
    tmp_path: Path,
) -> None:
    """Record times need not increase with offsets."""
    found = [
        q.DeadLetter(number, offset, at, "acme", "t", 0, 0, "s", "p", "r", "", 1, "x", "")
        for number, offset, at in ((0, 10, 900), (0, 11, 100), (1, 5, 500), (1, 6, 400))
    ]
    shown = newest(found, 3)
    lowest = {n: min(o.letter_offset for o in shown if o.letter_partition == n) for n in (0, 1)}
    left = [o for o in found if o not in shown]
    assert len(left) == 1
    assert all(o.letter_offset < lowest[o.letter_partition] for o in left)


async def test_a_proxy_is_believed_only_from_its_address(access: Access, tmp_path: Path) -> None:
    headers = {"X-Forwarded-Email": "Eve@acme.com"}
    async with client(letters(), tmp_path, access, loopback=False) as site:
        assert (await site.get(f"{API}/verdicts", headers=headers)).status == 200
        stranger = {"X-Forwarded-Email": "mallory@acme.com"}
        assert (await site.get(f"{API}/verdicts", headers=stranger)).status == 401
    assert access.of_proxy("10.9.9.9", headers) is None


FORM = {"letter_partition": "0", "letter_offset": "7"}


@pytest.mark.parametrize(
    ("headers", "data"),
    [
        ({}, FORM),
        ({}, {**FORM, "csrf": "nonsense"}),
        ({"Origin": "http://evil.example"}, {**FORM, "csrf": "{csrf}"}),
        ({"Sec-Fetch-Site": "cross-site"}, {**FORM, "csrf": "{csrf}"}),
        ({"Sec-Fetch-Site": "same-site"}, {**FORM, "csrf": "{csrf}"}),
    ],
)
async def test_forms_of_other_sites_change_nothing(
    headers: dict[str, str], data: dict[str, str], tmp_path: Path
) -> None:
    member = letters()
    async with client(member, tmp_path) as site:
        csrf = _csrf(await (await site.get("/dead-letters")).text())
        filled = {name: csrf if value == "{csrf}" else value for name, value in data.items()}
        refused = await site.post("/dead-letters/retry", data=filled, headers=headers)
        assert refused.status == 403
        other = {**headers, "Content-Type": "text/plain"}
        body = b'{"letter_partition": 0, "letter_offset": 7}'
        refused = await site.post(f"{API}/dead-letters/retry", data=body, headers=other)
        assert refused.status == 403
        assert not any(isinstance(query, q.Retry) for query in member.asked)
        sent = await site.post("/dead-letters/retry", data={**FORM, "csrf": csrf})
        assert sent.status == 200
        assert any(isinstance(query, q.Retry) for query in member.asked)


async def test_a_foreign_name_of_the_loopback_address_is_refused(tmp_path: Path) -> None:
    async with client(letters(), tmp_path) as site:
        for name in ("evil.example", "127.0.0.1.evil.example", "10.0.0.1", ""):
            assert (await site.get("/verdicts", headers={"Host": name})).status == 403
        for name in ("localhost", "127.0.0.1:99", "[::1]:80"):
            assert (await site.get("/verdicts", headers={"Host": name})).status == 200


async def test_every_answer_has_the_headers(access: Access, tmp_path: Path) -> None:
    async with client(letters(), tmp_path, access, loopback=False) as site:
        for path, headers in (
            ("/verdicts", bearer("ann")),
            ("/nonsense", bearer("ann")),
            ("/sign-in", {}),
            (f"{API}/verdicts", {}),
            (f"{API}/verdicts", bearer("ann")),
            ("/static/app.css", {}),
        ):
            answer = await site.get(path, headers=headers)
            for name in set(HEADERS) - {"Cache-Control"}:
                assert answer.headers[name] == HEADERS[name], path
        policy = HEADERS["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy


async def test_pages_have_no_inline_scripts_or_styles(tmp_path: Path) -> None:
    async with client(letters(), tmp_path) as site:
        for path in (
            "/",
            "/verdicts",
            "/dead-letters",
            "/nonsense",
            "/detectors/gift_card_request",
        ):
            page = await (await site.get(path)).text()
            assert not re.search(r"<script(?![^>]*\bsrc=)", page)
            assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)


async def test_a_crawler_of_300_pages_meets_no_limit(tmp_path: Path) -> None:
    async with client(letters(), tmp_path) as site:
        for _ in range(300):
            assert (await site.get("/verdicts")).status == 200
            assert (await site.get("/static/app.css")).status == 200


def test_a_flood_does() -> None:
    limit = RateLimit(burst=10, rate=1.0)
    assert [limit.wait("a") for _ in range(10)] == [0.0] * 10
    assert 0.0 < limit.wait("a") <= 1.0
    assert limit.wait("b") == 0.0


async def test_workers_ask_each_other_only_with_the_secret(access: Access, tmp_path: Path) -> None:
    body = b'{"query": "dead_letters"}'
    right = SharedSecret(access.secret)
    good = right.proof("question of ", body)
    async with client(letters(), tmp_path, access, loopback=False) as site:
        for proof, status in (
            ("", 403),
            ("ann-token", 403),
            (access.secret, 403),
            (SharedSecret("").proof("question of ", body), 403),
            (right.proof("question of ", body + b" "), 403),
            (right.proof("announcement", body), 403),
            (good, 200),
            # The same one is heard once.
            (good, 403),
        ):
            headers = {PROOF_HEADER: proof, "Content-Type": "application/json"}
            answer = await site.post("/internal/ask", data=body, headers=headers)
            assert answer.status == status
    open_to_this_machine: Any = Access(tokens=access.tokens, closed=True)
    async with client(letters(), tmp_path, open_to_this_machine, loopback=False) as site:
        proof = SharedSecret("").proof("question of ", body)
        answer = await site.post("/internal/ask", data=body, headers={PROOF_HEADER: proof})
        assert answer.status == 403


def test_other_addresses_need_an_access_file() -> None:
    assert not open_access("127.0.0.1", None).closed
    assert not open_access("::1", None).closed
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.com"):
        with pytest.raises(InputError, match="--access"):
            open_access(host, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "not valid TOML"),
        ("", "nobody may sign in"),
        ("[tokens.a]\nrole = 'view'", "tokens.a.sha256"),
        (f"[tokens.a]\nsha256 = '{'0' * 64}'", "tokens.a.role"),
        (f"[tokens.a]\nsha256 = '{'0' * 64}'\nrole = 'admin'", "admin"),
        ("[tokens.a]\nsha256 = 'x'\nrole = 'view'", "not a hexadecimal SHA-256"),
        (f"[tokens.a]\nsha256 = '{'0' * 64}'\nrole = 'view'\ntenant = 'x'", "tenant"),
        (f"[tokens.a]\nsha256 = '{'0' * 64}'\nrole = 'view'\ntenants = 'x'", "list of strings"),
        ("[users.a]\nrole = 'view'", "users"),
        ("[proxy]\nheader = 'X'\nfrom = ['x']\n[people.a]\nrole = 'view'", "not an IP address"),
        ("[cluster]\nsecret = 'short'", "nobody may sign in"),
        (f"[cluster]\nsecret = 'short'\n[tokens.a]\nsha256 = '{'0' * 64}'\nrole='view'", "16"),
    ],
)
def test_access_files_that_are_wrong(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "access.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=re.escape(words)):
        read_access(file)


@pytest.mark.parametrize(
    "twice",
    [
        ("Host", "localhost", "localhost"),
        ("Authorization", "Bearer ann-token", "Bearer nonsense"),
        ("Cookie", "a=1", "b=2"),
        ("cookie", "a=1", "b=2"),
        ("Content-Length", "0", "0"),
        ("Transfer-Encoding", "chunked", "chunked"),
        ("X-Forwarded-Email", "eve@acme.com", "ann@acme.com"),
        ("X-Forwarded-Proto", "http", "https"),
    ],
)
async def test_a_header_that_comes_twice_is_refused(
    twice: tuple[str, str, str], access: Access, tmp_path: Path
) -> None:
    name, *values = twice
    async with client(letters(), tmp_path, access, loopback=False) as site:
        lines = [f"{name}: {value}" for value in values]
        if name != "Host":
            lines.append("Host: localhost")
        reader, writer = await asyncio.open_connection(site.host, site.port)
        request = "\r\n".join(["GET /sign-in HTTP/1.1", *lines, "Connection: close", "", ""])
        writer.write(request.encode())
        async with asyncio.timeout(20):
            answer = await reader.read()
        writer.close()
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")), answer
