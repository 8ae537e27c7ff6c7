"""Options of the commands that talk to Kafka."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from detection_stream.cli.options import domains
from detection_stream.errors import InputError

if TYPE_CHECKING:
    from detection_stream.model.signature import OperatorKeys
    from detection_stream.model.tenant import TenantProfile
    from detection_stream.runtime.kafka.connection import Connection
    from detection_stream.runtime.topology import Topology

broker_option = click.option(
    "--broker", required=True, metavar="HOST:PORT", help="Kafka brokers, separated by commas."
)


def _prefix(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,60}", value):
        raise InputError(f"--prefix {value}: use letters, digits, '.', '_' and '-', at most 60")
    return value


prefix_option = click.option(
    "--prefix",
    default="",
    callback=_prefix,
    help="Prefix of all topic names and the group.",
)
state_version_option = click.option(
    "--state-version",
    type=click.IntRange(1, 999),
    default=1,
    show_default=True,
    help="State version; a new one is built next to the old one and switched to with `takeover`.",
)

topology_option = click.option(
    "--topology",
    "name",
    default="message-detection",
    show_default=True,
    help="The topology to use.",
)
CONNECTION = {
    "security-protocol": "PLAINTEXT (if unset), SSL, SASL_PLAINTEXT or SASL_SSL.",
    "sasl-mechanism": "PLAIN (if unset), SCRAM-SHA-256 or SCRAM-SHA-512.",
    "sasl-username": "User for SASL.",
    "sasl-password": "Password for SASL.",
    "sasl-password-file": "File that holds the password instead.",
    "ssl-ca-file": "PEM file of the authorities to trust. [default: the system's]",
    "ssl-certificate-file": "PEM file of a client certificate.",
    "ssl-key-file": "PEM key file, if separate.",
}
"""The broker connection settings in ``DETECTION_STREAM_KAFKA_*``."""


def connect(broker: str) -> Connection:
    """The connection to the brokers, with SASL and TLS settings from the environment."""
    from detection_stream.runtime.kafka.connection import Connection

    return Connection.from_environment(broker)


def onboarded_or_given(
    given: tuple[str, ...],
    onboarded: bool,
    connection: Connection,
    topology: Topology,
    tenant: str,
    keys: OperatorKeys,
) -> TenantProfile:
    """The tenant's profile if it was ``onboarded``; own domains as given count before those found.

    Raises:
        InputError: there are no own domains, or one is not a domain.
    """
    from detection_stream.model.tenant import TenantProfile
    from detection_stream.runtime.kafka import tenants

    if not onboarded:
        return TenantProfile(tenant, domains(given))
    profile = tenants.onboarded_profile(connection, topology, tenant, keys)
    return replace(profile, own_domains=domains(given)) if given else profile


def start_logging(verbose: bool = False) -> None:
    """Log to standard error: our INFO and above, and libraries' warnings."""
    import logging

    from detection_stream.log_limit import LogLimit

    form = "%(asctime)s %(levelname)s %(message)s"
    logging.basicConfig(level=logging.WARNING, format=form)
    for handler in logging.getLogger().handlers:
        # Strangers can cause lines: as mail, as SMTP, as requests.
        handler.addFilter(LogLimit())
    logging.getLogger("detection_stream").setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in (
        "mode",
        "detection_stream.runtime.kafka.transport",
        "detection_stream.runtime.embedded.transport",
    ):
        # Faust's services log every start and stop.
        logging.getLogger(name).setLevel(logging.ERROR)
    # Malformed HTTP is answered and not worth a line; failed pages are logged by the app.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
