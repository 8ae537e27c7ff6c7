"""Connection settings of every client: addresses, SASL and TLS."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faust import SASLCredentials, SSLCredentials

from detection_stream.errors import SettingsError

PREFIX = "DETECTION_STREAM_KAFKA_"
"""Of the environment variables for what must not appear in an address or a log."""
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass(frozen=True, slots=True, repr=False)
class Connection:
    """Brokers (``host:port,...``) and how to authenticate; never shows a secret.

    ``ca_file``, ``certificate_file`` and ``key_file`` are PEM files; empty means the system's
    authorities and no client certificate.
    """

    servers: str
    protocol: str = "PLAINTEXT"
    mechanism: str = ""
    username: str = ""
    password: str = ""
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""

    def __repr__(self) -> str:
        return f"Connection({self.servers}, {self.protocol})"

    @classmethod
    def from_environment(
        cls, servers: str, environment: Mapping[str, str] = os.environ
    ) -> Connection:
        """The connection that ``DETECTION_STREAM_KAFKA_*`` describe.

        ``SECURITY_PROTOCOL``, ``SASL_MECHANISM``, ``SASL_USERNAME``, ``SASL_PASSWORD`` (or
        ``SASL_PASSWORD_FILE``), ``SSL_CA_FILE``, ``SSL_CERTIFICATE_FILE``, ``SSL_KEY_FILE``.

        Raises:
            SettingsError: a value is invalid, or a file cannot be read.
        """
        values = {name.removeprefix(PREFIX): value for name, value in environment.items()}
        protocol = _choice(values, "SECURITY_PROTOCOL", PROTOCOLS, "PLAINTEXT")
        sasl = protocol.startswith("SASL")
        connection = cls(
            servers=_servers(servers),
            protocol=protocol,
            mechanism=_choice(values, "SASL_MECHANISM", MECHANISMS, "PLAIN") if sasl else "",
            username=values.get("SASL_USERNAME", ""),
            password=_password(values),
            ca_file=_file(values, "SSL_CA_FILE"),
            certificate_file=_file(values, "SSL_CERTIFICATE_FILE"),
            key_file=_file(values, "SSL_KEY_FILE"),
        )
        if sasl and not (connection.username and connection.password):
            raise SettingsError(
                f"{protocol} needs {PREFIX}SASL_USERNAME and {PREFIX}SASL_PASSWORD"
                f" (or {PREFIX}SASL_PASSWORD_FILE)"
            )
        return connection

    def confluent(self) -> dict[str, Any]:
        """As settings of a confluent-kafka client."""
        settings = {
            "bootstrap.servers": self.servers,
            "security.protocol": self.protocol,
            "sasl.mechanism": self.mechanism,
            "sasl.username": self.username,
            "sasl.password": self.password,
            "ssl.ca.location": self.ca_file,
            "ssl.certificate.location": self.certificate_file,
            "ssl.key.location": self.key_file,
        }
        # Relevant errors are raised; the client's own log would repeat every attempt.
        return {name: value for name, value in settings.items() if value} | {"log_level": 0}

    def aiokafka(self) -> dict[str, Any]:
        """As arguments of an aiokafka client."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.servers.split(","),
            "security_protocol": self.protocol,
            "ssl_context": self._ssl_context(),
        }
        if self.mechanism:
            arguments |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return arguments

    def faust(self) -> Any:
        """As credentials of a Faust app; None if none are needed."""
        context = self._ssl_context()
        if self.mechanism:
            return SASLCredentials(
                username=self.username,
                password=self.password,
                mechanism=self.mechanism,
                ssl_context=context,
            )
        return SSLCredentials(context) if context else None

    def _ssl_context(self) -> ssl.SSLContext | None:
        if "SSL" not in self.protocol:
            return None
        context = ssl.create_default_context(cafile=self.ca_file or None)
        if self.certificate_file:
            context.load_cert_chain(self.certificate_file, self.key_file or None)
        return context


def _servers(text: str) -> str:
    """Normalise a user's ``host:port,...``, with or without ``kafka://``."""
    servers = [part.strip().removeprefix("kafka://").rstrip("/") for part in text.split(",")]
    for server in servers:
        host, _, port = server.rpartition(":")
        if not host or not port.isdigit() or "@" in host:
            # What stands before an @ may be a password.
            raise SettingsError(
                f"--broker: {server.rpartition('@')[2]!r} is not host:port; put user and password "
                f"into {PREFIX}SASL_USERNAME and {PREFIX}SASL_PASSWORD"
            )
    return ",".join(servers)


def _choice(values: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    value = values.get(name, "") or default
    if value not in choices:
        raise SettingsError(f"{PREFIX}{name}={value}: use one of {', '.join(choices)}")
    return value


def _file(values: Mapping[str, str], name: str) -> str:
    path = values.get(name, "")
    if path and not Path(path).is_file():
        raise SettingsError(f"{PREFIX}{name}: no such file {path}")
    return path


def _password(values: Mapping[str, str]) -> str:
    if path := _file(values, "SASL_PASSWORD_FILE"):
        return Path(path).read_text("utf-8").strip()
    return values.get("SASL_PASSWORD", "")
