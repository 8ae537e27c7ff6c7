"""Makes the screenshots of docs/web.md from the demo organisation.

``python -m tests.browser.screenshots [FOLDER]`` writes them to docs/screenshots by default.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.web.site import Site, demo_directory, web

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
MESSAGES = 10_000
LAPTOP = {"width": 1_280, "height": 860}
PHONE = {"width": 390, "height": 780}


def places(site: Site) -> dict[str, tuple[str, str, dict[str, int]]]:
    """Name of each picture, with the path, theme and size."""
    rows = site.api("/verdicts", verdict="malicious", limit=50)["verdicts"]
    message = next(row for row in rows if len(row["detectors"]) > 1)
    people = site.api("/tenants/demo")["people"]
    busiest = max(people, key=lambda person: person["sent"])["address"]
    return {
        "overview": ("/", "light", LAPTOP),
        "verdicts": ("/verdicts?verdict=flagged", "dark", LAPTOP),
        "message": (f"/verdicts/{message['uid']}", "light", LAPTOP),
        "profile": (f"/entities/address?tenant=demo&value={busiest}", "light", LAPTOP),
        "flow": ("/flow", "dark", LAPTOP),
        "phone": (f"/verdicts/{message['uid']}", "light", PHONE),
    }


def take(browser: Browser, site: Site, folder: Path) -> None:
    """Take all pictures."""
    for name, (path, theme, size) in places(site).items():
        options: dict[str, Any] = {"viewport": size, "color_scheme": theme}
        context = browser.new_context(**options)
        page = context.new_page()
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}.png")
        context.close()


def main(folder: Path) -> None:
    """Run the demo organisation, start its web view, take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "demo"
        demo_directory(data, MESSAGES)
        site = web(data)
        try:
            with chromium() as browser:
                take(browser, site, folder)
        finally:
            site.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
