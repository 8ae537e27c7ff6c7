"""What an engine knows about an organisation besides its mail: domains and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from typing import Any

import orjson

from detection_stream.errors import MessageError
from detection_stream.model.reception import UNKNOWN_RECEPTION, Reception, reception_of

STATUSES = ("learning", "active")
"""``learning``: baselines are still being built, so do not act on verdicts yet."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores (0 to 1) at which a message gets each verdict.

    ``malicious``: certain enough to block. ``suspicious``: needs a look. ``spam``: score of spam
    detectors. ``graymail``: score of bulk mail from which it counts as graymail rather than safe.
    """

    malicious: float = 0.85
    suspicious: float = 0.5
    spam: float = 0.5
    graymail: float = 0.1


@dataclass(frozen=True, slots=True)
class TenantPolicy:
    """How a tenant's messages are decided; ``muted`` detectors are ignored.

    ``model`` is the version of its decision model, empty for the general one.
    """

    status: str = "active"
    thresholds: Thresholds = Thresholds()
    muted: tuple[str, ...] = ()
    model: str = ""

    def encode(self) -> str:
        """Encode as JSON, without defaults; empty if all are defaults."""
        usual = asdict(TenantPolicy())
        found = {name: value for name, value in asdict(self).items() if value != usual[name]}
        return orjson.dumps(found).decode() if found else ""

    @staticmethod
    @lru_cache(maxsize=4_096)
    def decode(text: str) -> TenantPolicy:
        """Decode the output of ``encode``.

        Raises:
            MessageError: it is not a policy.
        """
        return _policy(orjson.loads(text)) if text else TenantPolicy()


@dataclass(frozen=True, slots=True)
class TenantProfile:
    """The profile of a tenant; a record of ``messages.raw`` with format ``tenant``.

    ``model`` is the packed decision model of the version that the policy names, empty for none.
    ``learnt`` holds the basis of the choices, for display.
    """

    tenant: str
    own_domains: frozenset[str] = frozenset()
    policy: TenantPolicy = TenantPolicy()
    reception: Reception = UNKNOWN_RECEPTION
    model: str = ""
    learnt: Mapping[str, Any] = field(default_factory=dict)

    def record(self) -> bytes:
        """As a record."""
        described = {
            "tenant": self.tenant,
            "own_domains": sorted(self.own_domains),
            "policy": asdict(self.policy),
            "reception": self.reception.described(),
            "model": self.model,
            "learnt": self.learnt,
        }
        return orjson.dumps(described)

    @classmethod
    def decode(cls, value: bytes) -> TenantProfile:
        """From a record.

        Raises:
            MessageError: it is not a profile.
        """
        try:
            found = orjson.loads(value)
            domains = frozenset(domain.lower() for domain in _words(found["own_domains"]))
            return cls(
                str(found["tenant"]),
                domains,
                _policy(found.get("policy", {})),
                reception_of(found.get("reception", {})),
                str(found.get("model", "")),
                dict(found.get("learnt", {})),
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise MessageError(f"not a tenant profile: {error!r}") from error


def _words(found: Any) -> list[str]:
    if not isinstance(found, list) or not all(
        isinstance(word, str) and word and "," not in word for word in found
    ):
        raise ValueError(f"not a list of words: {found!r}")
    return found


def _policy(found: Mapping[str, Any]) -> TenantPolicy:
    try:
        given = {name: float(score) for name, score in found.get("thresholds", {}).items()}
        thresholds = Thresholds(**given)
        status = found.get("status", "active")
        muted = tuple(_words(found.get("muted", [])))
        model = str(found.get("model", ""))
    except (TypeError, ValueError, AttributeError) as error:
        raise MessageError(f"not a tenant policy: {error!r}") from error
    if status not in STATUSES:
        raise MessageError(f"not a tenant policy: the status {status!r} is not one of {STATUSES}")
    for item in fields(thresholds):
        if not 0.0 < getattr(thresholds, item.name) <= 1.0:
            raise MessageError(
                f"not a tenant policy: the {item.name} threshold is not within 0 to 1"
            )
    if thresholds.malicious < thresholds.suspicious:
        raise MessageError("not a tenant policy: malicious threshold below the suspicious one")
    return TenantPolicy(status, thresholds, muted, model)
