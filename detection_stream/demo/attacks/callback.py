"""Fake invoices that ask for a phone call."""

from __future__ import annotations

from detection_stream.demo.attacks.actors import automated, impostor_mailbox
from detection_stream.demo.clock import ATTACK
from detection_stream.demo.organisation import phone
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation.draft import Correspondent, Draft
from detection_stream.simulation.files import pdf, picture
from detection_stream.simulation.grammar import Grammar
from detection_stream.simulation.strangers import full_name

BILL = Grammar(
    {
        "product": (
            "Total Shield Antivirus",
            "Norton Family Plan",
            "Geek Assistance Gold",
            "PC Care 360",
            "McAfee Complete",
            "Premium Cloud Backup",
            "PayPal purchase of crypto",
            "Device Protection Plus",
        ),
        "subject": (
            "Your subscription {reference} has been renewed",
            "Receipt {reference}",
            "Order confirmation: {product}",
            "Thank you for your purchase {reference}",
            "Payment of {amount} processed",
            "Auto-renewal notice",
            "Invoice {reference} - {product}",
        ),
        "charge": (
            "Your plan {product} has been renewed for {small} years. {amount} will be charged "
            "within 24 hours.",
            "Thank you for buying {product}. We have debited {amount} from your account.",
            "The free period of {product} is over and the yearly fee of {amount} is due {soon}.",
            "Order {reference}: {product}, {amount}, paid by card.",
        ),
        "call": (
            "If you did not order this, call our billing desk at {phone} to cancel.",
            "To dispute the charge please ring {phone} within {number} hours.",
            "Questions? Helpline {phone}, around the clock.",
            "Cancellation and refund only by telephone: {phone}",
            "Did not authorise it? Speak to an agent now: {phone}",
        ),
    },
    COMMON,
)


def _author(world: World) -> Correspondent:
    dice = world.dice
    name = dice.pick(("Billing Department", "Order Desk", "Renewals", full_name(dice), "Invoices"))
    return impostor_mailbox(name, dice) if dice.chance(0.55) else automated(name, dice)


def subscription(world: World) -> Draft:
    """An unordered renewal, in the text itself."""
    dice = world.dice
    product = BILL.say("product", dice)
    body = [
        f"Dear {dice.pick(('customer', 'user', 'member', 'client'))},",
        BILL.say("charge", dice, product=product),
        BILL.say("call", dice, phone=phone(dice)),
        BILL.say("closing", dice) + "\nCustomer Care",
    ]
    reader = world.colleague()
    return Draft(_author(world), [reader.mailbox], BILL.say("subject", dice, product=product), body)


def receipt_file(world: World) -> Draft:
    """A nearly empty message; number and amount are in the attachment."""
    dice = world.dice
    make = dice.pick((pdf, picture))
    files = [make(f"receipt_{dice.digits(6)}", dice)]
    text = dice.pick(
        (
            "Please see the attached receipt.",
            f"Call {phone(dice)} for changes.",
            "Your order is complete. Details in the attachment.",
            f"Invoice attached, helpline {phone(dice)}.",
        )
    )
    reader = world.colleague()
    return Draft(_author(world), [reader.mailbox], BILL.say("subject", dice), [text], files=files)


SCENARIOS = (
    Scenario("callback_subscription", "callback", 1.7, subscription, ATTACK),
    Scenario("callback_receipt", "callback", 0.8, receipt_file, ATTACK),
)
