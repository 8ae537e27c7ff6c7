"""One broker for all processes of a test run: the first that needs it starts it.

``python -m tests.integration.shared_broker DIRECTORY`` is that broker, a container or a local Java
process. It writes its address to ``DIRECTORY/address`` and ends when nobody uses it any more.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from tests.integration.local_broker import LocalBroker, MissingTool
from tests.sharing import turn

IMAGE = "apache/kafka:4.1.0"
START_SECONDS = 300.0
"""A first start fetches the jars."""


@contextmanager
def shared_broker(directory: Path) -> Iterator[str]:
    """The address of the broker of this directory, for as long as this process uses it.

    Every user holds a shared lock, which the system takes back from a process that dies.

    Raises:
        MissingTool: no broker can be started.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "users").open("w") as users:
        with turn(directory / "turn"):
            fcntl.flock(users, fcntl.LOCK_SH)
            if not (directory / "address").exists():
                _start(directory)
        yield (directory / "address").read_text()


def _start(directory: Path) -> None:
    log = directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.shared_broker", str(directory)],
            cwd=Path(__file__).parents[2],
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _STARTED.append(process)
    deadline = time.monotonic() + START_SECONDS
    while not (directory / "address").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise MissingTool(log.read_text()[-500:])
        time.sleep(0.1)


_STARTED: list[subprocess.Popen[bytes]] = []
"""Kept, so that no warning comes of a broker that outlives the process that started it."""


def _container() -> Any:
    """A Kafka container when a Docker engine answers and has the image."""
    try:
        command = ["docker", "image", "inspect", IMAGE]
        subprocess.run(command, check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        # No engine, permission or image: fall back.
        return None
    from testcontainers.kafka import KafkaContainer

    return KafkaContainer(IMAGE).with_kraft()


def main(directory: Path) -> None:
    """Run the broker until nobody uses it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as ending:
        if (container := _container()) is not None:
            address = ending.enter_context(container).get_bootstrap_server()
        else:
            broker = LocalBroker(directory / f"kafka-{os.getpid()}", brief=True)
            ending.callback(broker.close)
            broker.start()
            address = broker.address
        written = directory / "address.new"
        written.write_text(address)
        written.rename(directory / "address")
        with (directory / "users").open() as users:
            while not _left(directory, users):
                time.sleep(1)


def _left(directory: Path, users: IO[str]) -> bool:
    """Whether there are no users; if so, whoever comes next starts another broker."""
    with turn(directory / "turn"):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        (directory / "address").unlink()
        return True


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except MissingTool as error:
        sys.exit(f"no Docker image {IMAGE} is at hand, {error}")
