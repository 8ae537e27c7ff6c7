"""The main command as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detection_stream.demo import OWN_DOMAINS, generate, people, write_mbox
from tests.cli.test_bad_input import command

ARGUMENTS = ("--tenant", "demo", *(f"--own-domain={domain}" for domain in OWN_DOMAINS))
FIELDS = {
    *("message_id", "uid", "tenant", "verdict", "score", "attack_type", "revision"),
    *("missing_levels", "detectors", "received_at"),
}


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a small organisation's mail, run once."""
    place = tmp_path_factory.mktemp("mail")
    write_mbox(place / "demo.mbox", generate(1_500, seed=3))
    entries = [{"name": p.name, "address": p.address, "vip": p.vip} for p in people(3)]
    (place / "people.json").write_text(json.dumps(entries))
    done = command("run", "demo.mbox", *ARGUMENTS, "--directory", "people.json", cwd=place)
    assert done.returncode == 0, done.stderr
    return place


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_message_has_one_verdict_and_one_attribution(mail: Path) -> None:
    verdicts = _lines(mail / "out/verdicts.jsonl")
    assert len(verdicts) == 1_500
    assert verdicts[0].keys() >= FIELDS
    assert len({verdict["uid"] for verdict in verdicts}) == 1_500
    uids = [attribution["uid"] for attribution in _lines(mail / "out/attributions.jsonl")]
    assert uids == [verdict["uid"] for verdict in verdicts]
    assert {verdict["revision"] for verdict in verdicts} == {1}
    assert all(verdict["missing_levels"] == [] for verdict in verdicts)
    times = [str(verdict["received_at"]) for verdict in verdicts]
    assert times == sorted(times)


def test_the_same_input_again_changes_nothing(mail: Path) -> None:
    files = [mail / "out" / f"{name}.jsonl" for name in ("verdicts", "attributions")]
    before = [file.read_bytes() for file in files]
    again = command("run", "demo.mbox", *ARGUMENTS, cwd=mail)
    assert again.returncode == 0, again.stderr
    assert [file.read_bytes() for file in files] == before
    packed = command("run", "demo.mbox", *ARGUMENTS, "--out", "other", cwd=mail)
    assert packed.returncode == 0, packed.stderr
    assert (mail / "other/verdicts.jsonl").read_bytes() == before[0]


def test_attacks_are_caught_and_normal_mail_passes(mail: Path) -> None:
    kinds = {label["message_id"]: label["kind"] for label in _lines(mail / "labels.jsonl")}
    flagged = {"malicious", "suspicious"}
    found = [
        (kinds[verdict["message_id"]], verdict["verdict"] in flagged)
        for verdict in _lines(mail / "out/verdicts.jsonl")
    ]
    attacks = [hit for kind, hit in found if kind not in {"safe", "graymail", "spam"}]
    harmless = [hit for kind, hit in found if kind in {"safe", "graymail"}]
    assert sum(attacks) >= len(attacks) * 0.25
    assert sum(harmless) <= len(harmless) * 0.02


def test_explain_and_tables_read_the_directory(mail: Path) -> None:
    uid = str(_lines(mail / "out/verdicts.jsonl")[700]["uid"])
    told = command("explain", uid, "--data", "detection-stream-data", cwd=mail)
    assert told.returncode == 0, told.stderr
    assert uid in told.stdout
    assert "sender.messages_30d" in told.stdout
    listed = command("tables", "list", "--json", cwd=mail)
    rows = {entry["table"]: entry["rows"] for entry in json.loads(listed.stdout)}
    assert rows["seen"] == 1_500
    assert rows["address"] > 100
    sender = str(_lines(mail / "out/verdicts.jsonl")[700]["sender"])
    shown = command("tables", "show", "address", sender, cwd=mail)
    assert "last message" in shown.stdout, shown.stderr


def test_settings_name_value_and_source(tmp_path: Path) -> None:
    (tmp_path / "detection-stream.toml").write_text('[run]\ndata = "elsewhere"\n')
    told = command("settings", "--json", cwd=tmp_path)
    by_name = {entry["setting"]: entry for entry in json.loads(told.stdout)}
    assert by_name["run.data"]["value"] == "elsewhere"
    assert by_name["run.data"]["source"] == "settings file"
    assert by_name["demo.messages"]["source"] == "default"
