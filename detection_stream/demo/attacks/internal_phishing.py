"""Phishing from a compromised internal account."""

from __future__ import annotations

from dataclasses import dataclass

from detection_stream.demo.attacks.actors import landing_page
from detection_stream.demo.clock import TARGETED_ATTACK
from detection_stream.demo.letters import letter
from detection_stream.demo.organisation import Colleague
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation.draft import Draft, LinkParagraph, Paragraph
from detection_stream.simulation.files import pdf
from detection_stream.simulation.grammar import Grammar

ABUSE = Grammar(
    {
        "subject": (
            "Shared with you: {project}",
            "Please review {soon}",
            "Document",
            "Important - all staff",
            "{month} figures",
            "Updated contact list",
            "New mail portal",
            "Payment advice {reference}",
        ),
        "text": (
            "I have put {project} online for you, sign in with your mail account to see it.",
            "Please read and confirm {soon}.",
            "The mail portal is moving. Everybody has to log on once with the link below.",
            "Here is the file that I mentioned. It asks for your password because it is protected.",
            "As discussed, the {month} figures. {thanks}",
            "Kindly open the document and tell me what you think.",
        ),
        "link": ("Open", "View document", "Log on", "Portal", "{month}.xlsx"),
    },
    COMMON,
)


@dataclass(frozen=True, slots=True)
class _Takeover:
    victim: Colleague
    url: str
    subject: str
    text: str


def _takeover(world: World) -> _Takeover:
    dice = world.dice
    return _Takeover(
        world.colleague(),
        landing_page(dice, "sharepoint.com"),
        ABUSE.say("subject", dice),
        ABUSE.say("text", dice),
    )


def burst(world: World) -> Draft:
    """The same link to many colleagues, far beyond the victim's usual circle."""
    dice = world.dice
    takeover = world.wave("internal phishing", lambda: _takeover(world), longest=8)
    readers = [
        one.mailbox
        for one in dice.sample(world.present, dice.favour((1, 3, 8, 20, 40)))
        if one is not takeover.victim
    ] or [world.executive().mailbox]
    paragraphs: tuple[Paragraph, ...] = (
        takeover.text,
        LinkParagraph(takeover.url, ABUSE.say("link", dice)),
    )
    body = letter(world, takeover.victim, None, *paragraphs)
    files = [pdf("document", dice)] if dice.chance(0.1) else []
    return Draft(takeover.victim, readers, takeover.subject, body, files=files)


SCENARIOS = (Scenario("internal_burst", "internal_phishing", 2.0, burst, TARGETED_ATTACK),)
