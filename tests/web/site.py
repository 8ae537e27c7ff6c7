"""The web view of a data directory, in a process of its own as users run it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from detection_stream.demo import OWN_DOMAINS, TENANT, write_mbox

START_SECONDS = 90.0
COMMAND = (sys.executable, "-m", "detection_stream")
EMPTY: Mapping[str, str] = {}


@dataclass(frozen=True)
class Answer:
    """A response; ``text`` is the body."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.text)


class Site:
    """A process that serves the web view."""

    def __init__(self, arguments: Iterable[str], log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen([*COMMAND, *arguments], stdout=output, stderr=output)
        self.url = self._wait(r"web view at (http://\S+)")

    def _wait(self, pattern: str) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := re.search(pattern, self.log):
                return found[1]
            time.sleep(0.05)
        raise AssertionError(f"the web view did not start: {self.log}")

    @property
    def log(self) -> str:
        """The process's output."""
        return self._log.read_text()

    def get(self, path: str, query: Any = None, headers: Mapping[str, str] = EMPTY) -> Answer:
        """GET a path."""
        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path, headers=headers)

    def api(self, path: str, **query: Any) -> Any:
        """The JSON of the API."""
        answer = self.get(f"/api/v1{path}", query)
        assert answer.status == 200, answer.text
        return answer.json()

    def listed(self, path: str, name: str, **query: Any) -> list[Any]:
        """What a list of the API has, over all of its pages."""
        found: list[Any] = []
        after = ""
        while True:
            page = self.api(path, **query, after=after)
            found += page[name]
            after = page["next"]
            if not after:
                return found

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = EMPTY
    ) -> Answer:
        """Any request."""
        place = urlsplit(self.url)
        connection = HTTPConnection(place.hostname or "", place.port, timeout=60)
        try:
            connection.request(method, path, body or None, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read().decode())
        finally:
            connection.close()

    def close(self) -> None:
        """Stop it like a user; it must not have failed."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def until(condition: Callable[[], Any], seconds: float = 120.0) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.1)


def web(data: Path, *arguments: str) -> Site:
    """``detection-stream web`` on a data directory."""
    log = data.parent / f"{data.name}-web-{time.monotonic_ns()}.log"
    return Site(["web", "--data", str(data), "--port", "0", *arguments], log)


def command(*arguments: str) -> None:
    """Run a command to its end."""
    subprocess.run([*COMMAND, *arguments], check=True, capture_output=True, timeout=120)


def run_files(data: Path, *paths: Path, tenant: str, own_domain: str) -> None:
    """Run mail files into a data directory."""
    names = [str(path) for path in paths]
    where = ("--data", str(data), "--out", str(data.parent / f"{data.name}-out"))
    command("run", *names, "--tenant", tenant, "--own-domain", own_domain, *where)


def run_mail(data: Path, mail: Sequence[Any]) -> None:
    """Run messages of the demo's kind into a data directory."""
    place = data.parent / f"{data.name}-mail"
    place.mkdir(parents=True, exist_ok=True)
    write_mbox(place / "mail.mbox", iter(mail))
    run_files(data, place / "mail.mbox", tenant=TENANT, own_domain=next(iter(OWN_DOMAINS)))


def demo_directory(data: Path, messages: int = 2_000) -> None:
    """The demo organisation, run."""
    out = str(data.parent / f"{data.name}-out")
    command("demo", "--messages", str(messages), "--data", str(data), "--out", out)
