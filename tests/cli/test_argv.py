"""What a child process of a command is started with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import pytest

from detection_stream.cli import workers
from detection_stream.cli.argv import child
from detection_stream.cli.main import cli
from detection_stream.cli.worker import worker

BROKER = ("--broker", "127.0.0.1:9092")


def _started(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[list[str]]:
    """The command lines of the processes that ``worker`` wants to keep running."""
    started: list[list[str]] = []
    monkeypatch.setattr(workers, "supervise", started.extend)
    cli(arguments, standalone_mode=False)
    return started


def _parsed(line: list[str]) -> tuple[list[str], dict[str, Any]]:
    """Words before the command that a command line names, and the values that follow it."""
    assert line[:3] == [sys.executable, "-m", "detection_stream"]
    place = line.index("worker")
    return line[3:place], worker.make_context("worker", line[place + 1 :]).params


def test_workers_have_directories_and_ports_of_their_own_and_all_else_in_common(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "other.toml").write_text('[worker]\nsnapshots = "snaps"\n')
    monkeypatch.setenv("DETECTION_STREAM_WORKER_WORKERS", "3")
    config = ("--config", str(tmp_path / "other.toml"))
    options = ("--port", "8000", "--verbose", "--prefix", "p.", "--web-host", "localhost")
    lines = _started(monkeypatch, *config, "worker", *BROKER, *options)
    found = [_parsed(line) for line in lines]
    assert [before for before, _ in found] == [list(config)] * 3
    values = [after for _, after in found]
    assert [one["port"] for one in values] == [8000, 8001, 8002]
    assert [one["web_port"] for one in values] == [0, 0, 0]
    assert len({one["data"] for one in values}) == 3
    assert {one["workers"] for one in values} == {1}
    assert all(one["parent"] for one in values)
    for one in values:
        assert one["verbose"] is True
        assert (one["prefix"], one["web_host"]) == ("p.", "localhost")
        assert str(one["snapshots"]) == "snaps"


def test_an_option_more_needs_no_other_place() -> None:
    seen: list[list[str]] = []

    @click.command()
    @click.option("--number", type=int, default=1)
    @click.option("--new", "named_otherwise", multiple=True)
    @click.option("--on", is_flag=True)
    @click.argument("paths", nargs=-1)
    @click.pass_context
    def some(ctx: click.Context, /, **values: Any) -> None:
        seen.append(child(ctx, {"number": 2}))

    some(["--new", "-x", "--new", "y", "--on", "--", "-p"], standalone_mode=False)
    (line,) = seen
    assert line[3:] == ["--number", "2", "--new", "-x", "--new", "y", "--on", "--", "-p"]
