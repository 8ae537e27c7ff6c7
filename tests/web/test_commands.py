"""The commands around the web view, as users type them."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from detection_stream.web.security.access import read_access
from tests.cli.test_bad_input import command
from tests.web.site import Site, run_files, until, web

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/web.md").read_text()
MAIL = b"From: a@b.example\nTo: c@acme.example\nSubject: hello\nMessage-ID: <1@b>\n\nHi\n"


def test_commands_of_the_document_work(data: Path, tmp_path: Path) -> None:
    data.rename(tmp_path / "detection-stream-data")
    commands = re.findall(r"^    \.venv/bin/detection-stream (.*)$", DOCUMENT, re.MULTILINE)
    assert len(commands) == 2
    for one in commands:
        done = command(*one.split(), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    site = web(tmp_path / "detection-stream-data")
    try:
        row = site.api("/verdicts", limit=1)["verdicts"][0]
        asked = {"tenant": row["tenant"], "value": row["sender"], "at": "2999-01-01"}
        found = site.api("/entities/address", **asked)
        assert found["moment"]["base"].startswith("the snapshot of")
    finally:
        site.close()


def test_the_demo_ends_with_how_to_look_at_it(tmp_path: Path) -> None:
    shown = command("demo", "--messages", "60", cwd=tmp_path)
    assert shown.stdout.rstrip().endswith("detection-stream web --data detection-stream-data")


def test_the_access_file_of_the_document_is_one(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    file = tmp_path / "access.toml"
    file.write_text(text.replace('"..."', f'"{"0" * 64}"'))
    access = read_access(file)
    assert access.of_proxy("10.0.0.5", {"X-Forwarded-Email": "ben@acme.com"})


def test_a_token_is_known_by_its_lines(tmp_path: Path) -> None:
    made = command("web-token", "ann", "--tenant", "acme", cwd=tmp_path)
    assert made.returncode == 0
    assert tomllib.loads(made.stdout)["tokens"]["ann"]["tenants"] == ["acme"]
    file = tmp_path / "access.toml"
    file.write_text(made.stdout)
    token = made.stderr.rpartition(" ")[2].strip()
    who = read_access(file).of_token(token)
    assert who is not None
    assert (who.name, who.role, who.sees("other")) == ("ann", "view", False)
    assert command("web-token", 'a"b', cwd=tmp_path).returncode == 2


def test_tokens_are_added_to_an_access_file(tmp_path: Path) -> None:
    file = tmp_path / "access.toml"
    tokens = {}
    for name in ("ann", "ben"):
        made = command("web-token", name, "--access", str(file), cwd=tmp_path)
        assert (made.returncode, made.stdout) == (0, "")
        tokens[name] = made.stderr.rpartition(" ")[2].strip()
    access = read_access(file)
    for name, token in tokens.items():
        who = access.of_token(token)
        assert who is not None
        assert who.name == name
    assert len(access.secret) >= 16
    assert file.stat().st_mode & 0o777 == 0o600
    known = file.read_text()
    again = command("web-token", "ben", "--access", str(file), cwd=tmp_path)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert file.read_text() == known


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "0.0.0.0"), "--access"),
        (("--access", "missing.toml"), "missing.toml"),
        (("--data", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    refused = command("web", *arguments, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert words in refused.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_port_that_is_taken(site: Site, data: Path, tmp_path: Path) -> None:
    port = site.url.rpartition(":")[2]
    refused = command("web", "--data", str(data), "--port", port, cwd=tmp_path)
    assert (refused.returncode, "--port" in refused.stderr) == (2, True)


def test_a_directory_in_use_without_an_answer(site: Site, data: Path, tmp_path: Path) -> None:
    first = web(data)
    try:
        refused = command("web", "--data", str(data), cwd=tmp_path)
        assert (refused.returncode, "in use" in refused.stderr) == (2, True)
    finally:
        first.close()


def test_a_directory_that_serve_is_using_is_shown_through_it(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(MAIL)
    data = tmp_path / "data"
    run_files(data, tmp_path / "one.eml", tenant="acme", own_domain="acme.example")
    maildir = tmp_path / "Maildir"
    for name in ("new", "cur", "tmp"):
        (maildir / name).mkdir(parents=True)
    serving = subprocess.Popen(
        [
            *(sys.executable, "-m", "detection_stream", "serve", "--tenant", "acme"),
            *("--own-domain", "acme.example", "--data", str(data), "--watch", str(maildir)),
            *("--out", str(tmp_path / "out")),
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        until((data / "web.sock").exists)
        site = web(data)
        try:
            assert len(site.api("/verdicts")["verdicts"]) == 1
            (maildir / "new" / "2").write_bytes(MAIL.replace(b"<1@b>", b"<2@b>"))
            until(lambda: len(site.api("/verdicts")["verdicts"]) == 2)
            row = site.api("/verdicts")["verdicts"][0]
            assert site.get(f"/verdicts/{row['uid']}").status == 200
            assert site.api(f"/verdicts/{row['uid']}/mail")["mail"]["text"] == "Hi"
            assert (
                site.get("/entities/address", {"tenant": "acme", "value": "a@b.example"}).status
                == 200
            )
            serving.send_signal(signal.SIGTERM)
            assert serving.wait(60) == 0
            gone = site.get("/verdicts")
            assert gone.status == 200
            assert "no answer (" in gone.text
        finally:
            site.close()
    finally:
        serving.kill()
        serving.wait()
