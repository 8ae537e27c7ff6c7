"""``serve``: the embedded engine as a service for a small site."""

from __future__ import annotations

from pathlib import Path

import click

from detection_stream.cli.broker import start_logging
from detection_stream.cli.options import (
    data_option,
    domains,
    journal_option,
    known_profile,
    listener_of,
    out_option,
    own_domains_option,
    smtp_options,
    tenant_option,
)
from detection_stream.errors import InputError


@click.command()
@tenant_option
@own_domains_option
@data_option
@out_option
@click.option("--smtp", is_flag=True, help="Accept journal copies over SMTP.")
@click.option(
    "--watch", type=click.Path(path_type=Path), help="Take mail delivered to this Maildir."
)
@journal_option
@smtp_options(8025)
def serve(
    *,
    tenant: str,
    own_domains: tuple[str, ...],
    data: Path,
    out: Path,
    smtp: bool,
    watch: Path | None,
    journal: bool,
    smtp_host: str,
    smtp_port: int,
    tls_certificate: str,
    tls_key: str,
    allow: tuple[str, ...],
    smtp_users: Path | None,
) -> None:
    """Decide live mail in one process, without a broker.

    It runs until stopped (SIGTERM, Ctrl-C).
    """
    import asyncio

    from detection_stream.cli.service import run_service
    from detection_stream.model.organisation import Organisation
    from detection_stream.model.reception import UNKNOWN_RECEPTION

    if not smtp and watch is None:
        raise InputError("no mail source; add --smtp or --watch MAILDIR")
    start_logging()
    tls = tls_certificate, tls_key
    listener = listener_of(smtp_host, smtp_port, tls, allow, smtp_users) if smtp else None
    profile = known_profile(data, tenant)
    owned = domains(own_domains) if own_domains or profile is None else profile.own_domains
    reception = profile.reception if profile else UNKNOWN_RECEPTION
    organisation = Organisation(tenant, owned, reception=reception, journal=journal)
    asyncio.run(run_service(organisation, data, out, listener, watch))
