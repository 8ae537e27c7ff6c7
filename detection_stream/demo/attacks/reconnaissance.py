"""Short openers that only want a reply."""

from __future__ import annotations

from detection_stream.demo.attacks.actors import anybody, impostor_of_executive
from detection_stream.demo.clock import TARGETED_ATTACK
from detection_stream.demo.letters import letter
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation.draft import Draft
from detection_stream.simulation.grammar import Grammar

OPENERS = Grammar(
    {
        "subject": (
            "Hello",
            "Are you there?",
            "Task",
            "{reader}",
            "Quick question",
            "Urgent",
            "Available?",
            "Request",
            "Follow up",
            "Re: call",
        ),
        "opener": (
            "Are you at your desk?",
            "Do you have a moment? I need something done {soon}.",
            "Let me have your mobile number, I need you to run a task.",
            "Are you in the office today?",
            "Can you handle something for me discreetly?",
            "Please answer as soon as you see this.",
            "Got a minute? I cannot talk, reply by mail.",
            "What is our balance this morning?",
            "Who takes care of payments while {absent} is away?",
        ),
        "probe_subject": ("Test", "Contact", "Accounts department", "Supplier query", "Hello"),
        "probe": (
            "Who is in charge of supplier payments at your company?",
            "Is {name} still working with you? My messages come back.",
            "Please confirm that this mailbox is in use.",
            "Could you give me the direct contact of your accounts department?",
        ),
    },
    COMMON,
)


def desk_check(world: World) -> Draft:
    """An executive supposedly asks whether somebody is there."""
    dice = world.dice
    author, _ = impostor_of_executive(world)
    reader = world.colleague()
    absent = world.colleague("Finance").first
    body = letter(world, author, reader.mailbox, OPENERS.say("opener", dice, absent=absent))
    subject = OPENERS.say("subject", dice, reader=reader.first)
    return Draft(author, [reader.mailbox], subject, body)


def mailbox_probe(world: World) -> Draft:
    """A stranger finds out who is who."""
    dice = world.dice
    author = anybody(dice)
    reader = world.colleague("Finance", "Customer Care", "Procurement")
    text = OPENERS.say("probe", dice, name=world.colleague("Finance").mailbox.name)
    body = letter(world, author, reader.mailbox, text)
    return Draft(author, [reader.mailbox], OPENERS.say("probe_subject", dice), body)


SCENARIOS = (
    Scenario("desk_check", "reconnaissance", 1.5, desk_check, TARGETED_ATTACK),
    Scenario("mailbox_probe", "reconnaissance", 0.5, mailbox_probe, TARGETED_ATTACK),
)
