"""All commands by name; the module of each is imported when it is called."""

from __future__ import annotations

import importlib

import click

from detection_stream.cli.groups import Group
from detection_stream.cli.naming import name_variables

COMMANDS = {
    "run": ("run", "Read mail files, write verdicts and attributions."),
    "demo": ("demo", "Generate a synthetic organisation's mail and run it."),
    "simulate": ("simulate", "Inject labelled attacks into an organisation's mail."),
    "serve": ("serve", "Decide live mail in one process, without a broker."),
    "onboard": ("onboard", "Learn a new tenant from its history and activate it."),
    "topics": ("topics", "Create and check the topics on a Kafka broker."),
    "worker": ("worker", "Run stream workers on Kafka."),
    "ingest": ("ingest", "Produce mail files to Kafka."),
    "smtp": ("smtp", "Accept journal copies over SMTP and produce them to Kafka."),
    "operator-key": (
        "operator_key",
        "Create a key that signs tenant profiles and people.",
    ),
    "smtp-user": ("smtp", "Create a user who may send over SMTP."),
    "tail": ("tail", "Print verdicts, attributions or dead letters from Kafka."),
    "replay": ("replay", "Run recorded messages again, or verify what live workers wrote."),
    "snapshot": ("snapshot", "Copy the state, to replay or verify from."),
    "export": ("export", "Write verdicts with their signals as Parquet."),
    "backtest": ("backtest", "Show what changed detectors would have decided."),
    "evaluate": ("evaluate", "Measure verdicts against labels."),
    "train": ("train", "Train models from exported signals with labels."),
    "takeover": ("takeover", "Switch to another state version."),
    "reset": ("reset", "Remove all state, so that workers start over."),
    "doctor": ("doctor", "Check a broker and what runs on it."),
    "explain": ("explain", "Explain one verdict with its signals."),
    "signals": ("catalogue", "List the signals: what is known about each message."),
    "detectors": ("catalogue", "List the detectors: what decides."),
    "tenants": ("tenants", "List onboarded tenants, or print one's profile."),
    "web": ("web", "Show state tables, verdicts and the flow in a browser."),
    "web-token": ("web", "Create a token for the web view."),
    "tables": ("tables", "Show state tables."),
    "settings": ("settings", "Print each setting with its value and source."),
}
"""Module and help line of each command, in the order a newcomer needs them.

The line is repeated here so that help imports no modules; a test compares it with the command's.
"""


class Commands(Group):
    """The commands of the table; ``--help`` lists them without importing any."""

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
