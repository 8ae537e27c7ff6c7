"""Advance-fee fraud."""

from __future__ import annotations

from detection_stream.demo.attacks.actors import anybody
from detection_stream.demo.clock import ATTACK
from detection_stream.demo.organisation import private_mailbox
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation.draft import Draft
from detection_stream.simulation.grammar import Grammar
from detection_stream.simulation.strangers import full_name

FORTUNE = Grammar(
    {
        "subject": (
            "Confidential proposal",
            "Your compensation fund",
            "From the desk of {who}",
            "Estate without heirs",
            "Donation",
            "Dear beneficiary",
            "Partnership",
            "Winning notification {reference}",
            "Re: your unclaimed funds",
        ),
        "origin": (
            "I am {who}, an officer of a bank whose client died without relatives.",
            "My name is {who}. My doctors give me {small} months, and I want my wealth to do good.",
            "Your address was drawn in our international promotion.",
            "I represent an investor who looks for a trustworthy person abroad.",
            "As a soldier abroad I have come into possession of a chest of money.",
            "The compensation committee has approved your file {reference}.",
        ),
        "sum": (
            "The sum is {number} million dollars, of which {percent} percent would be yours.",
            "You have been chosen to receive {number},500,000 pounds.",
            "It concerns {number} million euros in a dormant account.",
        ),
        "wish": (
            "Send me your full name, address and telephone number so that I can begin.",
            "Only a small handling fee stands between you and the transfer.",
            "Treat this with the utmost discretion and reply to my private address.",
            "A copy of your passport is enough to start.",
            "God bless you as you answer soon.",
        ),
    },
    COMMON,
)


def fortune(world: World) -> Draft:
    """A stranger with millions; replies often go to another mailbox."""
    dice = world.dice
    author = anybody(dice)
    who = author.mailbox.name
    body = [
        dice.pick(
            ("Dear friend,", "Greetings,", "Attention,", "Dear sir or madam,", "Hello dear,")
        ),
        f"{FORTUNE.say('origin', dice, who=who)} {FORTUNE.say('sum', dice)}",
        f"{FORTUNE.say('wish', dice)} {FORTUNE.say('wish', dice)}",
        f"{FORTUNE.say('closing', dice)}\n{who}",
    ]
    reader = world.colleague().mailbox
    reply_to = private_mailbox(full_name(dice), dice).mailbox if dice.chance(0.5) else None
    subject = FORTUNE.say("subject", dice, who=who)
    return Draft(author, [reader], subject, body, reply_to=reply_to)


SCENARIOS = (Scenario("fortune", "advance_fee", 2.0, fortune, ATTACK),)
