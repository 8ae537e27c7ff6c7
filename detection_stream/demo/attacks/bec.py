"""Business e-mail compromise: payments, gift cards, salaries."""

from __future__ import annotations

from detection_stream.demo.attacks.actors import anybody, impostor_mailbox, impostor_of_executive
from detection_stream.demo.clock import TARGETED_ATTACK
from detection_stream.demo.letters import letter
from detection_stream.demo.organisation import bank_account
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation.draft import Draft
from detection_stream.simulation.files import pdf
from detection_stream.simulation.grammar import Grammar

PRETEXT = Grammar(
    {
        "busy": (
            "I am in a board meeting and cannot take calls.",
            "I am about to board a plane.",
            "My phone is nearly empty, so mail only please.",
            "I am with the lawyers all day.",
            "I only have my private account with me.",
            "",
        ),
        "secret": (
            "Keep this between us until it is announced.",
            "Please do not mention it to the others, it should be a surprise.",
            "This is confidential.",
            "I will explain when I am back.",
            "",
            "",
        ),
        "wire_subject": (
            "Payment",
            "Transfer {soon}",
            "Acquisition - confidential",
            "Outstanding balance",
            "Request",
            "Wire",
            "{reference}",
            "Pending settlement",
        ),
        "wire": (
            "{busy} I need a transfer of {amount} to a new consultant made {soon}. {secret}",
            "We are closing an acquisition and the first instalment of {amount} is due {soon}. "
            "{secret} {busy}",
            "How much can we send abroad today? There is a settlement of {amount} to be paid. "
            "{secret}",
            "Please settle the attached invoice {soon} and send me the confirmation. {busy}",
            "Can you still make an international payment before the cut-off? {busy} {secret}",
        ),
        "iban_line": ("Beneficiary account: {iban}", "Pay to {iban}.", "Details: {iban}"),
        "gift_subject": (
            "Favour",
            "Surprise for the team",
            "Quick errand",
            "Something for our clients",
            "{reader}",
            "Can you help?",
            "Staff appreciation",
        ),
        "gift": (
            "{busy} I want to thank the team and need {number} gift cards of 100 each {soon}. "
            "Scratch off the back and send me photos of the codes. {secret}",
            "Can you buy some store vouchers for clients, {small} times 200? You get the money "
            "back {soon}. {busy}",
            "I promised the partners Apple or Steam cards and forgot. Which shop is near you? "
            "{secret}",
            "Could you pick up {small} prepaid cards for me during lunch? I will refund you. "
            "{busy} {secret}",
        ),
        "payroll_subject": (
            "Change of account",
            "My salary",
            "Direct deposit",
            "Bank details",
            "Payroll update",
            "New account before {month}",
        ),
        "payroll": (
            "I have changed banks and would like my salary to go to the new account from the "
            "next run. What do you need from me?",
            "Please replace the account for my pay with {iban}. The old one is closed {soon}.",
            "Can you update my direct deposit before the next pay day? I no longer use the old "
            "bank.",
            "My bank card was stolen and the account is blocked. New details for payroll: {iban}",
        ),
        "legal_subject": ("Matter {reference}", "Strictly confidential", "Engagement letter"),
        "legal": (
            "I act for your chief executive in a confidential transaction. A deposit of {amount} "
            "has to be lodged {soon}; {boss} will confirm in writing.",
            "As agreed with {boss}, please arrange the escrow payment of {amount}. "
            "Do not discuss this by telephone.",
        ),
        "data_subject": ("Staff list", "Tax forms", "Aged debtors", "Report needed"),
        "data": (
            "Please send me the list of all employees with salaries {soon}. {busy}",
            "I need the aged debtors report with contact details for the auditors. {secret}",
            "Email me the annual tax statements of all staff as one file. {busy}",
        ),
    },
    COMMON,
)


def wire_transfer(world: World) -> Draft:
    """An executive supposedly needs a transfer."""
    dice = world.dice
    author, _ = impostor_of_executive(world)
    reader = world.colleague("Finance")
    paragraphs = [PRETEXT.say("wire", dice)]
    if dice.chance(0.35):
        paragraphs.append(PRETEXT.say("iban_line", dice, iban=bank_account(dice)))
    body = letter(world, author, reader.mailbox, *paragraphs)
    subject = PRETEXT.say("wire_subject", dice)
    files = [pdf("invoice", dice)] if dice.chance(0.2) else []
    draft = Draft(author, [reader.mailbox], subject, body, files=files)
    if author.mailbox.domain == reader.mailbox.domain:
        # A forger of the sender needs replies to go elsewhere.
        draft.reply_to = impostor_mailbox(author.mailbox.name, dice).mailbox
    return draft


def gift_cards(world: World) -> Draft:
    """An executive supposedly needs gift cards."""
    dice = world.dice
    author, _ = impostor_of_executive(world)
    reader = world.colleague()
    body = letter(world, author, reader.mailbox, PRETEXT.say("gift", dice))
    subject = PRETEXT.say("gift_subject", dice, reader=reader.first)
    return Draft(author, [reader.mailbox], subject, body)


def payroll_change(world: World) -> Draft:
    """An employee supposedly has a new bank account."""
    dice = world.dice
    victim = world.colleague()
    author = impostor_mailbox(victim.mailbox.name, dice)
    reader = world.colleague("Human Resources", "Finance")
    text = PRETEXT.say("payroll", dice, iban=bank_account(dice))
    body = letter(world, author, reader.mailbox, text)
    return Draft(author, [reader.mailbox], PRETEXT.say("payroll_subject", dice), body)


def staff_data(world: World) -> Draft:
    """An executive supposedly needs lists of employees."""
    dice = world.dice
    author, _ = impostor_of_executive(world)
    reader = world.colleague("Human Resources", "Finance")
    body = letter(world, author, reader.mailbox, PRETEXT.say("data", dice))
    return Draft(author, [reader.mailbox], PRETEXT.say("data_subject", dice), body)


def false_lawyer(world: World) -> Draft:
    """A lawyer acting for an executive, with a fake conversation."""
    dice = world.dice
    author, executive = anybody(dice), world.executive()
    reader = world.colleague("Finance", "Legal")
    boss = executive.mailbox.name
    body = letter(world, author, reader.mailbox, PRETEXT.say("legal", dice, boss=boss))
    quoted = f"{boss} wrote:\n> Go ahead, I approve. {executive.first}"
    subject = PRETEXT.say("legal_subject", dice)
    return Draft(author, [reader.mailbox], f"Re: {subject}", body, quoted=quoted)


SCENARIOS = (
    Scenario("executive_wire", "bec", 1.2, wire_transfer, TARGETED_ATTACK),
    Scenario("executive_gift_cards", "bec", 0.9, gift_cards, TARGETED_ATTACK),
    Scenario("payroll_change", "bec", 0.8, payroll_change, TARGETED_ATTACK),
    Scenario("executive_staff_data", "bec", 0.4, staff_data, TARGETED_ATTACK),
    Scenario("false_lawyer", "bec", 0.4, false_lawyer, TARGETED_ATTACK),
)
