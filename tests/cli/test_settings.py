"""The settings file, and what ``settings`` prints."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest

from detection_stream.cli.broker import CONNECTION
from detection_stream.cli.main import cli
from detection_stream.errors import SettingsError
from detection_stream.runtime.kafka.connection import MECHANISMS, PROTOCOLS, Connection
from tests.cli.test_bad_input import command

FILE = "detection-stream.toml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[rnu]", "unknown command rnu; did you mean run?"),
        ("[tables.lst]", "unknown command tables.lst; did you mean list?"),
        ('data = "x"', "unknown command data; put settings into the table of their command"),
        ("run = 1", "run is a command; make it a table, [run]"),
        ("[tables]\nlist = 1", "tables.list is a command; make it a table, [tables.list]"),
        ("[web-token]\n[web_token]", "the table [web-token] is given twice"),
        ('[topics]\nbroker = "x"', "such as [topics.create]"),
        ("[run]\ntennant = 1", "[run] has no setting tennant; did you mean tenant?"),
        ("[run]\nzzz = 1", "[run] has no setting zzz; its settings are tenant, own-domain, "),
        ("[run]\nown_domain = []\nown-domain = []", "[run] has own-domain twice"),
        ("[worker]\nparent = 1", "[worker] has no setting parent"),
        ('[run]\nown-domain = "x"', "this is a string; give a list, each a string"),
        ("[run]\nown-domain = [1]", "this is a whole number; give a list, each a string"),
        ("[run]\ndata = {}", "this is a table; give a string"),
        ("[demo]\nseed = true", "this is true or false; give a whole number"),
        ("[demo]\nseed = 1.5", "this is a number; give a whole number"),
        ("[reset]\nyes = 1", "this is a whole number; give true or false"),
        ("[replay]\nfrom = 2026-01-31", "this is a date or time; give a string"),
        ("[demo]\nmessages = 0", "[demo] messages: 0 is not in the range"),
        ('[tail]\nfrom = "then"', "[tail] from: 'then' is not one of 'beginning', 'now'"),
        ("[run", "is not valid TOML"),
        ("\xff", "is not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text, "latin-1")
    # Whatever command is called, and although it is about another one.
    with pytest.raises(SettingsError) as error:
        cli(["--config", str(file), "signals", "list"], standalone_mode=False)
    assert str(error.value).startswith(str(file))
    assert said in str(error.value)


def test_the_file_of_the_directory_is_read_without_being_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[rnu]")
    run = command("signals", "list", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr == f"detection-stream: {FILE}: unknown command rnu; did you mean run?\n"


def test_a_flag_counts_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_text('[explain]\ndata = "of-file"\n')

    def said(*flags: str) -> str:
        run = command("explain", "x", *flags, cwd=tmp_path)
        assert run.returncode == 2
        return run.stderr

    assert "of-file" in said()
    monkeypatch.setenv("DETECTION_STREAM_EXPLAIN_DATA", "of-environment")
    assert "of-environment" in said()
    assert "of-flag" in said("--data", "of-flag")


def test_options_of_nested_commands_and_odd_names_have_variables_of_their_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETECTION_STREAM_TABLES_LIST_DATA", "elsewhere")
    assert "elsewhere" in command("tables", "list", cwd=tmp_path).stderr
    monkeypatch.setenv("DETECTION_STREAM_SIGNALS_LIST_JSON", "1")
    assert json.loads(command("signals", "list", cwd=tmp_path).stdout)


def test_secrets_are_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETECTION_STREAM_KAFKA_SASL_USERNAME", "ann")
    monkeypatch.setenv("DETECTION_STREAM_KAFKA_SASL_PASSWORD", "hunter2")
    monkeypatch.setenv("DETECTION_STREAM_KAFKA_SASL_PASSWORD_FILE", "hunter3")
    monkeypatch.setenv("DETECTION_STREAM_WORKER_BROKER", "kafka://ann:hunter4@host:9092,b:1")
    for form in ([], ["--json"], ["--markdown"]):
        done = command("settings", *form, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "hunter" not in done.stdout + done.stderr
    rows = {
        row["variable"]: row
        for row in json.loads(command("settings", "--json", cwd=tmp_path).stdout)
    }
    hidden = rows["DETECTION_STREAM_KAFKA_SASL_PASSWORD"]
    assert (hidden["value"], hidden["source"]) == ("(hidden)", "environment")
    assert rows["DETECTION_STREAM_KAFKA_SASL_USERNAME"]["value"] == "ann"
    assert "host:9092,b:1" in rows["DETECTION_STREAM_WORKER_BROKER"]["value"]


def test_settings_of_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETECTION_STREAM_TABLES_LIST_DATA", "elsewhere")
    one = command("settings", "tables", "list", cwd=tmp_path).stdout
    assert one.startswith("tables list\n")
    assert "--data = elsewhere  (environment; DETECTION_STREAM_TABLES_LIST_DATA)" in one
    assert "tables show" not in one
    both = command("settings", "tables", cwd=tmp_path).stdout
    assert one.rstrip() in both
    assert "tables show" in both
    assert "run\n" not in both
    unknown = command("settings", "tabels", cwd=tmp_path)
    assert unknown.returncode == 2
    assert "did you mean tables?" in unknown.stderr


def test_values_that_cannot_be_used_or_are_missing_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETECTION_STREAM_DEMO_MESSAGES", "many")
    assert "--messages = many  (environment; " in command("settings", "demo", cwd=tmp_path).stdout
    assert "--tenant = -  (required; " in command("settings", "run", cwd=tmp_path).stdout
    assert command("demo", cwd=tmp_path).returncode == 2


def test_the_settings_of_the_connection_are_those_that_it_reads() -> None:
    source = inspect.getsource(Connection.from_environment)
    read = set(re.findall(r"``([A-Z_]+)``", source)) | set(
        re.findall(r'"([A-Z]+_[A-Z_]+)"', source)
    )
    assert {name.upper().replace("-", "_") for name in CONNECTION} == read
    assert all(name in CONNECTION["security-protocol"] for name in PROTOCOLS)
    assert all(name in CONNECTION["sasl-mechanism"] for name in MECHANISMS)
