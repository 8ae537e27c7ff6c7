"""``smtp`` and ``smtp-user``: accept journal copies over SMTP for Kafka, and who may send."""

from __future__ import annotations

from pathlib import Path

import click

from detection_stream.cli.broker import (
    broker_option,
    connect,
    onboarded_or_given,
    prefix_option,
    start_logging,
)
from detection_stream.cli.options import (
    journal_option,
    listener_of,
    onboarded_option,
    operator_key_option,
    operator_keys,
    own_domains_option,
    smtp_options,
    tenant_option,
)

MAX_DELIVERY_SECONDS = 30.0
"""How long a sender waits for the brokers before it is told to retry."""


@click.command()
@broker_option
@prefix_option
@tenant_option
@own_domains_option
@onboarded_option
@operator_key_option
@journal_option
@smtp_options(8025)
def smtp(
    *,
    broker: str,
    prefix: str,
    tenant: str,
    own_domains: tuple[str, ...],
    onboarded: bool,
    operator_key: Path | None,
    journal: bool,
    smtp_host: str,
    smtp_port: int,
    tls_certificate: str,
    tls_key: str,
    allow: tuple[str, ...],
    smtp_users: Path | None,
) -> None:
    """Accept journal copies over SMTP and produce them to Kafka.

    They go to the topic messages.raw; the reply 250 means that Kafka has stored the message.
    """
    import asyncio

    from detection_stream.cli.until_stopped import until_stopped
    from detection_stream.ingest.intake import KafkaIntake
    from detection_stream.ingest.smtp import serve_smtp
    from detection_stream.model.organisation import Organisation
    from detection_stream.runtime.kafka import topics
    from detection_stream.runtime.kafka.delivery import Delivery
    from topologies import blueprint

    start_logging()
    keys = operator_keys(operator_key)
    listener = listener_of(smtp_host, smtp_port, (tls_certificate, tls_key), allow, smtp_users)
    connection = connect(broker)
    topology = blueprint(prefix=prefix).topology()
    topics.check(connection, topology)
    profile = onboarded_or_given(own_domains, onboarded, connection, topology, tenant, keys)
    delivery = Delivery(connection, "detection-stream-smtp", MAX_DELIVERY_SECONDS)
    organisation = Organisation(
        tenant, profile.own_domains, reception=profile.reception, journal=journal
    )
    intake = KafkaIntake(delivery, topology.source("mail").name, organisation)

    async def serve() -> None:
        async with serve_smtp(intake, listener) as address:
            click.echo(f"SMTP at {address}", err=True)
            await until_stopped()

    asyncio.run(serve())
    delivery.close()


@click.command("smtp-user")
@click.argument("name")
@click.option(
    "--smtp-users",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="File to add it to, created if missing.",
)
def smtp_user(name: str, smtp_users: Path) -> None:
    """Create a user who may send over SMTP.

    The password of NAME is printed once and never stored; the file holds its digest.
    """
    from detection_stream.ingest.smtp_users import add_user

    click.echo(add_user(smtp_users, name))
