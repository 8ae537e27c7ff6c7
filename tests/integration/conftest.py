"""A real broker for the tests in this folder, whichever is available."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from detection_stream.runtime.kafka.connection import Connection
from tests.integration.cluster import RUNNING
from tests.integration.local_broker import LocalBroker, MissingTool
from tests.integration.shared_broker import shared_broker
from tests.sharing import run_directory

ADDRESS = "DETECTION_STREAM_TEST_BROKER"
"""Environment variable with the address of a broker that tests may use."""


@pytest.fixture(scope="session")
def broker_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An address from the environment, else a broker that all processes of the run share."""
    if address := os.environ.get(ADDRESS):
        yield address
        return
    try:
        with shared_broker(run_directory(tmp_path_factory) / "broker") as address:
            yield address
    except MissingTool as error:
        pytest.skip(f"no broker: {ADDRESS} is not set, {error}")


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
        broker = LocalBroker(tmp_path / "kafka", brief=True)
        broker.start()
    except MissingTool as error:
        pytest.skip(f"no broker of its own: {error}")
    yield broker
    broker.close()
