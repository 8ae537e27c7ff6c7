"""SECURITY.md says what the code does; decision records have one form and are all listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detection_stream.ingest import intake, smtp_limits, smtp_session
from detection_stream.log_limit import MAX_LINES
from detection_stream.parsing import limits
from detection_stream.runtime import http_limits
from detection_stream.runtime.kafka.connection import MECHANISMS, PREFIX, Connection
from detection_stream.web.security.guard import SESSION_SECONDS

ROOT = Path(__file__).parents[2]
SECURITY = ROOT / "SECURITY.md"
DECISIONS = ROOT / "docs/decisions"
RECORDS = sorted(DECISIONS.glob("[0-9]*.md"))


@pytest.mark.parametrize(
    "said",
    [
        f"Messages over {limits.MAX_MESSAGE_BYTES >> 20} MiB",
        f"silence of {smtp_session.MAX_IDLE_SECONDS // 60} minutes",
        f"messages that take {smtp_session.MAX_DATA_SECONDS // 60} minutes",
        f"{smtp_session.MAX_REPLIES_WITHOUT_MAIL} commands without a message",
        f"more than {smtp_limits.MAX_CONNECTIONS} connections at once "
        f"({smtp_limits.MAX_PEER_CONNECTIONS} of one address)",
        f"{smtp_limits.MAX_HELD_BYTES >> 20} MiB of messages",
        f"less than {intake.MIN_FREE_BYTES >> 20} MiB are free",
        f"Headers must come within {http_limits.HEADER_SECONDS:.0f} seconds",
        f"ends after {http_limits.KEEPALIVE_SECONDS:.0f} seconds",
        f"At most {http_limits.MAX_CONNECTIONS} connections are open",
        f"fewer where {http_limits.RESERVED_FILES} files",
        f"{MAX_LINES} a minute are written",
        f"end after {SESSION_SECONDS // 3_600} hours",
    ],
)
def test_bounds_are_those_of_the_code(said: str) -> None:
    assert said in " ".join(SECURITY.read_text().split())


def test_kafka_secrets_are_as_said() -> None:
    assert {name.split("-")[0] for name in MECHANISMS} == {"PLAIN", "SCRAM"}
    environment = {
        f"{PREFIX}SECURITY_PROTOCOL": "SASL_SSL",
        f"{PREFIX}SASL_USERNAME": "ann",
        f"{PREFIX}SASL_PASSWORD": "hunter2",
    }
    connection = Connection.from_environment("kafka:9092", environment)
    assert connection.password == "hunter2"
    assert "hunter2" not in f"{connection} {connection!r}"


@pytest.mark.parametrize("file", [SECURITY, *DECISIONS.glob("*.md")], ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", file.read_text()):
        assert (file.parent / target).exists(), target


def test_every_record_is_listed_with_its_title_and_status() -> None:
    listed = re.findall(
        r"^\| \[(\d+)\]\((\S+)\) \| (.+?) \| (.+?) \|$",
        (DECISIONS / "README.md").read_text(),
        re.MULTILINE,
    )
    assert [(number, name) for number, name, _, _ in listed] == [
        (file.name[:4], file.name) for file in RECORDS
    ]
    for number, name, title, status in listed:
        text = (DECISIONS / name).read_text()
        assert text.startswith(f"# {number}: {title}\n\nStatus: {status}\n"), name


@pytest.mark.parametrize("file", RECORDS, ids=lambda file: file.name)
def test_a_record_has_the_parts_of_the_form(file: Path) -> None:
    parts = re.findall(r"^## (.+)$", file.read_text(), re.MULTILINE)
    asked = re.findall(r"^## (.+)$", (DECISIONS / "template.md").read_text(), re.MULTILINE)
    assert set(asked) - {"Otherwise"} <= set(parts)
    assert len(file.read_text().splitlines()) <= 60
