"""Onboards a tenant: learns about it, runs its history in isolation, and sets its policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from detection_stream.errors import InputError
from detection_stream.evaluation.labels import Label
from detection_stream.export.pairs import stored_pairs
from detection_stream.model.message import Message
from detection_stream.model.person import Person
from detection_stream.model.reception import Reception
from detection_stream.model.tenant import TenantPolicy, TenantProfile, Thresholds
from detection_stream.onboarding import maturity, thresholds
from detection_stream.onboarding.adapt import MIN_MESSAGES, Adaptation, Adapted, Workshop, adapt
from detection_stream.onboarding.history import MailHistory
from detection_stream.onboarding.languages import find_languages
from detection_stream.onboarding.learnt import Judged, Learner
from detection_stream.onboarding.maturity import Criterion
from detection_stream.onboarding.own_domains import find_own_domains
from detection_stream.onboarding.reception import find_reception
from detection_stream.reporting import ReportFeed
from detection_stream.runtime.embedded.recorded import RecordedDirectory

MAX_SAMPLE_MESSAGES = 5_000
"""Sample size for finding own domains, languages and reception."""
MAX_LISTED = 500
"""Maximum people, vendors and bulk senders each in a profile, which is a single record."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Manual choices; None leaves a choice to the history.

    ``target`` is the share of harmless messages (0 to 1) allowed to alert. ``labels`` are by uid
    or Message-ID; messages labelled as attacks are not counted as false alerts. ``reception``
    has values by fields of :class:`Reception`.
    """

    target: float
    own_domains: frozenset[str] | None = None
    people: list[Person] | None = None
    thresholds: dict[str, float] | None = None
    muted: tuple[str, ...] = ()
    status: str | None = None
    labels: Mapping[str, Label] | None = None
    reception: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Onboarded:
    """The result of onboarding.

    ``learning`` is the profile for the history, ``profile`` the one that applies from ``since``
    (milliseconds since 1970) on. The tenant is ready if it passes all ``checks``.
    """

    learning: TenantProfile
    profile: TenantProfile
    since: int
    people: list[Person]
    checks: list[Criterion]

    @property
    def ready(self) -> bool:
        """Whether the history is long and calm enough."""
        return all(check.holds for check in self.checks)


async def learn(
    tenant: str,
    history: MailHistory,
    wishes: Wishes,
    directory: Path,
    progress: ReportFeed,
    workshop: Workshop | None = None,
) -> Onboarded:
    """Learn a tenant from its history, which is run in ``directory``; nothing live is touched.

    With a ``workshop``, a decision model is trained for it, unless there is too little history.

    Raises:
        InputError: there is no mail, or the own domains cannot be determined.
    """
    sample = list(history.sample(MAX_SAMPLE_MESSAGES))
    domains = _own_domains(tenant, sample, wishes)
    reception = _reception(sample, frozenset(domains), wishes.reception or {})
    languages = find_languages(sample)
    del sample
    given = Thresholds(**(wishes.thresholds or {}))
    policy = TenantPolicy("learning", given, wishes.muted)
    learning = TenantProfile(tenant, frozenset(domains), policy, reception)
    await history.run(directory, learning, wishes.people or [], progress)
    learner = Learner()
    with RecordedDirectory(directory) as recorded:
        for verdict, attribution in stored_pairs(recorded):
            if verdict["tenant"] == tenant:
                learner.take(verdict, attribution)
    adapted = None
    if workshop is not None and len(learner.judged) >= MIN_MESSAGES:
        people = learner.people() if wishes.people is None else wishes.people
        material = Adaptation(
            history.messages, learning, people, languages, wishes.labels or {}, wishes.target,
            directory.with_name(f"{directory.name}-simulated"),
        )  # fmt: skip
        adapted = await adapt(material, workshop, progress)
        learner.judge_again(adapted.scores)
    return _decide(learning, wishes, learner, adapted, domains, languages)


def _own_domains(tenant: str, messages: list[Message], wishes: Wishes) -> dict[str, float]:
    found = find_own_domains(messages)
    if wishes.own_domains is not None:
        return {domain: found.get(domain, 0.0) for domain in sorted(wishes.own_domains)}
    if not found:
        raise InputError(
            f"{tenant}: no domain appears in half of the mail, so the own domains cannot "
            "be determined; pass them as --own-domain DOMAIN"
        )
    return found


def _reception(
    sample: list[Message], own_domains: frozenset[str], given: Mapping[str, Any]
) -> Reception:
    found = find_reception(sample, own_domains, given.get("authserv_ids"))
    return replace(found, **given)


def _decide(
    learning: TenantProfile,
    wishes: Wishes,
    learner: Learner,
    adapted: Adapted | None,
    domains: dict[str, float],
    languages: dict[str, float],
) -> Onboarded:
    judged = sorted(learner.judged.values(), key=lambda one: (one.at, one.uid))
    if not judged:
        raise InputError(f"{learning.tenant}: none of the mail could be read")
    late = maturity.settled(judged)
    given = wishes.thresholds or {}
    chosen = thresholds.choose(
        [one.score for one in late],
        [_attack(one, wishes.labels or {}) for one in late],
        wishes.target,
        given.get("suspicious"),
        given.get("malicious", 1.0),
    )
    malicious = max(Thresholds().malicious, chosen.suspicious)
    decided = replace(
        Thresholds(), **{"suspicious": chosen.suspicious, "malicious": malicious, **given}
    )
    checks = maturity.checks(judged, chosen, wishes.target)
    status = wishes.status or ("active" if all(check.holds for check in checks) else "learning")
    people = learner.people() if wishes.people is None else wishes.people
    learnt: dict[str, Any] = {
        "own_domains": domains,
        "languages": languages,
        "hours": learner.hours(),
        **_listed("people", [asdict(person) for person in people]),
        **_listed("vendors", learner.vendors(learning.own_domains)),
        **_listed("bulk_senders", learner.bulk_senders(learning.own_domains)),
        "messages": len(judged),
        "first": judged[0].at,
        "last": judged[-1].at,
        "harmless": chosen.harmless,
        "presumed_attacks": chosen.presumed_attacks,
        "target_alert_rate": wishes.target,
        "alert_rate": chosen.rate,
        "usual_alert_rate": chosen.usual_rate,
        "loudest_detectors": maturity.loudest(late, thresholds.USUAL.suspicious),
        "checks": [{**asdict(check), "holds": check.holds} for check in checks],
        "given": _given(wishes),
        **({"model": _described(adapted)} if adapted else {}),
    }
    version = adapted.model.version if adapted else ""
    policy = TenantPolicy(status, decided, wishes.muted, version)
    packed = adapted.model.packed() if adapted else ""
    profile = replace(learning, policy=policy, model=packed, learnt=learnt)
    return Onboarded(learning, profile, judged[-1].at + 1, people, checks)


def _attack(judged: Judged, labels: Mapping[str, Label]) -> bool | None:
    label = labels.get(judged.uid) or labels.get(judged.message_id)
    return None if label is None else not label.is_harmless


def _described(adapted: Adapted) -> dict[str, Any]:
    """The tenant's model for people: what it is expected to find, and its card."""
    return {
        "version": adapted.model.version,
        "expected": dict(adapted.found),
        "card": dict(adapted.model.card),
    }


def _listed(name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: found[:MAX_LISTED], f"{name}_count": len(found)}


def _given(wishes: Wishes) -> list[str]:
    """The manual choices; all others come from the history."""
    asked = {
        "own_domains": wishes.own_domains is not None,
        "people": wishes.people is not None,
        "status": wishes.status is not None,
        "muted": bool(wishes.muted),
        **{f"thresholds.{name}": True for name in wishes.thresholds or {}},
        **{f"reception.{name}": True for name in wishes.reception or {}},
    }
    return [name for name, given in asked.items() if given]
