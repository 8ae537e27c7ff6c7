"""One message: the decision, the reasons, and the mail as plain text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from detection_stream.decision.telling import told
from detection_stream.detectors.registry import DetectorSet
from detection_stream.signals.registry import all_signals
from detection_stream.web.index.schema import conversation_of
from detection_stream.web.members import queries as q
from detection_stream.web.view import Parameters, Result, Visit, newest_verdicts, view
from detection_stream.web.views.entities import Uid

MAX_RELATED = 8
"""Messages in References that are looked up."""


class MessageParameters(Parameters):
    """A uid, as in verdicts."""

    uid: Uid


class SignalValue(Struct):
    """A signal with its usual range; ``used`` if a fired detector read it."""

    name: str
    level: str
    type: str
    description: str
    value: float
    used: bool
    usual: q.Usual | None


class Opinion(Struct):
    """A detector's score, as it was then; its texts are from the current one, if any.

    ``signals`` are what it read, ``hit`` says whether the score reached its threshold.
    """

    id: str
    form: str
    name: str
    description: str
    attack_type: str
    severity: str
    score: float
    hit: bool
    signals: list[str]


class VerdictDetails(Result):
    """``revisions`` are verdicts as written, oldest first; the last one is valid.

    ``why`` are the facts for and against harm, with the log-odds that each adds.
    ``attribution`` is None once it has expired. ``fired`` are the detectors that counted,
    ``shadow`` those that did not.
    """

    uid: str
    sentence: str
    verdict: dict[str, Any]
    revisions: list[dict[str, Any]]
    attribution: dict[str, Any] | None
    why: list[dict[str, Any]]
    fired: list[Opinion]
    shadow: list[Opinion]
    signals: list[SignalValue]
    same_sender: list[q.VerdictRow]
    same_conversation: list[q.VerdictRow]


@view("/verdicts/{uid}", "message.html", MessageParameters, VerdictDetails, reads="read verdict")
async def message(visit: Visit, asked: MessageParameters) -> VerdictDetails:
    """The decision about a message, with signals, detectors, revisions, related messages."""
    answers = await visit.ask(q.MessageVerdicts(asked.uid), q.MessageVerdictsAnswer)
    found = max(answers, key=lambda answer: len(answer.revisions), default=None)
    if found is None or not found.revisions or not visit.who.sees(found.revisions[-1]["tenant"]):
        raise visit.missing(f"no verdict for message {asked.uid}")
    verdict = found.revisions[-1]
    attribution = found.attribution or {}
    fired = _opinions(attribution.get("detectors", ()), visit.detectors)
    tenant = [verdict["tenant"]]
    sender = q.VerdictFilter(tenants=tenant, sender=verdict["sender"])
    conversation = conversation_of(verdict["tenant"], verdict["subject"])
    thread = q.VerdictFilter(tenants=tenant, conversation=conversation)
    same_sender, same_conversation = await asyncio.gather(
        _others(visit, sender if verdict["sender"] else None, asked.uid),
        _others(visit, thread if conversation else None, asked.uid),
    )
    return VerdictDetails(
        uid=asked.uid,
        sentence=sentence(verdict, fired),
        verdict=verdict,
        revisions=found.revisions,
        attribution=found.attribution,
        why=_why(attribution.get("reasons")),
        fired=fired,
        shadow=_opinions(attribution.get("shadow", ()), visit.detectors),
        signals=_signals(found, fired),
        same_sender=same_sender,
        same_conversation=same_conversation,
    )


async def _others(visit: Visit, wanted: q.VerdictFilter | None, uid: str) -> list[q.VerdictRow]:
    if wanted is None:
        return []
    rows = await newest_verdicts(visit, wanted, MAX_RELATED + 1)
    return [row for row in rows if row.uid != uid][:MAX_RELATED]


def _why(reasons: dict[str, Any] | None) -> list[dict[str, Any]]:
    if not reasons:
        return []
    decisive = set(reasons["decisive"])
    facts = [
        {
            "text": told(fact),
            "adds": fact["adds"],
            "decisive": bool(decisive.intersection(fact["inputs"])),
        }
        for fact in reasons["facts"]
    ]
    rest = {"text": "everything else", "adds": reasons["rest"], "decisive": False}
    return [{"text": "any message", "adds": reasons["base"], "decisive": False}, *facts, rest]


def _opinions(attributed: Iterable[dict[str, Any]], detectors: DetectorSet) -> list[Opinion]:
    found = []
    for one in attributed:
        known = detectors.by_id.get(one["id"])
        found.append(
            Opinion(
                one["id"],
                one["form"],
                known.name if known else one["id"],
                known.description if known else "",
                one["attack_type"],
                one["severity"],
                one["score"],
                one["hit"],
                one["signals"],
            )
        )
    return sorted(found, key=lambda one: -one.score)


def _signals(found: q.MessageVerdictsAnswer, fired: list[Opinion]) -> list[SignalValue]:
    values = (found.attribution or {}).get("signals", {})
    used = {name for one in fired for name in one.signals}
    return [
        SignalValue(
            signal.name,
            signal.level,
            signal.type,
            signal.description,
            values[signal.name],
            signal.name in used,
            found.usual.get(signal.name),
        )
        for signal in all_signals()
        if signal.name in values
    ]


def sentence(verdict: dict[str, Any], fired: list[Opinion]) -> str:
    """The decision in one sentence."""
    kind = (verdict["attack_type"] or "").replace("_", " ")
    of_kind = f" ({kind})" if kind and kind != verdict["verdict"] else ""
    text = f"{verdict['verdict'].capitalize()}{of_kind} with a score of {verdict['score']:.2f}"
    names = [one.name for one in fired if one.hit]
    if names:
        also = f" and {len(names) - 2} more" if len(names) > 2 else ""
        listed = ", ".join(f"“{name}”" for name in names[:2])
        plural = "s" if len(names) > 1 else ""
        text += f", because of the detector{plural} {listed}{also}"
    elif verdict["detectors"]:
        text += f", because of {', '.join(verdict['detectors'][:3])}"
    else:
        text += ": no detector fired"
    if verdict["missing_levels"]:
        text += f"; decided without {', '.join(verdict['missing_levels'])}, which arrived too late"
    if verdict.get("tenant_status") == "learning":
        text += "; the tenant is still learning, so take no action on it"
    return f"{text}."


class MailText(Result):
    """``mail`` is None if the message is not available; ``reason`` says why.

    ``references`` are verdicts on the messages it replies to.
    """

    uid: str
    mail: q.Mail | None
    reason: str
    references: list[q.VerdictRow]


@view("/verdicts/{uid}/mail", "mail.html", MessageParameters, MailText, reads="read mail")
async def mail(visit: Visit, asked: MessageParameters) -> MailText:
    """Headers and text of a message as safe plain text."""
    query = q.MessageVerdicts(asked.uid, attributed=False)
    decided = await visit.ask(query, q.MessageVerdictsAnswer)
    verdicts = [revision for answer in decided for revision in answer.revisions]
    if not verdicts or not visit.who.sees(verdicts[0]["tenant"]):
        raise visit.missing(f"no verdict for message {asked.uid}")
    answers = await visit.ask(q.Raw(asked.uid), q.RawAnswer)
    found = next((answer for answer in answers if answer.origin), None)
    reason = found.reason if found else "the message has expired"
    shown = found.mail if found else None
    names = shown.references if shown else []
    answered = q.VerdictFilter(tenants=[verdicts[0]["tenant"]], message_ids=names)
    references = await _others(visit, answered if names else None, asked.uid)
    return MailText(uid=asked.uid, mail=shown, reason=reason, references=references)
