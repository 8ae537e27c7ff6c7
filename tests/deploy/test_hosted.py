"""The hosted CI does what .ci/run says, and the hooks before a commit download nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.lock import PYTHONS

ROOT = Path(__file__).parents[2]
WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
ON = True
"""What YAML makes of the key ``on``."""


def _commands(job: str) -> list[str]:
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def _used(job: str) -> list[str]:
    return [step["uses"].split("@")[0] for step in JOBS[job]["steps"] if "uses" in step]


def test_pushes_and_pull_requests_run_what_ci_runs_with_a_broker_at_hand() -> None:
    assert WORKFLOW[ON].keys() == {"push", "pull_request"}
    assert ".ci/run" in _commands("check")
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert "actions/setup-java" in _used("check")


def test_the_wheel_that_is_kept_is_tried_on_every_python() -> None:
    assert "make wheel" in _commands("wheel")
    assert "actions/upload-artifact" in _used("wheel")
    assert tuple(JOBS["try-wheel"]["strategy"]["matrix"]["python"]) == PYTHONS
    assert JOBS["try-wheel"]["needs"] == "wheel"
    assert any("tests.wheel dist/" in command for command in _commands("try-wheel"))


def test_the_workflow_may_only_read_and_names_versions() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    for job in JOBS.values():
        assert "permissions" not in job
        assert job["timeout-minutes"]
        for step in job["steps"]:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/none@v1"))


def test_hooks_download_nothing_and_are_the_checks_of_make_check() -> None:
    assert [repo["repo"] for repo in HOOKS["repos"]] == ["local"]
    entries = [hook["entry"] for hook in HOOKS["repos"][0]["hooks"]]
    assert {hook["language"] for hook in HOOKS["repos"][0]["hooks"]} == {"system"}
    checks = re.search(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert checks
    for line in checks[1].splitlines():
        tool, *words = line.strip().removeprefix("$(BIN)/").removesuffix(" .").split()
        if tool not in {"python", "$(PYTEST)"}:
            expected = " ".join([f".venv/bin/{tool}", *words])
            assert any(entry.startswith(expected) for entry in entries), expected
