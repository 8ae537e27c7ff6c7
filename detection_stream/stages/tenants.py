"""The content stage's tenants: profiles from its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from detection_stream.decision.decision_model import unpack_model
from detection_stream.errors import MessageError, RuleError
from detection_stream.model.batch import Rows
from detection_stream.model.signature import OperatorKeys
from detection_stream.model.tenant import TenantProfile
from detection_stream.runtime.stage import Rejected
from detection_stream.state.database import Database
from detection_stream.state.description import TableDescription
from detection_stream.state.partition import Transaction, table_family

TABLE, PROFILES = "tenants", "profiles"
TABLES = {
    TABLE: TableDescription("a tenant", "own domains and policy of a tenant", "for good"),
    PROFILES: TableDescription("a tenant", "what onboarding learnt about a tenant", "for good"),
}
"""Tables of each tenant's policy, and of its whole profile for display."""

_Headers = Mapping[str, bytes]


class TenantModel(NamedTuple):
    """A packed decision model that a profile at an offset brought along."""

    offset: int
    tenant: str
    version: str
    packed: str


class ProfiledRecords(NamedTuple):
    """Records completed from their tenants' profiles.

    ``policies`` has the policy of each record (partition and offset) whose tenant has one,
    ``models`` those that came with profiles.
    """

    rows: Rows
    policies: dict[tuple[int, int], str]
    models: list[TenantModel]


def with_profiles(rows: Rows, transaction: Transaction, keys: OperatorKeys) -> ProfiledRecords:
    """Apply to each record the profiles before it, and keep the new ones.

    Raises:
        Rejected: a record of format ``tenant`` is not a profile, or no key has signed it.
    """
    headers: list[_Headers] = rows["headers"]
    tenants = list({found["tenant"] for found in headers if "tenant" in found})
    stored = dict(zip(tenants, transaction.get(TABLE, tenants), strict=True))
    coming = any(found.get("format") == b"tenant" for found in headers)
    if not coming and not any(stored.values()):
        return ProfiledRecords(rows, {}, [])
    said = {tenant: _said(value) for tenant, value in stored.items() if value is not None}
    policies: dict[tuple[int, int], str] = {}
    models: list[TenantModel] = []
    completed: list[_Headers] = []
    for offset, found, value in zip(rows["offset"].tolist(), headers, rows["value"], strict=True):
        tenant = found.get("tenant", b"")
        if found.get("format") == b"tenant":
            if problem := keys.problem(found, value):
                raise Rejected(f"a tenant profile does not count: {problem}", "decode")
            profile = _profile(tenant, value)
            short = replace(profile, learnt={}, model="").record()
            if profile.model:
                version = profile.policy.model
                models.append(TenantModel(offset, profile.tenant, version, profile.model))
            said[tenant] = _said(short)
            transaction.put(TABLE, {tenant: short})
            transaction.put(PROFILES, {tenant: value})
            transaction.progress.count("profiles")
        own_domains, policy, reception = said.get(tenant, (frozenset(), "", b""))
        completed.append(_completed(found, own_domains, reception))
        if policy:
            policies[transaction.partition, offset] = policy
    return ProfiledRecords(
        Rows(len(rows), {**rows.columns, "headers": completed}), policies, models
    )


@lru_cache(maxsize=4_096)
def _said(value: bytes) -> tuple[frozenset[str], str, bytes]:
    """Own domains, encoded policy and encoded reception of a stored profile."""
    profile = TenantProfile.decode(value)
    return profile.own_domains, profile.policy.encode(), profile.reception.encode().encode()


def _profile(tenant: bytes, value: bytes) -> TenantProfile:
    try:
        profile = TenantProfile.decode(value)
    except MessageError as error:
        raise Rejected(str(error), "decode") from error
    if profile.tenant.encode() != tenant:
        raise Rejected(f"the profile is for another tenant, {profile.tenant!r}", "decode")
    if profile.model:
        _check_model(profile)
    return profile


def _check_model(profile: TenantProfile) -> None:
    try:
        version = unpack_model(profile.model).version
    except RuleError as error:
        raise Rejected(f"the profile's model: {error}", "decode") from error
    if version != profile.policy.model:
        raise Rejected(
            f"the profile's model is {version}, but its policy names {profile.policy.model}",
            "decode",
        )


def _completed(headers: _Headers, own_domains: frozenset[str], reception: bytes) -> _Headers:
    changes: dict[str, bytes] = {}
    given = frozenset(headers.get("own_domains", b"").decode("utf-8", "replace").split(","))
    if not own_domains <= given:
        changes["own_domains"] = ",".join(sorted((given | own_domains) - {""})).encode()
    if reception and headers.get("reception") != reception:
        changes["reception"] = reception
    return {**headers, **changes} if changes else headers


def stored_profiles(database: Database) -> dict[str, TenantProfile]:
    """Tenant profiles in an embedded engine's directory, by name."""
    name = table_family("content", PROFILES, 0)
    if name not in database.names:
        return {}
    found = database.family(name).items()
    return {tenant.decode(): TenantProfile.decode(value) for tenant, value in found}
