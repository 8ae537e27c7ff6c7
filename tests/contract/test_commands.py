"""What every command keeps to, whatever it is called: help, settings, exit codes, words in docs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.core import ParameterSource
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from detection_stream.cli.argv import words
from detection_stream.cli.commands import COMMANDS
from detection_stream.cli.main import cli, main
from detection_stream.cli.naming import key, settings_of

DOCUMENT = Path(__file__).parents[2] / "docs/settings.md"
COLUMNS = 80


def _walk(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            assert inner is not None
            yield from _walk(inner, *path, name)


EVERY = dict(_walk(cli))
LEAVES = {path: one for path, one in EVERY.items() if not isinstance(one, click.Group)}
SETTINGS = [(path, option) for path, one in EVERY.items() for option in settings_of(one)]
SETTABLE = [(path, option) for path, option in SETTINGS if path not in {(), ("settings",)}]
"""Without those that say where settings are and how they are printed here."""

each = pytest.mark.parametrize("path", EVERY, ids=lambda path: " ".join(path) or "all")
each_leaf = pytest.mark.parametrize("path", LEAVES, ids=" ".join)


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Exit code, and the lines on standard error of the program as a user starts it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["detection-stream", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
    return int(str(end.value.code)), capsys.readouterr().err.splitlines()


def _rows(*arguments: str, **environment: str) -> dict[str, dict[str, Any]]:
    done = CliRunner(env=environment).invoke(cli, [*arguments, "settings", "--json"])
    assert done.exit_code == 0, done
    return {row["setting"]: row for row in json.loads(done.stdout)}


def _name(path: tuple[str, ...], option: click.Option) -> str:
    return ".".join((*path, key(option)))


def _example(option: click.Option) -> Any:
    """A value that is not the default, as JSON and TOML have it."""
    if option.is_flag:
        return True
    kind = option.type
    if isinstance(kind, click.Choice):
        one: Any = kind.choices[-1]
    elif isinstance(kind, click.types.IntParamType):
        one = 2
    elif isinstance(kind, click.types.FloatParamType):
        one = 0.25
    else:
        one = "example"
    return [one] if option.multiple else one


def _in_environment(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)


def _file(place: Path, settings: list[tuple[tuple[str, ...], str, Any]]) -> str:
    tables: dict[tuple[str, ...], list[str]] = {}
    for path, name, value in settings:
        tables.setdefault(path, []).append(f"{name} = {json.dumps(value)}")
    file = place / "settings.toml"
    file.write_text(
        "\n".join(f"[{'.'.join(path)}]\n" + "\n".join(lines) for path, lines in tables.items())
    )
    return str(file)


@each
def test_help_explains_every_option_and_argument(path: tuple[str, ...]) -> None:
    command = EVERY[path]
    done = CliRunner().invoke(cli, [*path, "--help"], terminal_width=1_000)
    assert done.exit_code == 0, done
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.opts
            assert parameter.help.endswith((".", "]")), parameter.help
            assert parameter.hidden or parameter.help.split(" [")[0] in done.stdout
        else:
            assert parameter.human_readable_name in str(command.help), parameter.name


@each
def test_help_begins_with_one_line(path: tuple[str, ...]) -> None:
    command = EVERY[path]
    line = str(command.help).split("\n\n", maxsplit=1)[0]
    longest = max(len(name[-1]) for name in EVERY if name)
    assert "\n" not in line
    assert line.endswith(".")
    assert len(path) == 0 or len(f"  {path[-1]:{longest}}  {line}") <= COLUMNS
    if len(path) == 1:
        assert COMMANDS[path[0]][1] == line


def test_help_imports_no_command() -> None:
    program = (
        "import sys; from click.testing import CliRunner\n"
        "from detection_stream.cli import commands, main\n"
        "assert CliRunner().invoke(main.cli, ['--help']).exit_code == 0\n"
        "modules = {f'detection_stream.cli.{module}' for module, _ in commands.COMMANDS.values()}\n"
        "assert not modules & set(sys.modules), modules & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@each
def test_a_usage_error_is_one_line_and_code_2(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = _said(capsys, *path, "--no-such-option")
    assert code == 2
    assert len(lines) == 1
    assert lines[0].startswith("detection-stream: ")
    assert "--no-such-option" in lines[0]


@each
def test_a_mistyped_name_brings_a_suggestion(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    command = EVERY[path]
    known = command.list_commands(click.Context(command)) if path not in LEAVES else []  # type: ignore[attr-defined] # groups only
    for name in known:
        code, lines = _said(capsys, *path, f"{name}x")
        assert code == 2
        assert len(lines) == 1
        assert f"did you mean {name}?" in lines[0]
    for option in settings_of(command):
        code, lines = _said(capsys, *path, f"--{key(option)}x")
        assert code == 2
        assert len(lines) == 1
        assert f"did you mean --{key(option)}?" in lines[0]


def test_settings_are_listed_with_value_source_variable_and_meaning() -> None:
    rows = _rows()
    for path, option in SETTINGS:
        row = rows[_name(path, option)]
        assert row.keys() >= {"value", "source", "variable", "meaning"}
        assert row["source"] == "default"
        assert row["meaning"].startswith(option.help)
        assert row["variable"] == "_".join(
            ("DETECTION_STREAM", *path, key(option))
        ).upper().replace("-", "_")


def test_every_setting_is_taken_from_the_environment() -> None:
    rows = _rows()
    values = {rows[_name(path, option)]["variable"]: _example(option) for path, option in SETTABLE}
    environment = {name: _in_environment(value) for name, value in values.items()}
    for name, row in _rows(**environment).items():
        if row["variable"] in values:
            assert (row["source"], row["value"]) == ("environment", values[row["variable"]]), name


@pytest.mark.parametrize("dash", ["-", "_"])
def test_every_setting_is_taken_from_the_file(tmp_path: Path, dash: str) -> None:
    values = {_name(path, option): _example(option) for path, option in SETTABLE}
    file = _file(
        tmp_path,
        [
            (
                tuple(word.replace("-", dash) for word in path),
                key(option).replace("-", dash),
                _example(option),
            )
            for path, option in SETTABLE
        ],
    )
    rows = _rows("--config", file)
    for name, value in values.items():
        assert (rows[name]["source"], rows[name]["value"]) == ("settings file", value), name


@pytest.mark.parametrize(
    ("path", "option"), [pytest.param(*one, id=_name(*one)) for one in SETTABLE]
)
def test_a_wrong_type_in_the_file_is_said(
    path: tuple[str, ...],
    option: click.Option,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = _file(tmp_path, [(path, key(option), 1 if isinstance(_example(option), str) else "x")])
    code, lines = _said(capsys, "--config", file, "settings")
    assert code == 2
    assert len(lines) == 1
    assert f"{file}: [{'.'.join(path)}] {key(option)}: " in lines[0]


@each_leaf
def test_an_unknown_key_in_the_file_is_said(
    path: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in map(key, settings_of(LEAVES[path])):
        file = _file(tmp_path, [(path, f"{name}x", 1)])
        code, lines = _said(capsys, "--config", file, "settings")
        assert code == 2
        assert len(lines) == 1
        assert f"{file}: [{'.'.join(path)}] has no setting {name}x" in lines[0]
        assert f"did you mean {name}?" in lines[0]


def test_every_setting_has_its_words_in_the_docs() -> None:
    text = DOCUMENT.read_text()
    for path, option in SETTINGS:
        section = text.split(f"\n## {' '.join(path) or 'detection-stream'}\n")[1].split("\n## ")[0]
        assert f"| `--{key(option)}` |" in section
        assert str(option.help).replace("|", "\\|") in section
    made = CliRunner().invoke(cli, ["settings", "--markdown"]).stdout
    assert text == made, "make it anew: detection-stream settings --markdown > docs/settings.md"


@each_leaf
@given(data=st.data())
def test_words_for_a_child_process_give_the_same_values(
    path: tuple[str, ...], data: st.DataObject
) -> None:
    command = LEAVES[path]
    values = {str(one.name): data.draw(_values(one), str(one.name)) for one in command.params}
    ctx = command.make_context(path[-1], words(command, values))
    assert ctx.params == {name: _converted(ctx, name, value) for name, value in values.items()}
    for option in settings_of(command):
        value = values[str(option.name)]
        said = ctx.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
        assert said == (value is not None and value is not False and value != ())


def _converted(ctx: click.Context, name: str, value: Any) -> Any:
    (parameter,) = (one for one in ctx.command.params if one.name == name)
    return value if value is None else parameter.type_cast_value(ctx, value)


def _values(parameter: click.Parameter) -> st.SearchStrategy[Any]:
    """Values as a command gets them; words that look like flags are among them."""
    kind = parameter.type
    one: st.SearchStrategy[Any] = st.sampled_from(["-a", "--b.c", "a_b", "d"])
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return st.booleans()
    if isinstance(kind, click.Choice):
        one = st.sampled_from(list(kind.choices))
    elif isinstance(kind, click.types.IntParamType):
        one = st.integers(getattr(kind, "min", -9), getattr(kind, "max", None) or 99)
    elif isinstance(kind, click.types.FloatParamType):
        one = st.floats(0.1, 0.9)
    if parameter.nargs == -1 or getattr(parameter, "multiple", False):
        return st.lists(one, min_size=int(parameter.required), max_size=3).map(tuple)
    optional = not parameter.required and parameter.get_default(click.Context(cli)) is None
    return st.none() | one if optional else one
