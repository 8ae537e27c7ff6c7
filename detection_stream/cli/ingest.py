"""``ingest``: produces mail files to Kafka."""

from __future__ import annotations

from pathlib import Path

import click

from detection_stream.cli.broker import broker_option, connect, domains_or_onboarded, prefix_option
from detection_stream.cli.options import (
    directory_option,
    onboarded_option,
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
@directory_option
def ingest(
    *,
    paths: tuple[Path, ...],
    broker: str,
    prefix: str,
    tenant: str,
    own_domains: tuple[str, ...],
    onboarded: bool,
    directory: Path | None,
) -> None:
    """Produce mail files to Kafka.

    The mail in PATHS (as for `run`) goes to the topic messages.raw, in time order. Messages
    that are already there are produced again and dropped as repeats by the workers.
    """
    import tempfile

    from detection_stream.cli.progress import ProgressBar
    from detection_stream.ingest.directory import read_directory
    from detection_stream.ingest.inputs import open_inputs
    from detection_stream.ingest.produce import produce
    from detection_stream.ingest.raw_records import person_record
    from detection_stream.model.organisation import Organisation
    from detection_stream.runtime.kafka import tenants, topics
    from detection_stream.runtime.kafka.outputs import Outputs
    from topologies import blueprint

    people = read_directory(directory) if directory else []
    connection = connect(broker)
    topology = blueprint(prefix=prefix).topology()
    topics.check(connection, topology)
    owned = domains_or_onboarded(own_domains, onboarded, connection, topology, tenant)
    raw = topology.source("mail").name
    outputs = Outputs(connection, "detection-stream-ingest")
    with (
        tempfile.TemporaryDirectory() as spool,
        ProgressBar() as bar,
        open_inputs(paths, Path(spool), tenant, bar.reading) as inputs,
    ):
        for person in people:
            outputs.produce(
                topology.topic(tenants.TOPIC).name, -1, *person_record(person, tenant, owned)
            )
        count = produce(outputs, raw, inputs, Organisation(tenant, owned, people), bar.feeding)
    outputs.close()
    click.echo(f"{count:,} messages produced to {raw}")
