"""Results have the same bits on processors with fewer features."""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys

import pytest

PROGRAM = """
import hashlib, tempfile
from pathlib import Path
from detection_stream.cli.job import run_job
from detection_stream.demo import OWN_DOMAINS, generate, write_mbox
with tempfile.TemporaryDirectory() as scratch:
    place = Path(scratch)
    write_mbox(place / "demo.mbox", generate(1_000, seed=5))
    domains = frozenset(OWN_DOMAINS)
    run_job([place / "demo.mbox"], "demo", domains, [], place / "data", place / "out")
    for name in ("verdicts", "attributions"):
        print(hashlib.sha256((place / "out" / f"{name}.jsonl").read_bytes()).hexdigest())
"""


def _run(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.slow
def test_results_do_not_depend_on_the_processor() -> None:
    numpy_core = importlib.import_module("numpy._core._multiarray_umath")
    features = numpy_core.__cpu_features__
    enabled = [name for name in numpy_core.__cpu_dispatch__ if features[name]]
    if not enabled:
        pytest.skip("this processor has no features beyond numpy's baseline to switch off")
    usual = _run()
    assert usual[0] != hashlib.sha256(b"").hexdigest()
    assert _run(NPY_DISABLE_CPU_FEATURES=",".join(enabled)) == usual
