"""SASL over TLS for every client: the command line, the worker's consumer, producer, changelogs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from detection_stream.runtime.kafka.connection import PREFIX, Connection
from tests.cli.test_bad_input import command
from tests.integration.cluster import Cluster, WorkerProcess
from tests.integration.local_broker import LocalBroker, MissingTool, free_port
from tests.topology.harness import demo

pytestmark = pytest.mark.slow

USER, PASSWORD = "ann", "s3cret-word"
_LOGIN = "org.apache.kafka.common.security"
_SETTINGS = """
listener.name.sasl_ssl.ssl.keystore.type=PEM
listener.name.sasl_ssl.ssl.keystore.location={keys}
listener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config={login}.plain.PlainLoginModule required \
 user_{user}="{password}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={login}.scram.ScramLoginModule required;
"""


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a SASL_SSL listener, and the file of the authority that signed it."""
    place = tmp_path_factory.mktemp("secured")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(place / "ca.pem")
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    key = serialization.load_pem_private_key(certificate.private_key_pem.bytes(), None)
    (place / "keys.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + b"".join(part.bytes() for part in certificate.cert_chain_pems)
    )
    port = free_port()
    extra = _SETTINGS.format(keys=place / "keys.pem", login=_LOGIN, user=USER, password=PASSWORD)
    try:
        broker = LocalBroker(
            place / "kafka", listeners=f",SASL_SSL://127.0.0.1:{port}", extra=extra, brief=True
        )
        scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        broker.format("--add-scram", scram)
        broker.start()
    except MissingTool as error:
        pytest.skip(f"no broker: {error}")
    yield f"127.0.0.1:{port}", place / "ca.pem"
    broker.close()


def _environment(
    monkeypatch: pytest.MonkeyPatch, authority: Path, mechanism: str, password: Path
) -> None:
    for name, value in {
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_MECHANISM": mechanism,
        "SASL_USERNAME": USER,
        "SASL_PASSWORD_FILE": str(password),
        "SSL_CA_FILE": str(authority),
    }.items():
        monkeypatch.setenv(PREFIX + name, value)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_everything_works_over_sasl_and_tls(
    secured: tuple[str, Path],
    mechanism: str,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, authority = secured
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    _environment(monkeypatch, authority, mechanism, tmp_path / "password")
    cluster = Cluster(Connection.from_environment(address), 2, prefix)
    worker = WorkerProcess(address, tmp_path / "w", "--prefix", prefix)
    worker.start()
    cluster.feed(demo(300))
    assert len(cluster.decided(300)) == 300
    assert worker.stop() == 0
    assert PASSWORD not in worker.log()
    doctor = command("doctor", "--broker", address, "--prefix", prefix, cwd=tmp_path)
    assert "over SASL_SSL" in doctor.stdout
    assert doctor.returncode == 0


def test_a_wrong_password_is_told_apart_from_a_broker_that_is_away(
    secured: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, authority = secured
    (tmp_path / "password").write_text("wrong")
    _environment(monkeypatch, authority, "PLAIN", tmp_path / "password")
    done = command("doctor", "--broker", address, cwd=tmp_path)
    assert done.returncode == 2
    assert "uthentication" in done.stderr
    assert "wrong" not in done.stderr
