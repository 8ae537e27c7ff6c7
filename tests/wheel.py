"""Tries a wheel: what is in it, and whether it runs where there is no checkout.

``python -m tests.wheel dist/*.whl`` needs the standard library only, so any Python can try it.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import venv
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("detection_stream", "topologies")
MESSAGES = 300


class WheelError(Exception):
    """The wheel is not what it should be."""


def shipped() -> set[str]:
    """Files of the packages in the checkout: all of them belong into the wheel."""
    return {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def packed(wheel: Path) -> set[str]:
    """Files of a wheel without its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    return {name for name in names if not name.split("/")[0].endswith(".dist-info")}


def check_files(wheel: Path) -> None:
    """Hold a wheel against the checkout.

    Raises:
        WheelError: files are missing, or there are others.
    """
    expected, found = shipped(), packed(wheel)
    if found != expected:
        raise WheelError(
            f"{wheel.name} lacks {sorted(expected - found)} and also has {sorted(found - expected)}"
        )


def commands(directory: Path) -> Iterator[Sequence[str]]:
    """What is run in a directory of its own, each ending with exit code 0."""
    program = str(directory / "venv/bin/detection-stream")
    yield program, "--help"
    yield program, "--version"
    yield program, "signals", "list"
    yield program, "demo", "--messages", str(MESSAGES)


def install(wheel: Path, directory: Path) -> None:
    """Make an environment with what is locked for running, and the wheel."""
    venv.create(directory / "venv", with_pip=True)
    pip = (
        str(directory / "venv/bin/python"),
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
    )
    locked = ("--no-compile", "--require-hashes", "--only-binary", ":all:", "--requirement")
    run((*pip, "install", *locked, str(ROOT / "requirements/run.txt")), directory)
    run((*pip, "install", "--no-deps", "--no-index", str(wheel)), directory)
    run((*pip, "check"), directory)


def run(words: Sequence[str], directory: Path) -> str:
    """What a command prints.

    Raises:
        WheelError: it failed.
    """
    done = subprocess.run(words, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WheelError(f"{' '.join(words)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def try_out(wheel: Path) -> None:
    """Install a wheel and run it.

    Raises:
        WheelError: something failed.
    """
    version = wheel.name.split("-")[1]
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        install(wheel, directory)
        for words in commands(directory):
            output = run(words, directory)
            if "--version" in words and not output.strip().endswith(version):
                raise WheelError(f"{wheel.name} says that it is {output.strip()}")
        with (directory / "out/verdicts.jsonl").open() as lines:
            verdicts = sum(1 for _ in lines)
        if verdicts != MESSAGES:
            raise WheelError(f"{verdicts} verdicts for {MESSAGES} messages")


def main() -> None:
    """Try one wheel."""
    parser = argparse.ArgumentParser(prog="python -m tests.wheel", description=__doc__)
    parser.add_argument("wheel", type=Path)
    wheel = parser.parse_args().wheel.resolve()
    try:
        check_files(wheel)
        try_out(wheel)
    except WheelError as error:
        raise SystemExit(f"error: {error}") from error
    print(f"{wheel.name}: {len(packed(wheel))} files, {MESSAGES} verdicts")


if __name__ == "__main__":
    main()
