"""Vendor fraud: payments redirected."""

from __future__ import annotations

from dataclasses import replace

from detection_stream.demo.attacks.actors import registered
from detection_stream.demo.clock import TARGETED_ATTACK
from detection_stream.demo.letters import letter, quote
from detection_stream.demo.normal.partners import invoice_draft
from detection_stream.demo.organisation import bank_account
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation import infrastructure as net
from detection_stream.simulation.draft import Correspondent, Draft
from detection_stream.simulation.files import pdf
from detection_stream.simulation.grammar import Grammar
from detection_stream.simulation.lookalike import lookalike

SWITCH = Grammar(
    {
        "subject": (
            "New bank details of {company}",
            "Change of account",
            "Important: payments to {company}",
            "Updated remittance information",
            "Open invoices and new account",
            "Invoice {reference}",
            "Before you pay {reference}",
        ),
        "reason": (
            "Our old account is being audited.",
            "We have changed our bank.",
            "Because of a tax review we cannot take payments to the account you have.",
            "Our treasury has been moved to the parent company.",
            "The old account is closed at the end of {month}.",
            "There were problems with recent transfers.",
        ),
        "request": (
            "Please send all open and future payments to {iban}.",
            "Kindly update your records: {iban}.",
            "The details of the new account are in the attached letter; please confirm the "
            "change {soon}.",
            "Which invoices are due? Hold them until you have entered {iban}.",
            "Use {iban} for invoice {reference} over {amount} already.",
        ),
        "text": (
            "{reason} {request}",
            "{request} {reason}",
            "{reason} {request} {thanks}",
            "Has invoice {reference} been paid yet? {reason} {request}",
        ),
    },
    COMMON,
)


def _switch(world: World, author: Correspondent, company: str, reader: Correspondent) -> Draft:
    dice = world.dice
    body = letter(world, author, reader.mailbox, SWITCH.say("text", dice, iban=bank_account(dice)))
    files = [pdf("account confirmation", dice)] if dice.chance(0.45) else []
    subject = SWITCH.say("subject", dice, company=company)
    return Draft(author, [reader.mailbox], subject, body, files=files)


def _double(world: World, known: Correspondent) -> Correspondent:
    """The known contact at a lookalike domain."""
    local, _, domain = known.mailbox.address.partition("@")
    double = registered(lookalike(domain, world.dice), known.mailbox.name, world.dice, local)
    return replace(double, title=known.title, company=known.company, phone=known.phone)


def _intruder(world: World, known: Correspondent) -> Correspondent:
    """The known mailbox itself, used through its own host, from elsewhere on the network."""
    network = known.origin.network if world.dice.chance(0.7) else net.network(world.dice)
    return replace(known, origin=replace(known.origin, network=network))


def lookalike_switch(world: World) -> Draft:
    """New bank details from a domain close to the vendor's."""
    partner, colleague = world.relation(vendor=True)
    author = _double(world, world.dice.pick(partner.contacts))
    return _switch(world, author, partner.name, colleague)


def lookalike_invoice(world: World) -> Draft:
    """An ordinary invoice except for domain and account."""
    partner, colleague = world.relation(vendor=True)
    author = _double(world, partner.contacts[-1])
    return invoice_draft(world, author, partner.name, bank_account(world.dice), colleague)


def account_takeover_switch(world: World) -> Draft:
    """New bank details from the vendor's real mailbox."""
    partner, colleague = world.relation(vendor=True)
    return _switch(world, _intruder(world, partner.contacts[-1]), partner.name, colleague)


def thread_hijack(world: World) -> Draft:
    """New bank details within a real conversation, from the real mailbox or a lookalike."""
    dice = world.dice
    thread = world.thread(external=True)
    if thread is None:
        return account_takeover_switch(world)
    outside = [one for one in thread.members if one.origin.host]
    inside = [one for one in thread.members if not one.origin.host]
    known = outside[0]
    author = _intruder(world, known) if dice.chance(0.5) else _double(world, known)
    draft = _switch(world, author, known.company, inside[0])
    draft.subject = f"Re: {thread.subject}"
    draft.references = thread.identifiers.copy()
    draft.quoted = quote(thread)
    return draft


SCENARIOS = (
    Scenario("lookalike_bank_change", "vendor_compromise", 1.0, lookalike_switch, TARGETED_ATTACK),
    Scenario("lookalike_invoice", "vendor_compromise", 0.6, lookalike_invoice, TARGETED_ATTACK),
    Scenario(
        "takeover_bank_change", "vendor_compromise", 0.6, account_takeover_switch, TARGETED_ATTACK
    ),
    Scenario("thread_hijack", "vendor_compromise", 0.9, thread_hijack, TARGETED_ATTACK),
)
