"""A real browser without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, sync_playwright

PROGRAM = "DETECTION_STREAM_TEST_BROWSER"
"""Environment variable with the path of a Chromium."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class MissingBrowserError(Exception):
    """There is no Chromium; the text says where one was looked for."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium.

    Raises:
        MissingBrowserError: there is none.
    """
    program = os.environ.get(PROGRAM) or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        except Error as error:
            raise MissingBrowserError(
                f"{PROGRAM} is not set, none of {', '.join(NAMES)} is there, and Playwright has "
                "none of its own"
            ) from error
        yield browser
        browser.close()
