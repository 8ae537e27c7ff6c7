"""The command ``detection-stream``: each subcommand is loaded when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from detection_stream import __version__
from detection_stream.errors import DetectionStreamError, InputError

COMMANDS = {
    "run": ("run", "Read mail files, write verdicts and attributions."),
    "demo": ("demo", "Make a synthetic organisation's mail and run it."),
    "serve": ("serve", "Take live mail and decide it, in one process without a broker."),
    "onboard": ("onboard", "Learn a new tenant from its history and take it live."),
    "topics": ("topics", "Make and check the topics on a Kafka broker."),
    "worker": ("worker", "Run stream workers on Kafka."),
    "ingest": ("ingest", "Produce mail files to Kafka."),
    "smtp": ("smtp", "Accept journal copies over SMTP and produce them to Kafka."),
    "tail": ("tail", "Print verdicts, attributions or dead letters of Kafka."),
    "replay": ("replay", "Run recorded messages again, or prove that what live wrote is right."),
    "snapshot": ("snapshot", "Set state aside, to replay or verify from."),
    "export": ("export", "Write verdicts with their signals as Parquet."),
    "backtest": ("backtest", "Say what changed rules would have decided."),
    "takeover": ("takeover", "Let another version of the state write the verdicts."),
    "reset": ("reset", "Let the workers begin anew: remove state and what stands between stages."),
    "doctor": ("doctor", "Check a broker and what runs on it."),
    "explain": ("explain", "Print one verdict with its signals."),
    "signals": ("catalogue", "List the signals."),
    "detectors": ("catalogue", "List the detectors."),
    "tenants": ("tenants", "List onboarded tenants, or print one's profile."),
    "web": ("web", "Show state tables, verdicts and the flow in a browser."),
    "web-token": ("web", "Make a token for the web view."),
    "tables": ("tables", "Look into state tables."),
    "settings": ("settings", "Print each setting with its value and source."),
}
"""Name, module and line of help of each subcommand."""

ENVIRONMENT = "DETECTION_STREAM"
SETTINGS_FILE = "detection-stream.toml"


class Commands(click.Group):
    """Subcommands by name; modules are imported only when their command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"detection_stream.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"auto_envvar_prefix": ENVIRONMENT, "help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="detection-stream")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help=f"TOML file of settings, a table a command. [default: {SETTINGS_FILE} if it is there]",
)
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """A message-security detection engine: mail in, verdicts with their reasons out."""
    ctx.default_map = _settings_file(config)


def _settings_file(path: Path | None) -> dict[str, Any]:
    import tomllib

    file = path or Path(SETTINGS_FILE)
    if path is None and not file.exists():
        return {}
    try:
        with file.open("rb") as stream:
            tables = tomllib.load(stream)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; name a TOML file of settings") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file} is no TOML: {error}") from error
    return {
        command: {name.replace("-", "_"): value for name, value in table.items()}
        if isinstance(table, dict)
        else table
        for command, table in tables.items()
    }


def main() -> None:
    """Run the command line; what the user got wrong is one line on standard error, exit code 2."""
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.Abort:
        code = 130
    except click.ClickException as error:
        _complain(error.format_message())
        code = 2
    except InputError as error:
        _complain(str(error))
        code = 2
    except DetectionStreamError as error:
        _complain(str(error))
        code = 1
    except BrokenPipeError:
        # Whoever reads our output has left; a second flush at exit would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _complain(text: str) -> None:
    click.echo(f"detection-stream: {' '.join(text.split())}", err=True)
