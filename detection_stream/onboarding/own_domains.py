"""Finds an organisation's own domains in a sample of its mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from detection_stream.model.message import Message
from detection_stream.parsing.domains import registrable
from detection_stream.signals.lists import names

MIN_MAIN_SHARE = 0.5
"""Minimum share of messages from or to the first own domain."""
MIN_FURTHER_SHARE = 0.01
"""Minimum share of messages explained only by an additional own domain."""
MIN_FURTHER_SENDERS = 3
"""Minimum distinct senders of an additional own domain: a list or shop has fewer."""


def find_own_domains(messages: Iterable[Message]) -> dict[str, float]:
    """Own registrable domains, each with the share of messages (0 to 1) that it explained.

    Every message of an organisation is from it or to it. So the first own domain is the one that
    most messages have in common; an additional one must explain messages the others do not, as
    recipient, and people must write from it. Free-mail domains are never an organisation's.
    Returns nothing if no domain appears in half of the mail.
    """
    parties: list[tuple[frozenset[str], frozenset[str]]] = []
    writers: dict[str, set[str]] = {}
    for message in messages:
        mailboxes = (*message.to, *message.cc, *message.bcc)
        recipients = frozenset(registrable(box.domain) for box in mailboxes if box.domain)
        sender = registrable(message.sender.domain)
        if sender:
            writers.setdefault(sender, set()).add(message.sender.address)
        parties.append((recipients | {sender}, recipients))
    total = len(parties)
    found: dict[str, float] = {}
    while parties:
        first = not found
        counts = Counter(
            domain
            for everyone, recipients in parties
            for domain in (everyone if first else recipients)
        )
        wanted = total * (MIN_MAIN_SHARE if first else MIN_FURTHER_SHARE)
        candidates = [
            domain
            for domain, count in counts.items()
            if count >= wanted
            and domain
            and domain not in names("freemail")
            and (first or len(writers.get(domain, ())) >= MIN_FURTHER_SENDERS)
        ]
        if not candidates:
            break
        best = max(candidates, key=lambda domain: (counts[domain], domain))
        explained = sum(best in everyone for everyone, _ in parties)
        found[best] = explained / total
        parties = [party for party in parties if best not in party[0]]
    return found
