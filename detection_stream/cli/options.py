"""Options shared by several commands, with their checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detection_stream.errors import InputError

if TYPE_CHECKING:
    from detection_stream.ingest.smtp import Listener
    from detection_stream.model.signature import OperatorKeys
    from detection_stream.model.tenant import TenantProfile

DATA = "detection-stream-data"
POSITIVE = click.IntRange(min=1)
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA,
    show_default=True,
    help="Directory for logs and state.",
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="out",
    show_default=True,
    help="Directory for verdicts.jsonl and attributions.jsonl.",
)


def _tenant(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    if not value.strip() or "\0" in value:
        raise InputError("--tenant is empty; pass the organisation's name")
    return value


tenant_option = click.option(
    "--tenant",
    required=True,
    callback=_tenant,
    help="Name of the organisation that owns the mail.",
)


own_domains_option = click.option(
    "--own-domain", "own_domains", multiple=True, help="A domain of the organisation; repeatable."
)
onboarded_option = click.option(
    "--onboarded", is_flag=True, help="Use the own domains found by `onboard`."
)
journal_option = click.option(
    "--journal",
    is_flag=True,
    help="Believe all journal reports: they come from the organisation's own mail system alone.",
)
directory_option = click.option(
    "--directory",
    type=click.Path(path_type=Path),
    help="JSON or CSV file of people: name, address, vip, department.",
)


operator_key_option = click.option(
    "--operator-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of keys that sign tenant profiles and people; see `operator-key`.",
)


def operator_keys(file: Path | None) -> OperatorKeys:
    """The keys of a file; none without one.

    Raises:
        InputError: it cannot be used.
    """
    from detection_stream.model.signature import NO_KEYS
    from detection_stream.runtime.operator_keys import read_keys

    return read_keys(file) if file else NO_KEYS


def smtp_options(port: int) -> Callable[[Any], Any]:
    """Options of commands that listen for SMTP."""
    options = [
        click.option(
            "--smtp-host", default="127.0.0.1", show_default=True, help="Address to listen on."
        ),
        click.option(
            "--smtp-port",
            type=click.IntRange(0, 65_535),
            default=port,
            show_default=True,
            help="Port to listen on; 0 picks a free one.",
        ),
        click.option(
            "--tls-certificate",
            type=click.Path(dir_okay=False),
            default="",
            help="PEM certificate file; makes STARTTLS mandatory.",
        ),
        click.option(
            "--tls-key",
            type=click.Path(dir_okay=False),
            default="",
            help="PEM key file, if separate.",
        ),
        click.option(
            "--allow",
            multiple=True,
            help="Peer that may send, an address or network (CIDR); repeatable. [default: all]",
        ),
        click.option(
            "--smtp-users",
            type=click.Path(path_type=Path, dir_okay=False),
            help="File of users; makes signing in mandatory; see `smtp-user`.",
        ),
    ]

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def listener_of(
    host: str, port: int, tls: tuple[str, str], allow: tuple[str, ...], users: Path | None
) -> Listener:
    """Where to listen for SMTP, ``tls`` with the files of a certificate and its key.

    Raises:
        InputError: a setting or the file of users cannot be used.
    """
    from detection_stream.ingest.smtp import Listener
    from detection_stream.ingest.smtp_limits import networks
    from detection_stream.ingest.smtp_users import read_users

    return Listener(host, port, *tls, networks(allow), read_users(users) if users else None)


def domains(values: tuple[str, ...]) -> frozenset[str]:
    """Own domains as given, commas allowed.

    Raises:
        InputError: there is none, or one is not a domain.
    """
    named = [part.strip().lower().rstrip(".") for value in values for part in value.split(",")]
    named = [part for part in named if part]
    if not named:
        raise InputError(
            "no own domain; pass the organisation's domains as --own-domain DOMAIN, or let "
            "`onboard` find them"
        )
    for domain in named:
        try:
            encoded = domain.encode("idna").decode()
        except UnicodeError:
            encoded = ""
        if not _DOMAIN.fullmatch(encoded):
            raise InputError(f"--own-domain {domain}: not a domain; use one like example.com")
    return frozenset(named)


def known_domains(values: tuple[str, ...], data: Path, tenant: str) -> frozenset[str]:
    """Own domains as given, or those of the tenant's profile in a data directory.

    Raises:
        InputError: none are given and the tenant is not onboarded there, or one is not a domain.
    """
    if not values and (profile := known_profile(data, tenant)):
        return profile.own_domains
    return domains(values)


def known_profile(data: Path, tenant: str) -> TenantProfile | None:
    """The tenant's profile in a data directory, which may be a new one.

    Raises:
        DataDirectoryError: it is no data directory, or in use.
    """
    from detection_stream.stages.tenants import stored_profiles
    from detection_stream.state.database import Database

    if not data.is_dir() or not any(data.iterdir()):
        return None
    database = Database(data, create=False)
    try:
        return stored_profiles(database).get(tenant)
    finally:
        database.close()


def printable(text: str) -> str:
    """The text without control characters: mail must not control the terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)
