"""One broker for all processes of a test run: the first that needs it starts it, the last ends it.

``python -m tests.integration.shared_broker DIRECTORY`` is that broker, a container or a local Java
process; it writes its address to ``DIRECTORY/address`` and runs until it is told to end.
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
        try:
            yield (directory / "address").read_text()
        finally:
            with turn(directory / "turn"):
                _end_unless_used(directory, users)


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


def _end_unless_used(directory: Path, users: IO[str]) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    (directory / "address").unlink()
    os.kill(int((directory / "pid").read_text()), signal.SIGTERM)


_STARTED: list[subprocess.Popen[bytes]] = []
"""Kept, so that no warning comes of a broker that outlives the process that started it."""


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


def main(directory: Path) -> None:
    """Run the broker until it is told to end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as ending:
        if (container := _container()) is not None:
            address = ending.enter_context(container).get_bootstrap_server()
        else:
            broker = LocalBroker(directory / "kafka")
            ending.callback(broker.close)
            broker.start()
            address = broker.address
        (directory / "pid").write_text(str(os.getpid()))
        written = directory / "address.new"
        written.write_text(address)
        written.rename(directory / "address")
        try:
            signal.pause()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except MissingTool as error:
        sys.exit(f"no Docker image {IMAGE} is at hand, {error}")
