"""Mail with other companies and with people outside."""

from __future__ import annotations

from detection_stream.demo.letters import answer, letter
from detection_stream.demo.normal.business_talk import BUSINESS_TALK
from detection_stream.demo.normal.internal import TALK
from detection_stream.demo.organisation import (
    Partner,
    company_name,
    contact,
    private_mailbox,
)
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation import infrastructure as net
from detection_stream.simulation.draft import Correspondent, Draft, LinkParagraph, Thread
from detection_stream.simulation.files import office_file, pdf, spreadsheet
from detection_stream.simulation.strangers import full_name


def open_thread(world: World) -> Draft:
    """A partner writes, or a colleague writes to the partner."""
    dice = world.dice
    partner, colleague = world.relation()
    there = dice.favour(partner.contacts)
    author, reader = (there, colleague) if dice.chance(0.65) else (colleague, there)
    cc = world.others(colleague, 1) if dice.chance(0.25) else []
    subject = BUSINESS_TALK.say("subject", dice)
    paragraphs = [BUSINESS_TALK.say("paragraph", dice) for _ in range(dice.favour((1, 1, 2)))]
    body = letter(world, author, reader.mailbox, *paragraphs)
    if dice.chance(0.1):
        body.append(
            LinkParagraph(f"https://portal.{partner.domain}/orders/{dice.digits(6)}", "Order page")
        )
    return Draft(
        author,
        [reader.mailbox],
        subject,
        body,
        cc=[one.mailbox for one in cc],
        files=[office_file(subject.replace("/", "-"), dice)] if dice.chance(0.25) else (),
        thread=Thread(subject, (author, reader, *cc), external=True),
    )


def reply(world: World) -> Draft:
    """A reply from either side."""
    thread = world.thread(external=True)
    if thread is None:
        return open_thread(world)
    dice = world.dice
    author = dice.pick([one for one in thread.members if one is not thread.last_author])
    last = thread.last_author.mailbox if thread.last_author else None
    body = letter(world, author, last, BUSINESS_TALK.say("reply", dice))
    draft = answer(world, thread, author, body, cc_rest=dice.chance(0.7))
    if dice.chance(0.03):
        # Some programs, phones especially, drop the references.
        draft.references = ()
    return draft


def invoice_draft(
    world: World, author: Correspondent, company: str, account: str, reader: Correspondent
) -> Draft:
    """An invoice as vendors send it."""
    dice = world.dice
    number = BUSINESS_TALK.say("reference", dice)
    subject = BUSINESS_TALK.say("invoice_subject", dice, number_of=number, company=company)
    paragraphs = [BUSINESS_TALK.say("invoice", dice, number_of=number)]
    if dice.chance(0.5):
        paragraphs.append(BUSINESS_TALK.say("account", dice, iban=account))
    body = letter(world, author, reader.mailbox, *paragraphs)
    name = f"invoice_{number.replace('/', '-').strip('#')}"
    return Draft(author, [reader.mailbox], subject, body, files=[pdf(name, dice)])


def _billing(partner: Partner) -> Correspondent:
    # The same person bills every time: the last of the contacts.
    return partner.contacts[-1]


def vendor_invoice(world: World) -> Draft:
    """A known vendor's invoice to the person who always gets it."""
    partner, _ = world.relation(vendor=True)
    return invoice_draft(
        world, _billing(partner), partner.name, partner.account, partner.counterparts[0]
    )


def report_to_partner(world: World) -> Draft:
    """A colleague sends files to a partner."""
    dice = world.dice
    partner, colleague = world.relation()
    there = dice.pick(partner.contacts)
    body = letter(world, colleague, there.mailbox, BUSINESS_TALK.say("paragraph", dice))
    name = f"{partner.name.split()[0]}_{dice.digits(4)}"
    return Draft(
        colleague,
        [there.mailbox],
        TALK.say("subject", dice),
        body,
        files=[spreadsheet(name, dice)],
    )


def first_contact(world: World) -> Draft:
    """A customer, an applicant or an unknown company."""
    dice = world.dice
    reader = world.colleague("Sales", "Customer Care", "Human Resources", "Marketing")
    if dice.chance(0.55):
        author = private_mailbox(full_name(dice), dice)
    else:
        name, domain = company_name(dice)
        author = contact(dice, name, domain, net.company(domain, dice))
    subject = BUSINESS_TALK.say("inquiry_subject", dice)
    text = BUSINESS_TALK.say("inquiry", dice, who=world.colleague().mailbox.name)
    files = [pdf("documents", dice)] if dice.chance(0.3) else []
    thread = Thread(subject, (author, reader), external=True)
    body = letter(world, author, reader.mailbox, text, COMMON.say("thanks", dice))
    return Draft(author, [reader.mailbox], subject, body, files=files, thread=thread)


def german_partner(world: World) -> Draft:
    """A partner who writes in German."""
    dice = world.dice
    partner, colleague = world.relation()
    author = partner.contacts[0]
    last_name = colleague.mailbox.name.rpartition(" ")[2]
    body = [
        dice.pick((f"Guten Tag {last_name},", "Sehr geehrte Damen und Herren,", "Hallo,")),
        BUSINESS_TALK.say("german", dice),
        f"{dice.pick(('Mit freundlichen Grüßen', 'Viele Grüße', 'Beste Grüße'))}\n"
        f"{author.signature}",
    ]
    subject = dice.pick(("Auftrag", "Lieferung", "Angebot", "Rückfrage zu", "Ihre Anfrage"))
    return Draft(author, [colleague.mailbox], f"{subject} {dice.digits(6)}", body)


SCENARIOS = (
    Scenario("partner_thread", "safe", 95, open_thread),
    Scenario("partner_reply", "safe", 115, reply),
    Scenario("vendor_invoice", "safe", 18, vendor_invoice),
    Scenario("report_to_partner", "safe", 10, report_to_partner),
    Scenario("first_contact", "safe", 20, first_contact),
    Scenario("german_partner", "safe", 6, german_partner),
)
