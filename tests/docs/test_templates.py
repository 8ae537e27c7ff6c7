"""Each template works where it belongs, without a change."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detection_stream.detectors import load_rule
from detection_stream.detectors.linear_model import load_model
from detection_stream.profiles.kind import Kind
from detection_stream.profiles.kind_set import KindSet
from detection_stream.profiles.kinds import KINDS
from detection_stream.signals.registry import all_signals
from tests.contract import test_detectors as contract
from tests.docs.made import ROOT

TEMPLATES = ROOT / "templates"
BELONGS = {
    "rule.yml": "detection_stream/detectors/rules/my_rule.yml",
    "model.json": "detection_stream/detectors/models/my_model.json",
    "signal.py": "detection_stream/signals/my_signals.py",
    "kind.py": "detection_stream/profiles/kinds/my_kind.py",
    "page/view.py": "detection_stream/web/views/my_page.py",
    "page/template.html": "detection_stream/web/templates/my_page.html",
}
NAMES = {signal.name for signal in all_signals()}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a copy of the package with all templates in it says of itself."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("detection_stream", "topologies"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for template, target in BELONGS.items():
        (copy / target).parent.mkdir(exist_ok=True)
        shutil.copy(TEMPLATES / template, copy / target)
    path = os.pathsep.join([str(copy), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.templates", str(copy)],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["package"] == str(copy / "detection_stream")
    return said


def test_all_templates_are_tried() -> None:
    files = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*") if path.is_file()}
    assert files == BELONGS.keys()


def test_recipes_say_where_each_template_belongs() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for template, target in BELONGS.items():
        place = str(Path(target).parent)
        assert re.search(rf"`templates/{template}` to\s+`{place}/NAME", text), template


def test_rule_and_model_are_loaded(found: Any) -> None:
    assert {"my_rule", "my_model"} <= set(found["detectors"])


def test_signals_are_computed(found: Any) -> None:
    assert {"message.my_signal", "sender.my_profile_signal"} <= set(found["signals"])
    assert any(known["message.my_signal"] > 0 for known in found["known"])
    assert {0.0, 1.0} >= {known["sender.my_profile_signal"] for known in found["known"]}


def test_the_kind_has_a_table(found: Any) -> None:
    assert "my_kind" in found["kinds"]
    assert "my_kind" in found["tables"]


def test_the_page_shows_what_the_api_says(found: Any) -> None:
    status, page = found["page"]
    assert status == 200
    assert "<h1>My page</h1>" in page
    status, answer = found["answer"]
    assert status == 200
    assert len(answer["verdicts"]) == 3
    assert answer["verdicts"][0]["sender"] in page


def test_the_rule_keeps_to_the_contract(tmp_path: Path) -> None:
    path = Path(shutil.copy(TEMPLATES / "rule.yml", tmp_path / "my_rule.yml"))
    rule = load_rule(path, NAMES)
    contract.test_it_is_what_a_detector_is(rule)
    contract.test_its_own_tests_pass(rule)
    contract.test_a_rule_has_tests_of_both_kinds(rule)
    contract.test_a_rule_weighs_what_its_severity_says(rule)
    contract.test_a_rule_is_silent_without_signals(rule)


def test_the_model_passes_its_own_tests(tmp_path: Path) -> None:
    path = Path(shutil.copy(TEMPLATES / "model.json", tmp_path / "my_model.json"))
    load_model(path, frozenset(NAMES)).check()


def test_the_kind_fits_beside_the_others() -> None:
    spec = importlib.util.spec_from_file_location("my_kind", TEMPLATES / "kind.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kind: Kind = module.KIND
    together = KindSet((*KINDS, kind))
    assert together.levels == (*KINDS.levels, "my_role")
    (stored,) = kind.row.encode(kind.row.empty(1))
    assert all(field.words for field in kind.describe(stored, 0))
