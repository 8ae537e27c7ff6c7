"""Every link of every page leads somewhere, for each role."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from detection_stream.demo import OWN_DOMAINS
from detection_stream.web.security.access import digest
from tests.contract.crawl import Page
from tests.topology.harness import demo
from tests.web.site import Site, run_mail, web

pytestmark = pytest.mark.slow

MESSAGES = 60
SECONDS_BETWEEN_BURSTS = 1.0
OWN = next(iter(OWN_DOMAINS))
ACCESS = """
[tokens.all]
sha256 = "{all}"
role = "operate"
[tokens.looks]
sha256 = "{looks}"
role = "view"
[tokens.one]
sha256 = "{one}"
role = "view"
tenants = ["demo"]
""".format(all=digest("all-token"), looks=digest("looks-token"), one=digest("one-token"))

ODD_SENDERS = (
    # A name in angle brackets, no address at all, an address that is none, several.
    "<nobody>",
    '"Only a name"',
    "<@example.org>",
    "<a@>",
    "<a b@x.example>",
    f"ann@{OWN}",
    "one@x.example, two@y.example",
    '"/../?&#%" <"/../?&#%"@x.example>',
    "<é@ü.example>",
)


def _mail() -> list[Any]:
    """Demo mail, and mail of senders that are hard to name."""
    messages = list(demo(MESSAGES))
    last = messages[-1]
    for number, sender in enumerate(ODD_SENDERS):
        raw = (
            f"From: {sender}\nTo: ben@{OWN}, <nobody>, undisclosed-recipients:;\nSubject: odd\n"
            f"Message-ID: <odd {number}?&#/@x>\nReferences: <a> <>\nIn-Reply-To: <>\n\n"
            "See https://x.example/a?b=c#d and http://[::1]/ and http://xn--/\n"
        )
        at = last.received_at + 1_000 * (number + 1)
        messages.append(replace(last, raw=raw.encode(), received_at=at))
    return messages


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The web view of that mail, with sign-in."""
    place = tmp_path_factory.mktemp("links")
    run_mail(place / "data", _mail())
    (place / "access.toml").write_text(ACCESS)
    running = web(place / "data", "--access", str(place / "access.toml"))
    yield running
    running.close()
    assert "Traceback" not in running.log


@pytest.mark.parametrize("token", ["all-token", "looks-token", "one-token"])
def test_every_link_of_every_page_leads_somewhere(site: Site, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    waiting, seen, dead = ["/"], {"/"}, dict[str, tuple[int, str]]()
    came_from = {"/": ""}
    while waiting:
        path = waiting.pop()
        answer = site.get(path, headers=headers)
        while answer.status == 429:
            time.sleep(SECONDS_BETWEEN_BURSTS)
            answer = site.get(path, headers=headers)
        if answer.status >= 400:
            dead[path] = answer.status, came_from[path]
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        for link in Page(answer.text).links:
            path_only = link.partition("#")[0]
            if path_only.startswith("/") and path_only not in seen:
                seen.add(path_only)
                came_from[path_only] = path
                waiting.append(path_only)
    assert dead == {}, "\n".join(map(str, dead.items()))
    assert len(seen) > 5 * MESSAGES
