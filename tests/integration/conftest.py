"""A real broker for the tests of this folder, whichever is at hand."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from detection_stream.runtime.kafka.connection import Connection
from tests.integration.cluster import RUNNING
from tests.integration.local_broker import LocalBroker, MissingTool

ADDRESS = "DETECTION_STREAM_TEST_BROKER"
"""Environment variable with the address of a broker that tests may use."""
IMAGE = "apache/kafka:4.1.0"


@pytest.fixture(scope="session")
def broker_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An address from the environment, else a container, else a local Java process."""
    if address := os.environ.get(ADDRESS):
        yield address
        return
    if (container := _container()) is not None:
        with container:
            yield container.get_bootstrap_server()
        return
    try:
        broker = LocalBroker(tmp_path_factory.mktemp("kafka"))
        broker.start()
    except MissingTool as error:
        pytest.skip(f"no broker: {ADDRESS} is not set, no Docker image {IMAGE} is at hand, {error}")
    yield broker.address
    broker.close()


def _container() -> Any:
    """A Kafka container when a Docker engine answers and has the image."""
    try:
        command = ["docker", "image", "inspect", IMAGE]
        subprocess.run(command, check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        # No engine, no permission, no image: there is another way.
        return None
    from testcontainers.kafka import KafkaContainer

    return KafkaContainer(IMAGE).with_kraft()


@pytest.fixture(autouse=True)
def no_workers_left() -> Iterator[None]:
    """End the workers that a test has left running."""
    yield
    while RUNNING:
        RUNNING.pop().kill()


@pytest.fixture
def connection(broker_address: str) -> Connection:
    """The connection to the broker."""
    return Connection(broker_address)


@pytest.fixture
def prefix() -> str:
    """A prefix of topic names that no other test uses."""
    return f"t{uuid4().hex[:8]}."


@pytest.fixture
def local_broker(tmp_path: Path) -> Iterator[LocalBroker]:
    """A broker of the test's own, which it may stop and kill."""
    try:
        broker = LocalBroker(tmp_path / "kafka")
        broker.start()
    except MissingTool as error:
        pytest.skip(f"no broker of its own: {error}")
    yield broker
    broker.close()
