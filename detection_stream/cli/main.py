"""The program ``detection-stream``: its own options and exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from detection_stream import __version__
from detection_stream.cli.commands import Commands
from detection_stream.cli.groups import did_you_mean
from detection_stream.cli.naming import name_variables
from detection_stream.cli.settings_file import SETTINGS_FILE, read_settings
from detection_stream.errors import DetectionStreamError, InputError
from detection_stream.private_files import keep_files_private

PROGRAM = "detection-stream"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help=f"TOML settings file, one table per command. [default: {SETTINGS_FILE} if it exists]",
)
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """A message-security detection engine: mail in, verdicts with reasons out."""
    ctx.default_map = read_settings(config, ctx)


name_variables(cli, ())


def main() -> None:
    """Run the command line; a user error is one line on standard error and exit code 2."""
    keep_files_private()
    try:
        code = cli(prog_name=PROGRAM, standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.Abort:
        code = 130
    except click.ClickException as error:
        _complain(_explained(error))
        code = 2
    except InputError as error:
        _complain(str(error))
        code = 2
    except DetectionStreamError as error:
        _complain(str(error))
        code = 1
    except BrokenPipeError:
        # The reader of our output is gone; a second flush at exit would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _explained(error: click.ClickException) -> str:
    """Click's message in our form, with a pointer to the help."""
    if isinstance(error, click.NoSuchOption):
        guess = did_you_mean(error.option_name, error.possibilities or ())
        text = f"unknown option {error.option_name}{guess}"
    else:
        text = error.format_message().rstrip(".")
        text = text[:1].lower() + text[1:]
    if isinstance(error, click.UsageError) and error.ctx and not text.endswith("?"):
        text += f"; see {error.ctx.command_path} --help"
    return text


def _complain(text: str) -> None:
    click.echo(f"{PROGRAM}: {' '.join(text.split())}", err=True)
