"""People who write in unusual ways for good reasons."""

from __future__ import annotations

from dataclasses import replace

from detection_stream.demo.letters import letter
from detection_stream.demo.normal.business_talk import BUSINESS_TALK
from detection_stream.demo.normal.internal import TALK
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation import infrastructure as net
from detection_stream.simulation.draft import Draft
from detection_stream.simulation.files import document, pdf
from detection_stream.simulation.grammar import Grammar

_MAX_PRIVATE_WRITERS = 5
"""Executives who often write from home; the others' private mailboxes are unfamiliar."""

HONEST = Grammar(
    {
        "home_subject": (
            "From home",
            "Slides for {weekday}",
            "Boarding pass",
            "Can you print this?",
            "{project}",
            "Dinner on {weekday}",
            "Quick question",
            "Running late",
        ),
        "home": (
            "My laptop is dead, so I am writing from my own account. Could you print the file "
            "for {weekday}?",
            "I cannot get into the VPN from the train. Please tell the team I will be {number} "
            "minutes late.",
            "Are you in the office? I left my badge on the desk.",
            "Please move my {clock} meeting, the flight is delayed.",
            "Thoughts on {project} from the weekend: {point}",
            "Call me when you are free, it is about {project}.",
        ),
        "urgent_subject": (
            "URGENT: payment run {reference}",
            "Transfer today please",
            "Customs payment {reference} - needed before noon",
            "Release of {amount}",
            "Payroll correction",
            "Deposit for the trade fair",
        ),
        "urgent": (
            "{vendor} stops deliveries unless {amount} is paid {soon}. It is approved, purchase "
            "order {reference} in the system.",
            "Please release the payment of {amount} to {vendor} today, the discount ends. I have "
            "signed it in the approval tool.",
            "Can you push the transfer for {reference} through before the bank closes?",
            "The payroll file has a mistake for {small} people. Please correct it before the run.",
            "Treasury needs {amount} moved between our own accounts before {clock}.",
        ),
        "newcomer": (
            "I started on {weekday} and am still waiting for access to {codename}. {ask}",
            "I am new here and was told you know everything about {project}. {ask}",
            "My bank details in the HR form were wrong, I have handed in the right ones at the "
            "desk. {ask}",
            "Please find the signed forms attached. {thanks}",
        ),
    },
    TALK,
)


def executive_from_home(world: World) -> Draft:
    """An executive who has always written from a private mailbox too."""
    dice = world.dice
    executive = dice.favour(world.organisation.executives[:_MAX_PRIVATE_WRITERS])
    author = executive.private or executive
    reader = dice.favour(world.others(executive, 4))
    subject = HONEST.say("home_subject", dice)
    body = letter(world, author, reader.mailbox, HONEST.say("home", dice))
    files = [pdf("for print", dice)] if dice.chance(0.3) else []
    return Draft(author, [reader.mailbox], subject, body, files=files)


def renamed_contact(world: World) -> Draft:
    """A partner's contact whose display name has changed."""
    dice = world.dice
    partner, colleague = world.relation()
    known = dice.pick(partner.contacts)
    last = dice.pick(world.present).mailbox.name.rpartition(" ")[2]
    name = dice.pick(
        (f"{known.first} {last}", f"{known.mailbox.name} ({partner.name})", f"{partner.name} Team")
    )
    author = replace(known, mailbox=replace(known.mailbox, name=name))
    body = letter(world, author, colleague.mailbox, BUSINESS_TALK.say("paragraph", dice))
    return Draft(author, [colleague.mailbox], BUSINESS_TALK.say("subject", dice), body)


def forwarded_partner(world: World) -> Draft:
    """A partner's message through a forwarder that breaks authentication."""
    dice = world.dice
    partner, colleague = world.relation()
    author = replace(dice.pick(partner.contacts), origin=net.forwarded(partner.domain, dice))
    body = letter(world, author, colleague.mailbox, BUSINESS_TALK.say("paragraph", dice))
    return Draft(author, [colleague.mailbox], BUSINESS_TALK.say("subject", dice), body)


def urgent_payment(world: World) -> Draft:
    """Genuine urgency among colleagues who handle money."""
    dice = world.dice
    author = dice.pick((world.executive(), world.colleague("Procurement", "Finance", "Legal")))
    reader = world.colleague("Finance", "Human Resources")
    text = HONEST.say("urgent", dice, vendor=dice.pick(world.organisation.vendors).name)
    body = letter(world, author, reader.mailbox, text)
    return Draft(author, [reader.mailbox], HONEST.say("urgent_subject", dice), body)


def newcomer(world: World) -> Draft:
    """A new employee writes to people who do not know them."""
    dice = world.dice
    author = max(world.present, key=lambda one: (one.joined, one.mailbox.address))
    reader = world.colleague("Human Resources", "IT", author.department)
    body = letter(world, author, reader.mailbox, HONEST.say("newcomer", dice))
    files = [document("starter form", dice)] if dice.chance(0.3) else []
    subject = dice.pick(("Hello from the new one", "Access", "First week", "Forms", "Question"))
    return Draft(author, [reader.mailbox], subject, body, files=files)


SCENARIOS = (
    Scenario("executive_from_home", "safe", 5, executive_from_home),
    Scenario("renamed_contact", "safe", 2, renamed_contact),
    Scenario("forwarded_partner", "safe", 3, forwarded_partner),
    Scenario("urgent_payment", "safe", 3, urgent_payment),
    Scenario("newcomer", "safe", 1.5, newcomer),
)
