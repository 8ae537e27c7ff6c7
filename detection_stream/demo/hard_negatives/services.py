"""Services that ask for a click, a password or a call."""

from __future__ import annotations

from functools import lru_cache

from detection_stream.demo.clock import MARKETING
from detection_stream.demo.normal.business_talk import BUSINESS_TALK
from detection_stream.demo.organisation import phone
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.model.message import Address
from detection_stream.simulation import infrastructure as net
from detection_stream.simulation import mailers
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Correspondent, Draft, LinkParagraph
from detection_stream.simulation.files import pdf

_ACCOUNTS = (
    ("Microsoft account team", "account-security-noreply@accountprotection.microsoft.com"),
    ("GitHub", "noreply@github.com"),
    ("Dropbox", "no-reply@dropbox.com"),
    ("Tripdesk", "accounts@tripdesk.example"),
    ("Skilldeck", "security@skilldeck.example"),
)
_SHOPS = (
    ("Billing Papertrail", "billing@papertrail.example"),
    ("Cloudpantry Renewals", "invoices@cloudpantry.example"),
    ("Inkpledge Billing", "billing@inkpledge.example"),
    ("Deskware Order Desk", "orders@deskware.example"),
)
_COURIERS = (
    ("DHL Express", "noreply@dhl.com"),
    ("Parcelfox", "delivery@parcelfox.example"),
    ("UPS", "pkginfo@ups.com"),
)


@lru_cache(maxsize=64)
def _service(name: str, address: str) -> Correspondent:
    """A service with stable servers."""
    domain = address.partition("@")[2]
    origin = net.company(domain, Dice(0, domain), trusted=True)
    return Correspondent(Address(name, address), mailers.SERVICE, origin)


def password_reset(world: World) -> Draft:
    """A reset or a code that the reader requested a minute ago."""
    dice = world.dice
    author = _service(*dice.pick(_ACCOUNTS))
    name, domain = author.mailbox.name, author.mailbox.domain
    reader = world.colleague()
    code = dice.digits(6)
    subject = dice.pick(
        (f"Reset your {name} password", f"Your security code: {code}", f"{name}: confirm your mail")
    )
    return Draft(
        author,
        [reader.mailbox],
        subject,
        [
            f"Hello {reader.first}, we got a request to reset the password of your account.",
            LinkParagraph(
                f"https://www.{domain}/password/reset?token={dice.hex(12)}", "Reset password"
            ),
            f"Or enter the code {code}. It is valid for {dice.between(10, 60)} minutes. "
            "If you did not ask for it, you can ignore this message.",
        ],
    )


def password_expiry(world: World) -> Draft:
    """The organisation's own password reminder."""
    dice = world.dice
    author = Correspondent(
        Address("IT Service Desk", "servicedesk@harborlight.example"), mailers.SERVICE, net.INSIDE
    )
    reader = world.colleague().mailbox
    left = dice.between(1, 14)
    return Draft(
        author,
        [reader],
        dice.pick((f"Password expires in {left} days", "Action required: your password expires")),
        [
            f"The password of {reader.address} expires in {left} days.",
            LinkParagraph("https://password.harborlight.example/change", "Change password"),
            "Without a new password access ends on that day.",
        ],
        headers=("Auto-Submitted: auto-generated",),
    )


def signature_request(world: World) -> Draft:
    """A signing service on behalf of a partner."""
    dice = world.dice
    partner, colleague = world.relation()
    sender = partner.contacts[0].mailbox
    title = BUSINESS_TALK.say("subject", dice)
    return Draft(
        _service(f"{sender.name} via Inkpledge", "sign@inkpledge.example"),
        [colleague.mailbox],
        f"Please sign: {title}",
        [
            f"{sender.name} of {partner.name} sent you a document to review and sign.",
            LinkParagraph(f"https://app.inkpledge.example/d/{dice.hex(12)}", "Review document"),
            "Do not share this link. It expires in 14 days.",
        ],
        reply_to=sender,
    )


def shared_by_partner(world: World) -> Draft:
    """A storage service's notice for a file of a partner."""
    dice = world.dice
    partner, colleague = world.relation()
    sender = dice.favour(partner.contacts).mailbox
    name = f"{partner.name} {dice.digits(4)}.pdf"
    return Draft(
        _service(f"{sender.name} (via Dropbox)", "no-reply@dropbox.com"),
        [colleague.mailbox],
        f'{sender.name} shared "{name}" with you',
        [
            f"{sender.name} ({sender.address}) invited you to view a file.",
            LinkParagraph(
                f"https://www.dropbox.com/scl/fi/{dice.hex(12)}/{dice.hex(6)}", "View file"
            ),
        ],
        reply_to=sender,
    )


def renewal_receipt(world: World) -> Draft:
    """A genuine renewal, with a real help desk's phone number."""
    dice = world.dice
    author = _service(*dice.pick(_SHOPS))
    number, amount = COMMON.say("reference", dice), COMMON.say("amount", dice)
    return Draft(
        author,
        [world.colleague("Finance", "IT", "Procurement", "Marketing").mailbox],
        dice.pick(
            (
                f"Your subscription {number} has been renewed",
                f"Receipt {number}",
                f"Payment of {amount} processed",
                "Auto-renewal notice",
            )
        ),
        [
            f"Your plan has been renewed. We have charged {amount} to your card.",
            f"Questions or cancellation: call {phone(Dice(0, author.mailbox.address))}.",
            LinkParagraph(f"https://www.{author.mailbox.domain}/account/billing", "Billing"),
        ],
        files=[pdf(f"receipt_{dice.digits(6)}", dice)] if dice.chance(0.6) else (),
    )


def parcel(world: World) -> Draft:
    """A genuine parcel notice."""
    dice = world.dice
    author = _service(*dice.pick(_COURIERS))
    number = COMMON.say("reference", dice)
    return Draft(
        author,
        [world.colleague().mailbox],
        dice.pick((f"Parcel {number} arrives today", f"We missed you: parcel {number}")),
        [
            f"Parcel {number} is on its way to you. You can choose another day.",
            LinkParagraph(
                f"https://www.{author.mailbox.domain}/track?id={dice.digits(10)}", "Track"
            ),
        ],
    )


SCENARIOS = (
    Scenario("password_reset", "safe", 2.5, password_reset, MARKETING),
    Scenario("password_expiry", "safe", 1.5, password_expiry),
    Scenario("signature_request", "safe", 2, signature_request),
    Scenario("shared_by_partner", "safe", 2, shared_by_partner),
    Scenario("renewal_receipt", "safe", 2, renewal_receipt, MARKETING),
    Scenario("parcel", "safe", 2, parcel, MARKETING),
)
