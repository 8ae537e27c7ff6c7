"""``ingest``: produces mail files to Kafka."""

from __future__ import annotations

from pathlib import Path

import click

from detection_stream.cli.broker import broker_option, connect, onboarded_or_given, prefix_option
from detection_stream.cli.options import (
    directory_option,
    journal_option,
    onboarded_option,
    operator_key_option,
    operator_keys,
    own_domains_option,
    tenant_option,
)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@broker_option
@prefix_option
@tenant_option
@own_domains_option
@onboarded_option
@operator_key_option
@directory_option
@journal_option
def ingest(
    *,
    paths: tuple[Path, ...],
    broker: str,
    prefix: str,
    tenant: str,
    own_domains: tuple[str, ...],
    onboarded: bool,
    operator_key: Path | None,
    directory: Path | None,
    journal: bool,
) -> None:
    """Produce mail files to Kafka.

    The mail in PATHS (as for `run`) goes to the topic messages.raw, in time order. Messages
    that are already there are produced again and dropped as repeats by the workers.
    """
    import tempfile

    from detection_stream.cli.progress import ProgressBar
    from detection_stream.errors import InputError
    from detection_stream.ingest.directory import read_directory
    from detection_stream.ingest.inputs import open_inputs
    from detection_stream.ingest.produce import produce
    from detection_stream.ingest.raw_records import person_record
    from detection_stream.model.organisation import Organisation
    from detection_stream.model.signature import NO_KEY
    from detection_stream.onboarding.history import reception_in
    from detection_stream.runtime.kafka import tenants, topics
    from detection_stream.runtime.kafka.outputs import Outputs
    from topologies import blueprint

    people = read_directory(directory) if directory else []
    keys = operator_keys(operator_key)
    if people and not keys:
        raise InputError(NO_KEY)
    connection = connect(broker)
    topology = blueprint(prefix=prefix).topology()
    topics.check(connection, topology)
    profile = onboarded_or_given(own_domains, onboarded, connection, topology, tenant, keys)
    owned, raw = profile.own_domains, topology.source("mail").name
    outputs = Outputs(connection, "detection-stream-ingest")
    with (
        tempfile.TemporaryDirectory() as spool,
        ProgressBar() as bar,
        open_inputs(paths, Path(spool), tenant, bar.reading) as inputs,
    ):
        for person in people:
            outputs.produce(
                topology.topic(tenants.TOPIC).name, -1, *person_record(person, tenant, owned, keys)
            )
        reception = profile.reception if onboarded else reception_in(inputs, owned)
        organisation = Organisation(tenant, owned, people, reception, journal)
        count = produce(outputs, raw, inputs, organisation, bar.feeding, keys)
    outputs.close()
    click.echo(f"{count:,} messages produced to {raw}")
