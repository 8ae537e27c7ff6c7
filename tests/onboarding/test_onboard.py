"""A tenant is learnt from its history and activated, unattended and without leftovers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from detection_stream.decision.decision_model import unpack_model
from detection_stream.demo import OWN_DOMAINS, TENANT, people, write_mbox
from detection_stream.export.pairs import TOPICS
from detection_stream.runtime.embedded.recorded import RecordedDirectory
from tests.cli.test_bad_input import command
from tests.topology.harness import demo

pytestmark = pytest.mark.slow

HISTORY, LATER = 700, 200
SEED = 11


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with history.mbox, later.mbox, and what onboarding made of the first in data/."""
    folder = tmp_path_factory.mktemp("onboard")
    write_mbox(folder / "history.mbox", iter(demo(HISTORY + LATER)[:HISTORY]))
    write_mbox(folder / "later.mbox", iter(demo(HISTORY + LATER)[HISTORY:]))
    return folder


@pytest.fixture(scope="module")
def profile(place: Path) -> dict[str, object]:
    """The profile that the command printed."""
    run = command("onboard", TENANT, "history.mbox", "--data", "data", "--json", cwd=place)
    assert run.returncode == 0, run.stderr
    found: dict[str, object] = orjson.loads(run.stdout)
    return found


def test_it_finds_out_what_the_tenant_is(profile: dict[str, object]) -> None:
    learnt = profile["learnt"]
    assert isinstance(learnt, dict)
    assert set(profile["own_domains"]) <= set(OWN_DOMAINS)  # type: ignore[call-overload] # a list
    assert profile["own_domains"]
    known = {person.address for person in people(SEED)}
    found = {person["address"] for person in learnt["people"]}
    assert len(found) > 20
    assert len(found - known) <= len(found) // 50
    assert learnt["languages"]["en"] > 0.8
    assert 6 <= learnt["hours"]["from_utc"] <= 10
    assert learnt["messages"] == HISTORY
    assert not {one["domain"] for one in learnt["vendors"]} & set(OWN_DOMAINS)
    assert learnt["given"] == []
    reception = {"authserv_ids": ["mx.harborlight.example"], "results": "usual"}
    assert profile["reception"] == reception


def test_its_model_is_trained_on_its_history(place: Path, profile: dict[str, Any]) -> None:
    """With simulated attacks in it, of which most are found; later mail is decided by it."""
    model = profile["learnt"]["model"]
    assert model["version"] == profile["policy"]["model"]
    assert unpack_model(profile["model"]).version == model["version"]
    assert set(model["card"]["rules"]) > {"risky_attachment"}, "rules are weighed, not added"
    assert len(model["expected"]) >= 8
    assert np.mean(list(model["expected"].values())) > 0.3


def test_a_short_history_leaves_it_learning(place: Path) -> None:
    run = command("onboard", TENANT, "later.mbox", "--dry-run", "--general-model", cwd=place)
    assert run.returncode == 0, run.stderr
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("messages")]
    assert line.split() == ["messages", "200", "at", "least", "500", "no"]
    assert f"{TENANT} is learning; run the command again" in run.stdout


def test_later_mail_is_decided_by_what_was_learnt(place: Path, profile: dict[str, object]) -> None:
    assert profile["policy"]["status"] == "active"  # type: ignore[index] # JSON
    listed = command("tenants", "--data", "data", cwd=place).stdout
    assert listed.split("\t")[:2] == [TENANT, "active"]
    run = command("run", "later.mbox", "--tenant", TENANT, "--data", "data", cwd=place)
    assert run.returncode == 0, run.stderr
    with RecordedDirectory(place / "data") as recorded:
        verdicts, attributions = (_records(recorded, name) for name in TOPICS)
    assert len(verdicts) == HISTORY + LATER
    assert {v["tenant_status"] for v in verdicts[:HISTORY]} == {"learning"}
    assert {v["tenant_status"] for v in verdicts[HISTORY:]} == {"active"}
    assert {v["direction"] for v in verdicts[HISTORY:]} == {"inbound", "outbound", "internal"}
    learnt = profile["policy"]["thresholds"]  # type: ignore[index] # JSON
    assert all(a["thresholds"] == learnt for a in attributions[HISTORY:])
    own = profile["policy"]["model"]  # type: ignore[index] # JSON
    assert own
    assert {a["model"] for a in attributions[HISTORY:]} == {own}
    assert own not in {a["model"] for a in attributions[:HISTORY]}


def test_what_is_recorded_can_be_onboarded_too(place: Path) -> None:
    """Mail that arrived before the own domains were known."""
    run = command("run", "history.mbox", "--tenant", "x", "--own-domain", "x.example",
                  "--data", "wrong", cwd=place)  # fmt: skip
    assert run.returncode == 0, run.stderr
    run = command("onboard", "x", "--data", "wrong", "--general-model", cwd=place)
    assert run.returncode == 0, run.stderr
    assert "x is active" in run.stdout
    run = command("run", "later.mbox", "--tenant", "x", "--data", "wrong", cwd=place)
    assert run.returncode == 0, run.stderr
    with RecordedDirectory(place / "wrong") as recorded:
        verdicts = _records(recorded, "verdicts")
    assert len(verdicts) == HISTORY + LATER
    assert {v["direction"] for v in verdicts[:HISTORY]} == {"inbound"}
    again = command(
        "onboard", "x", "--data", "wrong", "--dry-run", "--json", "--general-model", cwd=place
    )
    assert orjson.loads(again.stdout)["learnt"]["people_count"] > 20, "the old profile was in force"
    assert {v["direction"] for v in verdicts[HISTORY:]} == {"inbound", "outbound", "internal"}


def _records(recorded: RecordedDirectory, topic: str) -> list[dict[str, Any]]:
    found = recorded.read(topic, recorded.extents(topic))
    return [orjson.loads(record.value) for _, records in found for record in records]


def test_a_dry_run_sends_nothing(place: Path) -> None:
    run = command(
        "onboard",
        TENANT,
        "history.mbox",
        "--data",
        "dry",
        "--dry-run",
        "--general-model",
        cwd=place,
    )
    assert run.returncode == 0, run.stderr
    assert "Nothing was sent" in run.stdout
    assert not (place / "dry").exists()


def test_what_is_given_is_kept(place: Path) -> None:
    run = command(
        "onboard", TENANT, "history.mbox", "--dry-run", "--json", "--own-domain", OWN_DOMAINS[0],
        "--threshold", "malicious=0.9", "--threshold", "suspicious=0.7", "--mute",
        "risky_attachment", "--status", "active", "--authserv-id", "MX.other.example",
        "--arc-sealer", "mail.list.example", "--internal-host", "192.0.2.1",
        "--results", "never", "--general-model", cwd=place,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    profile = orjson.loads(run.stdout)
    assert profile["own_domains"] == [OWN_DOMAINS[0]]
    policy = profile["policy"]
    assert policy["status"] == "active"
    assert policy["muted"] == ["risky_attachment"]
    assert policy["thresholds"]["malicious"] == 0.9
    assert policy["thresholds"]["suspicious"] == 0.7
    assert profile["reception"] == {
        "authserv_ids": ["mx.other.example"],
        "results": "never",
        "results_below": False,
        "arc_sealers": ["list.example"],
        "internal_hosts": ["192.0.2.1"],
    }
    given = {"own_domains", "status", "muted", "thresholds.malicious", "thresholds.suspicious"}
    given |= {f"reception.{n}" for n in ("authserv_ids", "results", "arc_sealers")}
    assert set(profile["learnt"]["given"]) == {*given, "reception.internal_hosts"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((TENANT, "absent.mbox"), "absent.mbox"),
        ((TENANT, "--data", "nowhere"), "nowhere"),
        (("nobody", "--data", "data"), "nobody"),
        ((TENANT, "history.mbox", "--threshold", "suspicious=2"), "--threshold"),
        ((TENANT, "history.mbox", "--mute", "nothing"), "--mute nothing"),
        ((TENANT, "history.mbox", "--from", "2025-01-01"), "--from"),
        ((TENANT, "history.mbox", "--false-alerts", "1"), "--false-alerts"),
        ((" ", "history.mbox"), "TENANT"),
    ],
)
@pytest.mark.usefixtures("profile")
def test_what_cannot_be_used_changes_nothing(
    place: Path, arguments: tuple[str, ...], word: str
) -> None:
    before = sorted(path for path in place.iterdir())
    run = command("onboard", *arguments, "--general-model", cwd=place)
    assert run.returncode == 2, run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert word in run.stderr
    assert sorted(path for path in place.iterdir()) == before
