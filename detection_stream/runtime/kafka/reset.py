"""Removes a topology's state so that its workers start over."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import ConsumerGroupState, KafkaError, KafkaException

from detection_stream.errors import BrokerError, InputError
from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.directories import in_use, worker_directory
from detection_stream.runtime.kafka.takeover import TAKEOVERS, writer
from detection_stream.runtime.kafka.topics import admin, partition_counts
from detection_stream.runtime.topology import Topology

MAX_ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Remains:
    """What can be removed: the group (None if unknown), topics and data directories.

    ``busy`` lists what must be stopped first.
    """

    group: str | None
    topics: list[str]
    directories: list[Path]
    busy: list[str]

    def __bool__(self) -> bool:
        return bool(self.group or self.topics or self.directories)


def find(connection: Connection, topology: Topology, data: Path | None) -> Remains:
    """What workers left: state and the topics between stages, never mail or verdicts.

    Raises:
        BrokerError: no broker answers.
    """
    there, group = partition_counts(connection), topology.group
    between = [topic.name for topic in topology.internal]
    changelogs = [node.changelog for node in topology.stages]
    directories = (
        sorted(data.glob(worker_directory(topology.version, "*"))) if data is not None else []
    )
    known, members = _group(connection, group)
    busy = [
        f"{directory} is in use by a worker; stop it" for directory in filter(in_use, directories)
    ]
    if topology.has_topic(TAKEOVERS):
        busy += _writing(topology, writer(connection, topology))
    if members:
        busy.append(f"{members} workers of the group {group} are running; stop them")
    return Remains(
        group if known else None,
        [name for name in (*between, *changelogs) if name in there],
        directories,
        busy,
    )


def _writing(topology: Topology, version: int) -> list[str]:
    """Reasons not to empty one state version while another exists."""
    if topology.version > 1 and version == topology.version:
        return [f"version {version} writes the verdicts; first `takeover` another version"]
    if topology.version == 1 and version > 1:
        return [f"version {version} writes; after a reset version 1 would write too"]
    return []


def remove(connection: Connection, remains: Remains) -> None:
    """Remove everything: directories first, so that old state never meets new topics.

    Raises:
        InputError: workers are running; nothing is removed.
        BrokerError: the broker refuses.
    """
    if remains.busy:
        raise InputError(f"nothing was removed: {'; '.join(remains.busy)}")
    for directory in remains.directories:
        shutil.rmtree(directory)
    client = admin(connection)
    if remains.topics:
        _wait(client.delete_topics(remains.topics, operation_timeout=MAX_ANSWER_SECONDS))
    if remains.group is not None:
        _wait(client.delete_consumer_groups([remains.group]))


def _group(connection: Connection, group: str) -> tuple[bool, int]:
    """Whether the broker knows a group, and the number of its members."""
    try:
        found = (
            admin(connection).describe_consumer_groups([group])[group].result(MAX_ANSWER_SECONDS)
        )
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return False, 0
        raise BrokerError(f"group {group}: {error.args[0].str()}") from error
    return found.state != ConsumerGroupState.DEAD, len(found.members)


def _wait(futures: dict[str, Any]) -> None:
    for name, future in futures.items():
        try:
            future.result(MAX_ANSWER_SECONDS)
        except KafkaException as error:
            raise BrokerError(f"{name} was not removed: {error.args[0].str()}") from error
