"""The service for a small site: mail in over SMTP and a Maildir, verdicts out."""

from __future__ import annotations

import json
import re
import resource
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from detection_stream.demo import generate
from tests.cli.test_bad_input import MAIL, command

pytestmark = pytest.mark.slow

ARGUMENTS = ("--tenant", "demo", "--own-domain", "harborlight.example")
# Their own dates are long past, and live mail is never older than a few days.
_ARRIVED = f"Received: by mx.harborlight.example; {format_datetime(datetime.now(UTC))}\r\n".encode()
MESSAGES = [_ARRIVED + message.raw for message in generate(30, seed=4)]


class Service:
    """``detection-stream serve`` in a directory."""

    def __init__(self, place: Path, before: Callable[[], None] | None = None) -> None:
        self.place = place
        self.log = place / "serve.log"
        self._before = before
        for name in ("new", "cur", "tmp"):
            (place / "Maildir" / name).mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start it and wait for its port."""
        self.log.write_text("")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "detection_stream", "serve", *ARGUMENTS),
                    *("--smtp", "--smtp-port", "0", "--watch", "Maildir"),
                ],
                cwd=self.place,
                stderr=log,
                preexec_fn=self._before,  # noqa: PLW1509 - no other thread runs
            )
        _until(lambda: "writing verdicts to" in self.log.read_text())
        found = re.search(r"SMTP at 127\.0\.0\.1:(\d+)", self.log.read_text())
        assert found
        self.port = int(found[1])

    def send(self, raw: bytes) -> None:
        """Send one message."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as client:
            client.sendmail("journal@harborlight.example", "archive@example.org", raw)

    def verdicts(self) -> list[dict[str, object]]:
        """What is in the file of verdicts."""
        file = self.place / "out/verdicts.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]


def _until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """A running service."""
    found = Service(tmp_path)
    found.start()
    return found


def test_mail_of_all_ways_in_is_decided_and_has_one_uid(service: Service, tmp_path: Path) -> None:
    for raw in MESSAGES[:20]:
        service.send(raw)
    for number, raw in enumerate(MESSAGES[15:]):
        (tmp_path / "Maildir/new" / f"{number}.host").write_bytes(raw)
    _until(lambda: len(service.verdicts()) == len(MESSAGES))
    _until(lambda: not any((tmp_path / "Maildir/new").iterdir()))
    assert len(list((tmp_path / "Maildir/cur").iterdir())) == 15
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(15) == 0
    (tmp_path / "mail").mkdir()
    for number, raw in enumerate(MESSAGES):
        (tmp_path / "mail" / f"{number}.eml").write_bytes(raw)
    run = command("run", "mail", *ARGUMENTS, "--data", "d", "--out", "o", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    lines = (tmp_path / "o/verdicts.jsonl").read_text().splitlines()
    uids = {verdict["uid"] for verdict in service.verdicts()}
    assert uids == {json.loads(line)["uid"] for line in lines}


def test_what_was_accepted_survives_a_crash(service: Service) -> None:
    for raw in MESSAGES[:3]:
        service.send(raw)
    service.process.kill()
    service.process.wait()
    service.start()
    _until(lambda: len(service.verdicts()) == 3)
    service.process.kill()
    service.process.wait()


def test_without_a_way_in(tmp_path: Path) -> None:
    run = command("serve", *ARGUMENTS, cwd=tmp_path)
    assert run.returncode == 2
    assert "--smtp" in run.stderr
    run = command("serve", *ARGUMENTS, "--watch", "absent", cwd=tmp_path)
    assert run.returncode == 2
    assert "not a Maildir" in run.stderr


def test_a_disk_that_is_full_for_good_ends_it_with_a_reply(tmp_path: Path) -> None:
    # Files that may not grow stand for a full disk.
    service = Service(tmp_path, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, _SMALL))
    service.start()
    accepted = 0
    with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPServerDisconnected)) as refused:  # noqa: PT012 - any may be
        while accepted < 200:
            service.send(b"Message-ID: <%d@x.com>\n" % accepted + MAIL + b"x" * 100_000)
            accepted += 1
    assert getattr(refused.value, "smtp_code", 451) == 451
    assert service.process.wait(30) == 1
    assert "File too large" in service.log.read_text()
    service = Service(tmp_path)
    service.start()
    _until(lambda: len(service.verdicts()) >= accepted)
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(15) == 0


_SMALL = 2 << 20, 2 << 20
