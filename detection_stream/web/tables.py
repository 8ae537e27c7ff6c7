"""What the state tables are, in plain words."""

from __future__ import annotations

from typing import NamedTuple

from detection_stream.profiles.kinds import PROFILES
from detection_stream.stages.content import SEEN_MESSAGES


class Description(NamedTuple):
    """A table; ``key`` says what its rows are of, ``kept`` for how long."""

    key: str
    text: str
    kept: str


_KINDS = {
    "address": ("an address", "how an address writes and is written to"),
    "pair": ("two addresses", "how often two addresses write to each other, and which of them"),
    "domain": ("a registrable domain", "mail that comes from a domain outside, and goes to it"),
    "link_host": ("a domain in links", "how often, and to how many people, links lead to a domain"),
    "name": ("a display name", "which addresses go by a display name"),
    "thread": ("a Message-ID", "messages that answers can be told by"),
}

DESCRIPTIONS: dict[str, Description] = {
    kind: Description(key, text, f"{PROFILES[kind].keep_days} days after it was last seen")
    for kind, (key, text) in _KINDS.items()
} | {
    "seen": Description(
        "a message (uid)",
        "where each message stands in the raw topic, so that repeats are known",
        f"{SEEN_MESSAGES:,} records of its partition",
    ),
    "tenants": Description("a tenant", "own domains and policy of a tenant", "for good"),
    "profiles": Description("a tenant", "what onboarding has learnt of a tenant", "for good"),
    "waiting": Description(
        "a message (partition/offset)",
        "messages that wait for rows of a level",
        "until they are decided, an hour for rows that are late",
    ),
    "writing": Description("the stage", "from where on this state writes verdicts", "for good"),
}
"""Every table of every stage."""
