"""Credential phishing."""

from __future__ import annotations

from dataclasses import dataclass

from detection_stream.demo.attacks.actors import automated, compromised_company, landing_page
from detection_stream.demo.attacks.credential_lures import LURES
from detection_stream.demo.clock import ATTACK
from detection_stream.demo.letters import letter
from detection_stream.demo.organisation import OWN_DOMAINS
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation.draft import Correspondent, Draft, File, LinkParagraph, Paragraph
from detection_stream.simulation.files import page, pdf


@dataclass(frozen=True, slots=True)
class _Campaign:
    author: Correspondent
    host: str


def _campaign(
    world: World, lure: str, names: tuple[str, ...], disguises: tuple[str, ...]
) -> _Campaign:
    dice = world.dice

    def start() -> _Campaign:
        author = automated(dice.pick(names), dice)
        return _Campaign(author, landing_page(dice, dice.pick(disguises)))

    return world.wave(f"credential phishing: {lure}", start, longest=4)


def _draft(world: World, campaign: _Campaign, lure: str, button: str) -> Draft:
    dice = world.dice
    reader = world.colleague()
    partner = dice.pick(world.organisation.partners)
    values = {
        "address": reader.mailbox.address,
        "domain": reader.mailbox.domain,
        "reader": reader.first,
        "who": dice.pick((partner.contacts[0].mailbox.name, world.colleague().mailbox.name)),
        "company": partner.name,
    }
    text = LURES.say(lure, dice, **values)
    link = LinkParagraph(campaign.host, LURES.say(button, dice))
    if dice.chance(0.15):
        link = LinkParagraph(campaign.host, f"https://portal.{reader.mailbox.domain}/")
    body: list[Paragraph] = [text, link]
    if dice.chance(0.7):
        body.insert(0, COMMON.say("greeting", dice, reader=reader.first))
    if dice.chance(0.6):
        footer = dice.pick(
            (
                campaign.author.mailbox.name,
                "This is an automatic message.",
                COMMON.say("closing", dice),
            )
        )
        body.append(footer)
    subject = LURES.say(f"{lure}_subject", dice, **values)
    return Draft(campaign.author, [reader.mailbox], subject, body)


def account_notice(world: World) -> Draft:
    """The mail account supposedly has a problem."""
    names = (
        "IT Service Desk",
        "Mail Administrator",
        "Microsoft 365",
        "Harborlight Support",
        "Postmaster",
    )
    disguises = ("microsoftonline.com", "office365.com", *OWN_DOMAINS)
    campaign = _campaign(world, "account", names, disguises)
    return _draft(world, campaign, "account", "button")


def shared_document(world: World) -> Draft:
    """A document that opens only after logging on."""
    names = ("DocuSign", "SharePoint", "Dropbox Transfer", "Inkpledge", "Adobe Sign", "OneDrive")
    disguises = ("docusign.com", "sharepoint.com", "inkpledge.example", "dropbox.com")
    return _draft(world, _campaign(world, "document", names, disguises), "document", "open")


def personnel_notice(world: World) -> Draft:
    """Salary, bonus and policy."""
    names = ("Human Resources", "HR Team", "Payroll", "Peoplepay", "Harborlight HR")
    disguises = ("peoplepay.example", "workday.com", *OWN_DOMAINS)
    return _draft(world, _campaign(world, "hr", names, disguises), "hr", "open")


def parcel(world: World) -> Draft:
    """A parcel with a small fee."""
    names = ("DHL Express", "Royal Mail", "Parcel Desk", "UPS Notice", "FedEx Delivery")
    campaign = _campaign(world, "delivery", names, ("dhl.com", "ups.com", "fedex.com"))
    return _draft(world, campaign, "delivery", "track")


def german_notice(world: World) -> Draft:
    """The same in German."""
    names = ("IT-Abteilung", "Personalabteilung", "Postfach-Verwaltung")
    campaign = _campaign(world, "german", names, OWN_DOMAINS)
    return _draft(world, campaign, "german", "german_button")


def _form(world: World, address: str) -> File:
    action = landing_page(world.dice, "microsoftonline.com")
    inner = (
        f'<form method="post" action="{action}"><input name="u" value="{address}">'
        '<input type="password" name="p"><button>Log on</button></form>'
    )
    return page(
        world.dice.pick(("Remittance", "Voicemail", "Statement", "Scan_0042")), world.dice, inner
    )


def attached_form(world: World) -> Draft:
    """The sign-in form is attached."""
    dice = world.dice
    author = compromised_company(dice)
    reader = world.colleague()
    values = {
        "who": author.mailbox.name,
        "company": author.company,
        "address": reader.mailbox.address,
    }
    body = letter(world, author, reader.mailbox, LURES.say("document", dice, **values))
    subject = LURES.say("document_subject", dice, **values)
    return Draft(
        author, [reader.mailbox], subject, body, files=[_form(world, reader.mailbox.address)]
    )


def partner_share(world: World) -> Draft:
    """A compromised partner mailbox shares a file with all its contacts."""
    dice = world.dice
    partner, colleague = world.relation()
    author = dice.pick(partner.contacts)
    url = world.wave(
        f"share from {partner.domain}", lambda: landing_page(dice, "sharepoint.com"), longest=3
    )
    values = {
        "who": author.mailbox.name,
        "company": partner.name,
        "address": colleague.mailbox.address,
    }
    body = letter(
        world,
        author,
        colleague.mailbox,
        LURES.say("document", dice, **values),
        LinkParagraph(url, LURES.say("open", dice)),
    )
    files = [pdf("Proposal", dice)] if dice.chance(0.3) else []
    subject = LURES.say("document_subject", dice, **values)
    return Draft(author, [colleague.mailbox], subject, body, files=files)


SCENARIOS = (
    Scenario("account_notice", "credential_phishing", 2.8, account_notice, ATTACK),
    Scenario("shared_document", "credential_phishing", 2.2, shared_document, ATTACK),
    Scenario("personnel_notice", "credential_phishing", 1.0, personnel_notice, ATTACK),
    Scenario("parcel_notice", "credential_phishing", 0.8, parcel, ATTACK),
    Scenario("german_account_notice", "credential_phishing", 0.4, german_notice, ATTACK),
    Scenario("attached_form", "credential_phishing", 0.6, attached_form, ATTACK),
    Scenario("partner_share_takeover", "credential_phishing", 0.5, partner_share, ATTACK),
)
