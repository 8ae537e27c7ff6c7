"""An Apache Kafka broker as a local Java process, from jars that Maven fetches.

``python -m tests.integration.local_broker`` starts one and prints its address until it is stopped.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.sharing import turn

VERSION = "4.1.0"
HERE = Path(__file__).parent
JARS = HERE.parents[1] / ".cache" / f"kafka-{VERSION}"
"""Where the jars are kept between runs; git ignores it."""
START_SECONDS = 120
CLUSTER_ID = "ZGV0ZWN0aW9uLXN0cmVhbQ"

_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{listeners}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
log.dirs={logs}
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.backoff.ms=1000
log.cleaner.dedupe.buffer.size=16777216
log.segment.delete.delay.ms=1000
{extra}
"""


class MissingTool(Exception):  # noqa: N818 - it says what is missing
    """Java or Maven is not there, or the jars cannot be fetched."""


def free_port() -> int:
    """An unused TCP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch_jars() -> Path:
    """The folder with the broker's jars, fetched if missing.

    Raises:
        MissingTool: there is no Java, no Maven or no registry.
    """
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None and not (tool == "mvn" and (JARS / "complete").exists()):
            raise MissingTool(f"{tool} is not installed")
    JARS.mkdir(parents=True, exist_ok=True)
    with turn(JARS / "lock"):
        if not (JARS / "complete").exists():
            _fetch()
    return JARS


def _fetch() -> None:
    command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={JARS}"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise MissingTool(f"Maven cannot fetch Kafka {VERSION}: {done.stdout[-300:]}")
    (JARS / "complete").touch()


class LocalBroker:
    """One broker and controller in one process; its log stays until ``close``.

    A ``brief`` one is ready sooner and slower in the long run.
    """

    def __init__(
        self, directory: Path, *, listeners: str = "", extra: str = "", brief: bool = False
    ) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.directory = directory
        # The optimising compiler takes more than it gives in the first minutes.
        self._compiler = f"-XX:TieredStopAtLevel={1 if brief else 4}"
        self._classpath = f"{fetch_jars()}/*"
        self._process: subprocess.Popen[bytes] | None = None
        self._config = directory / "server.properties"
        directory.mkdir(parents=True, exist_ok=True)
        self._config.write_text(
            _PROPERTIES.format(
                port=self.port,
                controller=free_port(),
                logs=directory / "logs",
                listeners=listeners,
                extra=extra,
            )
        )

    def format(self, *arguments: str) -> None:
        """Prepare the log directory."""
        tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(self._config)]
        self._java("256m", *tool, *arguments).wait()

    def start(self) -> None:
        """Start the broker, or start it again, and wait until it takes connections."""
        if not (self.directory / "logs").exists():
            self.format()
        self._process = self._java("768m", "kafka.Kafka", str(self._config))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        self.kill()
        tail = (self.directory / "broker.log").read_text()[-2_000:]
        raise MissingTool(f"the broker did not start within {START_SECONDS} s: {tail}")

    def stop(self) -> None:
        """Stop it cleanly."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """End it and remove its log."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(30)

    def _java(self, heap: str, *arguments: str) -> subprocess.Popen[bytes]:
        java = ["java", f"-Xmx{heap}", "-XX:+UseSerialGC", self._compiler]
        quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        with (self.directory / "broker.log").open("ab") as log:
            return subprocess.Popen(
                [*java, quiet, "-cp", self._classpath, *arguments], stdout=log, stderr=log
            )


def main() -> None:
    """Run a broker until Ctrl-C, or until terminated or its terminal is closed."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    directory = Path(tempfile.mkdtemp(prefix="kafka-"))
    broker = LocalBroker(directory)
    try:
        broker.start()
        print(f"Apache Kafka {VERSION} at {broker.address}; stop it with Ctrl-C", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        broker.close()


if __name__ == "__main__":
    main()
