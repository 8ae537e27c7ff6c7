"""Mail that attacks its readers: whatever is in it, pages show it as text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from tests.web.site import Site, run_files, web

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; alert(1); //",
    "{{ 7 * 7 }}{% raw %}",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "\u202egpj.exe",
    "]]><!--<p>",
    "</textarea></title></style>",
    "&lt;b&gt;",
)


def hostile(attack: str, number: int) -> bytes:
    """A message with an attack wherever text can stand."""
    message = EmailMessage()
    flat = attack.replace("\n", " ")
    message["From"] = f'"{flat.replace(chr(34), "")}" <mallory{number}@evil.example>'
    message["To"] = '"Ann" <ann@acme.example>'
    message["Subject"] = f"Invoice {flat}"
    plain = flat.encode("ascii", "ignore").decode().replace(" ", "").replace(">", "")
    message["Message-ID"] = f"<{number}{plain}@evil.example>"
    message["Date"] = f"Mon, 05 May 2025 10:{number:02d}:00 +0000"
    message["X-Attack"] = flat
    message["Received"] = (
        f"from {plain.replace(';', '')} ([10.0.0.{number + 1}]) by mx.acme.example; "
        f"Mon, 05 May 2025 10:{number:02d}:30 +0000"
    )
    message.set_content(f"Read this: {attack} http://evil.example/{number}?x=<script>")
    if number % 2:
        message.add_alternative(_html(attack, number), subtype="html")
    message.add_attachment(b"x", maintype="text", subtype="plain", filename=f"{flat}.html")
    return message.as_bytes()


def _html(attack: str, number: int) -> str:
    return (
        f'<p>{attack}</p><a href="javascript:alert(1)">x</a>'
        f'<a href="http://evil.example/{number}">http://acme.example/ {attack}</a>'
        '<img src="http://evil.example/pixel.png"><script>alert(1)</script>'
    )


class Elements(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note what a reader sees."""
        self.text += data


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place = tmp_path_factory.mktemp("hostile")
    for number, attack in enumerate(ATTACKS):
        (place / f"{number}.eml").write_bytes(hostile(attack, number))
    (place / "broken.eml").write_bytes(b"<script>alert(1)</script>\n\njavascript:alert(1)")
    tenant = "<b>acme</b>"
    data = tmp_path_factory.mktemp("attacked") / "data"
    run_files(data, place, tenant=tenant, own_domain="acme.example")
    site = web(data)
    yield site
    site.close()
    assert "Traceback" not in site.log


def check(page: str) -> None:
    """Nothing of a mail is an element, a link or an address that a browser asks for."""
    elements = Elements()
    elements.feed(page)
    for tag, attributes in elements.found:
        assert tag not in {"iframe", "object", "embed", "base", "style"}
        assert not any(name.startswith("on") for name in attributes), attributes
        if tag == "script":
            assert (attributes.get("src") or "").startswith("/static/")
        if tag in {"img", "link"}:
            place = attributes.get("src") or attributes.get("href") or ""
            assert place.startswith("/static/")
        for name in ("href", "action", "hx-get"):
            assert (attributes.get(name) or "/").startswith(("/", "#")), attributes
    assert "http://evil.example" not in html.unescape(page)
    assert "\u202e" not in elements.text


def test_attacks_are_shown_and_do_nothing(attacked: Site) -> None:
    rows = attacked.api("/verdicts", limit=200)["verdicts"]
    assert len(rows) == len(ATTACKS)
    tenant = rows[0]["tenant"]
    pages = ["/", "/verdicts", "/tenants", f"/tenants/{html.escape(tenant)}", "/dead-letters"]
    pages += [f"/tables/{kind}" for kind in ("address", "name", "pair", "thread", "seen")]
    for row in rows:
        pages += [f"/verdicts/{row['uid']}", f"/verdicts/{row['uid']}/mail"]
    for page in pages:
        check(attacked.get(page).text)
    for row in rows:
        asked = {"tenant": tenant, "value": row["sender"]}
        profile = attacked.get("/entities/address", asked)
        assert profile.status == 200
        check(profile.text)
        check(attacked.get("/networks", asked).text)
    names = attacked.api("/tables/name", tenant=tenant, limit=200)["rows"]
    assert len(names) >= 5
    for name in names:
        check(attacked.get("/entities/name", {"tenant": tenant, "value": name["value"]}).text)


def test_the_text_is_there_with_links_defanged(attacked: Site) -> None:
    row = next(row for row in attacked.api("/verdicts")["verdicts"] if "<script>" in row["subject"])
    mail = attacked.api(f"/verdicts/{row['uid']}/mail")["mail"]
    assert "<script>alert(1)</script>" in mail["text"]
    assert any(part["filename"].startswith("<script>") for part in mail["attachments"])
    page = html.unescape(attacked.get(f"/verdicts/{row['uid']}/mail").text)
    assert "hxxp://evil[.]example/0" in page
    assert "<script>alert(1)</script>" in re.sub(r"\[\.\]", ".", page)


def test_broken_mail_is_a_dead_letter_with_its_reason(attacked: Site) -> None:
    (letter,) = attacked.api("/dead-letters")["letters"]
    assert letter["reason"].startswith("not a message")
    assert letter["first_bytes"].startswith("<script>")
    assert letter["tenant"] == "<b>acme</b>"
    assert letter["retry"] == ""
