"""Companies with news, first invoices and odd files."""

from __future__ import annotations

from detection_stream.demo.letters import letter
from detection_stream.demo.normal.internal import TALK
from detection_stream.demo.normal.partners import invoice_draft
from detection_stream.demo.organisation import bank_account, company_name, contact
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation import infrastructure as net
from detection_stream.simulation.draft import Draft
from detection_stream.simulation.files import page, pdf
from detection_stream.simulation.grammar import Grammar

NEWS = Grammar(
    {
        "move": (
            "Please note that we have moved; our new postal address is on the letterhead.",
            "From {month} we trade under a new name. Bank details, contacts and contracts stay "
            "as they are.",
            "As announced by letter, our accounting department has a new phone number.",
        ),
    },
    COMMON,
)


def new_vendor_invoice(world: World) -> Draft:
    """The first invoice of a company that a colleague has just ordered from."""
    dice = world.dice
    name, domain = company_name(dice)
    author = contact(dice, name, domain, net.company(domain, dice))
    buyer = world.colleague("Procurement", "Marketing", "Operations")
    draft = invoice_draft(world, author, name, bank_account(dice), world.colleague("Finance"))
    order = COMMON.say("reference", dice)
    note = f"Ordered by {buyer.mailbox.name}, your purchase order {order}. First delivery."
    draft.body = [*draft.body[:-1], note, draft.body[-1]]
    draft.cc = [buyer.mailbox]
    return draft


def change_of_address(world: World) -> Draft:
    """A partner really has moved or been renamed."""
    dice = world.dice
    partner, colleague = world.relation(vendor=True)
    author = partner.contacts[-1]
    body = letter(world, author, colleague.mailbox, NEWS.say("move", dice))
    files = [pdf("announcement", dice)]
    return Draft(author, [colleague.mailbox], f"News from {partner.name}", body, files=files)


def web_report(world: World) -> Draft:
    """A partner's report as an HTML file, as some tools export it."""
    dice = world.dice
    partner, colleague = world.relation()
    author = partner.contacts[0]
    report = page("status_report", dice, f"<h1>Status</h1><p>{TALK.say('point', dice)}</p>")
    body = letter(world, author, colleague.mailbox, "The export of our project tool is attached.")
    return Draft(author, [colleague.mailbox], "Weekly status", body, files=[report])


SCENARIOS = (
    Scenario("new_vendor_invoice", "safe", 2.5, new_vendor_invoice),
    Scenario("change_of_address", "safe", 1, change_of_address),
    Scenario("web_report", "safe", 0.8, web_report),
)
