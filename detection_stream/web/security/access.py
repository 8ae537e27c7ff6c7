"""Who may use the web view: tokens, users signed in by a proxy, roles, tenants.

The access file is TOML::

    [site]
    names = ["mail.acme.com"]        # host names of a proxy in front, besides the address itself

    [cluster]
    secret = "..."                   # shared by all workers

    [tokens.ann]
    sha256 = "..."                   # of the token; `web-token ann` creates both
    role = "operate"                 # or "view"
    tenants = ["acme"]               # leave out for all

    [proxy]
    header = "X-Forwarded-Email"     # set by a proxy that signs people in (OIDC)
    from = ["10.0.0.5"]              # addresses of that proxy; nobody else is trusted

    [people."ben@acme.com"]
    role = "view"
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from detection_stream.errors import InputError

ROLES = ("view", "operate")
"""``view`` is read-only; ``operate`` can also retry dead letters and, for all tenants, read
the audit log."""
MIN_SECRET_CHARACTERS = 16
"""Minimum length of the secret between workers."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated user; ``tenants`` is None for access to all."""

    name: str
    role: str
    tenants: frozenset[str] | None = None

    @property
    def operates(self) -> bool:
        """Whether it has the role ``operate``."""
        return self.role == "operate"

    def sees(self, tenant: str) -> bool:
        """Whether it may see a tenant."""
        return self.tenants is None or tenant in self.tenants


LOCAL = Principal("local", "operate")
"""The user of a loopback address without an access file."""


@dataclass(frozen=True)
class Access:
    """The content of an access file; without one, everyone who can connect has full access."""

    tokens: dict[str, Principal] = field(default_factory=dict)
    people: dict[str, Principal] = field(default_factory=dict)
    proxy_header: str = ""
    proxies: frozenset[str] = frozenset()
    secret: str = ""
    names: frozenset[str] = frozenset()
    closed: bool = False

    @cached_property
    def key(self) -> str:
        """Key that signs cookies and forms; the same for all workers with one secret."""
        if not self.secret:
            # The rest of the file must not suffice to forge a cookie.
            return secrets.token_hex()
        return digest(" ".join([self.secret, *sorted(self.tokens), *sorted(self.people)]))

    def of_token(self, token: str) -> Principal | None:
        """The owner of a token."""
        given = digest(token)
        for known, principal in self.tokens.items():
            if hmac.compare_digest(known, given):
                return principal
        return None

    def of_name(self, name: str) -> Principal | None:
        """The owner of a token, by name, for a signed cookie."""
        return next((p for p in self.tokens.values() if p.name == name), None)

    def of_proxy(self, remote: str, headers: Any) -> Principal | None:
        """The user signed in by a proxy; headers from other addresses are ignored."""
        if not self.proxy_header or remote not in self.proxies:
            return None
        return self.people.get(headers.get(self.proxy_header, "").strip().lower())


def digest(token: str) -> str:
    """The stored hash of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def read_access(file: Path) -> Access:
    """The access file.

    Raises:
        InputError: it cannot be read or is invalid.
    """
    try:
        found = tomllib.loads(file.read_text())
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; create one with `web-token`") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is not valid TOML: {error}") from error
    reader = _TableReader(file)
    reader.known(found, ("site", "cluster", "tokens", "proxy", "people"), "")
    tokens = {}
    for name, table in reader.table(found, "tokens").items():
        sha256 = reader.text(table, "sha256", f"tokens.{name}")
        if not _SHA256.fullmatch(sha256):
            reader.refuse(f"tokens.{name}.sha256 is not a hexadecimal SHA-256")
        tokens[sha256] = reader.principal(name, table, f"tokens.{name}", ("sha256",))
    people = {
        name.lower(): reader.principal(name, table, f"people.{name}")
        for name, table in reader.table(found, "people").items()
    }
    header, proxies = reader.proxy(reader.table(found, "proxy"))
    if not tokens and not (header and people):
        reader.refuse("nobody may sign in: it has neither [tokens.NAME] nor [proxy] with [people]")
    secret, names = reader.secret(found), reader.names(found)
    return Access(tokens, people, header, proxies, secret, names, closed=True)


@dataclass(frozen=True)
class _TableReader:
    file: Path

    def refuse(self, problem: str) -> None:
        raise InputError(f"{self.file}: {problem}")

    def known(self, table: dict[str, Any], names: tuple[str, ...], where: str) -> None:
        for name in table:
            if name not in names:
                self.refuse(f"{where}{name} must be one of {', '.join(names)}")

    def table(self, found: dict[str, Any], name: str) -> dict[str, Any]:
        value = found.get(name, {})
        if not isinstance(value, dict):
            self.refuse(f"{name} must be a table: [{name}]")
        return dict(value)

    def text(self, table: Any, name: str, where: str) -> str:
        if not isinstance(table, dict):
            self.refuse(f"{where} must be a table: [{where}]")
        value = table.get(name)
        if not isinstance(value, str) or not value:
            self.refuse(f"{where}.{name} must be a string")
        return str(value)

    def texts(self, table: dict[str, Any], name: str, where: str) -> list[str]:
        value = table.get(name)
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.refuse(f"{where}.{name} must be a list of strings")
        return list(value or ())

    def principal(
        self, name: str, table: Any, where: str, others: tuple[str, ...] = ()
    ) -> Principal:
        role = self.text(table, "role", where)
        self.known(table, ("role", "tenants", *others), f"{where}.")
        if role not in ROLES:
            self.refuse(f"{where}.role {role} must be one of {', '.join(ROLES)}")
        tenants = frozenset(self.texts(table, "tenants", where)) if "tenants" in table else None
        if tenants is not None and not tenants:
            self.refuse(f"{where}.tenants is empty; leave it out for all tenants")
        return Principal(name, role, tenants)

    def proxy(self, table: dict[str, Any]) -> tuple[str, frozenset[str]]:
        if not table:
            return "", frozenset()
        self.known(table, ("header", "from"), "proxy.")
        addresses = self.texts(table, "from", "proxy")
        for address in addresses:
            try:
                ipaddress.ip_address(address)
            except ValueError:
                self.refuse(f"proxy.from: {address} is not an IP address")
        return self.text(table, "header", "proxy"), frozenset(addresses)

    def names(self, found: dict[str, Any]) -> frozenset[str]:
        table = self.table(found, "site")
        self.known(table, ("names",), "site.")
        return (
            frozenset(map(str.lower, self.texts(table, "names", "site"))) if table else frozenset()
        )

    def secret(self, found: dict[str, Any]) -> str:
        table = self.table(found, "cluster")
        self.known(table, ("secret",), "cluster.")
        if not table:
            return ""
        secret = self.text(table, "secret", "cluster")
        if len(secret) < MIN_SECRET_CHARACTERS:
            self.refuse(f"cluster.secret must have at least {MIN_SECRET_CHARACTERS} characters")
        return secret
