"""Extortion."""

from __future__ import annotations

from detection_stream.demo.attacks.actors import anybody, forger
from detection_stream.demo.clock import ATTACK
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation.draft import Draft
from detection_stream.simulation.grammar import Grammar

THREAT = Grammar(
    {
        "subject": (
            "I know your secret",
            "Your privacy",
            "Read this carefully",
            "Pending payment from your side",
            "{address}",
            "Your data is in our hands",
            "Last warning",
            "About your recordings",
        ),
        "claim": (
            "Some weeks ago I put a program on your computer and have watched you since.",
            "I have had access to your camera, contacts and messages for {number} days.",
            "While you visited adult sites I recorded you through your own camera.",
            "Your password {secret} is known to me, and so is much more.",
        ),
        "proof": (
            "All your contacts are copied, family and colleagues.",
            "The recordings are stored in {small} places.",
            "Check the sender of this message if you doubt what I can do.",
            "I also read your chats and know whom they would hurt.",
        ),
        "company_claim": (
            "We have copied {number}00 gigabytes from the servers of {domain}.",
            "Your network will be flooded from {weekday} on until you pay.",
            "Customer records of {domain} go to the press unless you answer.",
        ),
        "price": (
            "Send {number}00 dollars in bitcoin to {wallet}.",
            "The price is 0.{number} BTC, payable to {wallet}.",
            "Transfer bitcoin worth {number}00 euros to this wallet: {wallet}",
        ),
        "clock_runs": (
            "You have {number} hours.",
            "The clock started when you opened this.",
            "After {small} days everybody you know gets the video.",
            "Going to the police is pointless, I cannot be traced.",
            "Once I have the money everything is deleted.",
        ),
    },
    COMMON,
)


def _wallet(world: World) -> str:
    return f"bc1q{world.dice.hex(12)}{world.dice.hex(12)}{world.dice.hex(10)}"


def recording(world: World) -> Draft:
    """A claim of compromising pictures; some forge the reader's own address as proof."""
    dice = world.dice
    reader = world.colleague().mailbox
    author = forger(reader, dice) if dice.chance(0.3) else anybody(dice)
    body = [
        THREAT.say("claim", dice, secret=dice.hex(8)),
        THREAT.say("proof", dice),
        THREAT.say("price", dice, wallet=_wallet(world)),
        f"{THREAT.say('clock_runs', dice)} {THREAT.say('clock_runs', dice)}",
    ]
    return Draft(author, [reader], THREAT.say("subject", dice, address=reader.address), body)


def stolen_data(world: World) -> Draft:
    """A claim of stolen files or a coming attack."""
    dice = world.dice
    reader = world.colleague("IT", "Executive", "Customer Care").mailbox
    author = anybody(dice)
    body = [
        THREAT.say("company_claim", dice, domain=reader.domain),
        f"{THREAT.say('price', dice, wallet=_wallet(world))} {THREAT.say('clock_runs', dice)}",
    ]
    return Draft(author, [reader], THREAT.say("subject", dice, address=reader.domain), body)


SCENARIOS = (
    Scenario("extortion_recording", "extortion", 1.1, recording, ATTACK),
    Scenario("extortion_stolen_data", "extortion", 0.4, stolen_data, ATTACK),
)
