"""Blatant unwanted advertising."""

from __future__ import annotations

from detection_stream.demo.attacks.actors import anybody, automated, fresh_domain, landing_page
from detection_stream.demo.clock import MARKETING
from detection_stream.demo.organisation import company_name
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.simulation.draft import Draft, LinkParagraph, Paragraph
from detection_stream.simulation.grammar import Grammar
from detection_stream.simulation.strangers import full_name

JUNK = Grammar(
    {
        "pharma_subject": (
            "Pills at {percent}% off",
            "Lose {number} pounds in {small} weeks",
            "Doctors hate this trick",
            "No prescription needed",
            "Feel {number} years younger",
        ),
        "pharma": (
            "All the brands you know, shipped discreetly, {percent} percent cheaper.",
            "One capsule a day and the weight is gone. {number}00 people cannot be wrong.",
            "Order today and get {small} packs on top, no questions asked.",
        ),
        "seo_subject": (
            "Your website ranking",
            "First page of Google - guaranteed",
            "Website errors found",
            "Proposal for {domain}",
            "Guest post?",
            "App development offer",
        ),
        "seo": (
            "I was on {domain} and found {number} errors that keep you off page one.",
            "We place {number} links on strong sites for only {amount} a month.",
            "Our team of {number} developers builds your app at half the price.",
            "Can I send you a quote and our price list?",
            "We sell lists of {number}000 verified buyers of your industry.",
        ),
        "loan_subject": (
            "Loan approved",
            "Business funding up to {amount}",
            "Cash {soon}",
            "Debt? Read this",
            "Working capital for {domain}",
        ),
        "loan": (
            "Borrow up to {amount} at {small} percent, no credit check.",
            "You are pre-approved for {amount}. The money can be with you {soon}.",
            "Bad credit is no obstacle. Reply with your name and telephone number.",
        ),
        "casino_subject": ("{number} free spins", "Your bonus of {amount}", "Jackpot {weekday}"),
        "casino": (
            "Sign up {soon} and play with {amount} on the house.",
            "Our trading robot earned {percent} percent in {month}. Join the group.",
            "Double your first deposit, payouts in {number} minutes.",
        ),
        "call_to_action": ("Click here", "Order", "Claim", "Apply now", "See prices", "Join"),
    },
    COMMON,
)


def _sender_name(world: World) -> str:
    dice = world.dice
    first = dice.pick(("Health", "Fast", "Smart", "Lucky", "Prime", "Global", "Direct", "Best"))
    second = dice.pick(("Store", "Funds", "Media", "Club", "Offers", "Care", "Capital", "Experts"))
    return dice.pick((f"{first} {second}", company_name(dice)[0], full_name(dice)))


def _junk(world: World, topic: str, *, personal: bool) -> Draft:
    dice = world.dice
    name = _sender_name(world)
    author = anybody(dice) if personal else automated(name, dice)
    reader = world.colleague().mailbox
    text = " ".join(JUNK.say(topic, dice, domain=reader.domain) for _ in range(dice.between(1, 3)))
    body: list[Paragraph] = [text]
    if dice.chance(0.6):
        body.insert(0, COMMON.say("greeting", dice, reader=reader.name.partition(" ")[0]))
    if not personal or dice.chance(0.2):
        url = landing_page(dice, fresh_domain(dice))
        body.append(LinkParagraph(url, JUNK.say("call_to_action", dice)))
    if dice.chance(0.5):
        body.append(f"{JUNK.say('closing', dice)}\n{author.mailbox.name}")
    headers = []
    if not personal and dice.chance(0.35):
        headers.append(f"List-Unsubscribe: <https://{fresh_domain(dice)}/u/{dice.hex(8)}>")
    subject = JUNK.say(f"{topic}_subject", dice, domain=reader.domain)
    return Draft(author, [reader], subject, body, headers=headers)


def pharma(world: World) -> Draft:
    """Pills and diets."""
    return _junk(world, "pharma", personal=False)


def search_ranking(world: World) -> Draft:
    """Search ranking, links, apps and address lists."""
    return _junk(world, "seo", personal=True)


def loans(world: World) -> Draft:
    """Money without questions."""
    return _junk(world, "loan", personal=world.dice.chance(0.5))


def casino(world: World) -> Draft:
    """Gambling and trading bots."""
    return _junk(world, "casino", personal=False)


SCENARIOS = (
    Scenario("spam_pharma", "spam", 3.2, pharma, MARKETING),
    Scenario("spam_search_ranking", "spam", 4.2, search_ranking, MARKETING),
    Scenario("spam_loans", "spam", 2.6, loans, MARKETING),
    Scenario("spam_casino", "spam", 2.0, casino, MARKETING),
)
