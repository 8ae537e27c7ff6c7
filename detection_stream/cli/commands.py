"""All commands by name; the module of each is imported when it is called."""

from __future__ import annotations

import importlib

import click

from detection_stream.cli.groups import Group
from detection_stream.cli.naming import name_variables

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
    "replay": ("replay", "Run recorded messages again, or prove that live was right."),
    "snapshot": ("snapshot", "Set state aside, to replay or verify from."),
    "export": ("export", "Write verdicts with their signals as Parquet."),
    "backtest": ("backtest", "Say what changed detectors would have decided."),
    "takeover": ("takeover", "Let another version of the state write the verdicts."),
    "reset": ("reset", "Let the workers begin anew, from empty state."),
    "doctor": ("doctor", "Check a broker and what runs on it."),
    "explain": ("explain", "Print one verdict with its signals."),
    "signals": ("catalogue", "List the signals: what is known about each message."),
    "detectors": ("catalogue", "List the detectors: what decides."),
    "tenants": ("tenants", "List onboarded tenants, or print one's profile."),
    "web": ("web", "Show state tables, verdicts and the flow in a browser."),
    "web-token": ("web", "Make a token for the web view."),
    "tables": ("tables", "Look into state tables."),
    "settings": ("settings", "Print each setting with its value and source."),
}
"""Module and line of help of each command, in the order in which a newcomer meets them.

The line is here too for help not to import all modules; a test holds it against the command's own.
"""


class Commands(Group):
    """The commands of the table, which ``--help`` lists without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its options named for the environment."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"detection_stream.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        name_variables(command, (cmd_name,))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])
