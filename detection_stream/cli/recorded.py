"""Options of commands that read recorded topics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detection_stream.cli.broker import connect
from detection_stream.cli.options import operator_keys
from detection_stream.errors import InputError

if TYPE_CHECKING:
    from detection_stream.model.signature import OperatorKeys
    from detection_stream.runtime.recorded import Recorded


def recorded_options(command: Any) -> Any:
    """``--broker`` and ``--source``, exactly one of which is required."""
    source = click.option(
        "--source",
        type=click.Path(path_type=Path),
        help="Data directory of an embedded engine that holds the topics, instead of a broker.",
    )
    broker = click.option(
        "--broker", metavar="HOST:PORT", help="Kafka brokers that hold the topics."
    )
    return broker(source(command))


def recorded_keys(file: Path | None, source: Path | None) -> OperatorKeys:
    """The keys that recorded profiles and people are signed with: as given, and a directory's own.

    Raises:
        InputError: a file of keys cannot be used.
    """
    from detection_stream.runtime.operator_keys import stored_keys

    keys = operator_keys(file)
    return keys.also(stored_keys(source)) if source else keys


def open_recorded(broker: str | None, source: Path | None) -> Recorded:
    """The topics given by the options.

    Raises:
        InputError: neither or both are given, or there are no topics.
    """
    from detection_stream.runtime.embedded.recorded import RecordedDirectory
    from detection_stream.runtime.kafka.recorded import RecordedTopics

    if broker is not None and source is None:
        return RecordedTopics(connect(broker))
    if source is not None and broker is None:
        return RecordedDirectory(source)
    raise InputError("say where the topics are: --broker HOST:PORT or --source DIR")
