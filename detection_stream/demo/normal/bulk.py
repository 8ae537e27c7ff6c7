"""Graymail: newsletters, marketing and the like, which can be unsubscribed from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape

from detection_stream.demo.clock import MARKETING
from detection_stream.demo.normal.bulk_wording import PRINT
from detection_stream.demo.organisation import company_name
from detection_stream.demo.phrases import COMMON
from detection_stream.demo.scenario import Scenario
from detection_stream.demo.world import World
from detection_stream.model.message import Address
from detection_stream.simulation import infrastructure as net
from detection_stream.simulation import mailers
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Correspondent, Draft, LinkParagraph, Paragraph

_CARRIERS = ("mailbeam.example", "newsferry.example", "campaigncove.example", "postlift.example")
_LOCALS = (
    "news",
    "hello",
    "newsletter",
    "team",
    "info",
    "updates",
    "marketing",
    "offers",
    "support",
    "no-reply",
    "notification",
    "service",
    "office",
    "admin",
)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Somebody with subscribers and a sending service."""

    author: Correspondent
    domain: str
    carrier: str
    list_name: str


@lru_cache(maxsize=4)
def _publishers(style: str) -> tuple[Publisher, ...]:
    dice = Dice(0, f"publishers of {style}")
    found = []
    for _ in range(40):
        name, domain = company_name(dice)
        carrier = dice.pick(_CARRIERS)
        label = dice.pick((name, f"{name.split()[0]} Weekly", f"{name.split()[1]} Daily"))
        local = dice.pick(_LOCALS)
        origin = net.platform(domain, carrier, dice, aligned=dice.chance(0.85))
        mailer = dice.pick(mailers.BULK)
        author = Correspondent(Address(label, f"{local}@{domain}"), mailer, origin)
        found.append(Publisher(author, domain, carrier, f"{local}.{domain}"))
    return tuple(found)


def _publisher(world: World, style: str) -> Publisher:
    # An issue goes to many readers at once, so keep the publisher for a while.
    return world.wave(style, lambda: world.dice.favour(_publishers(style)), longest=12)


def _page(body: list[Paragraph], unsubscribe: str, pixel: str) -> str:
    preview = escape(str(body[0]), quote=False)
    rows = []
    for block in body:
        if isinstance(block, LinkParagraph):
            inner = (
                f'<a href="{block.url}" style="background:#0a5;color:#fff;padding:9px 18px">'
                f"{block.text}</a>"
            )
        else:
            inner = f"<p>{escape(block, quote=False)}</p>".replace("\n", "<br>")
        rows.append(f'<tr><td style="padding:12px 32px">{inner}</td></tr>\r\n')
    return (
        '<!doctype html><html><head><meta charset="utf-8"><title>News</title></head><body>\r\n'
        f'<div style="display:none;max-height:0">{preview}</div>\r\n'
        '<table role="presentation" width="640" align="center" style="font-family:Helvetica">\r\n'
        f"{''.join(rows)}"
        f'<tr><td style="font-size:11px;color:#888">You get this because you subscribed. '
        f'<a href="{unsubscribe}">Unsubscribe</a></td></tr></table>\r\n'
        f'<img src="{pixel}" width="1" height="1" alt="">\r\n</body></html>\r\n'
    )


def _mailing(world: World, publisher: Publisher, subject: str, body: list[Paragraph]) -> Draft:
    dice = world.dice
    token = dice.hex(12)
    unsubscribe = f"https://click.{publisher.carrier}/u/{token}"
    pixel = f"https://click.{publisher.carrier}/o/{token}.gif"
    headers = [f"List-Unsubscribe: <{unsubscribe}>", f"List-Id: <{publisher.list_name}>"]
    if dice.chance(0.6):
        headers.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    if dice.chance(0.3):
        headers.append("Precedence: bulk")
    return Draft(
        publisher.author,
        [world.colleague().mailbox],
        subject,
        [*body, f"Unsubscribe: {unsubscribe}"],
        html=_page(body, unsubscribe, pixel),
        headers=headers,
    )


def _click(world: World, publisher: Publisher) -> str:
    dice = world.dice
    return dice.pick(
        (
            f"https://click.{publisher.carrier}/c/{dice.hex(12)}",
            f"https://click.{publisher.carrier}/c/{dice.hex(12)}",
            f"https://www.{publisher.domain}/articles/{dice.digits(5)}?utm_source=newsletter",
            f"https://bit.ly/3{dice.hex(6)}",
        )
    )


def newsletter(world: World) -> Draft:
    """Articles with teasers."""
    dice = world.dice
    publisher = _publisher(world, "newsletter")
    body: list[Paragraph] = [f"Good morning, this is {publisher.author.mailbox.name}."]
    for _ in range(dice.between(2, 5)):
        body.append(f"{PRINT.say('headline', dice)}\n{PRINT.say('teaser', dice)}")
        body.append(
            LinkParagraph(_click(world, publisher), dice.pick(("Read more", "Full story", "Open")))
        )
    return _mailing(world, publisher, PRINT.say("subject", dice), body)


def marketing(world: World) -> Draft:
    """An offer, often urgent in tone."""
    dice = world.dice
    publisher = _publisher(world, "marketing")
    subject = PRINT.say("offer", dice)
    if dice.chance(0.2):
        subject = f"{dice.pick(('🎉', '⏰', '🚚', '✨'))} {subject}"
    body: list[Paragraph] = [
        f"Hello {world.colleague().first}," if dice.chance(0.5) else "Hello,",
        f"{PRINT.say('pitch', dice)} {PRINT.say('teaser', dice)}",
        LinkParagraph(
            _click(world, publisher), dice.pick(("Claim your offer", "Register", "Shop now"))
        ),
        PRINT.say("pitch", dice),
    ]
    return _mailing(world, publisher, subject, body)


def social_digest(world: World) -> Draft:
    """A social-network notification."""
    dice = world.dice
    publisher = _publisher(world, "social")
    subject = PRINT.say("social", dice, who=world.colleague().mailbox.name)
    body: list[Paragraph] = [
        subject + ".",
        LinkParagraph(_click(world, publisher), "View activity"),
    ]
    return _mailing(world, publisher, subject, body)


def sales_outreach(world: World) -> Draft:
    """A salesperson's sequence, sent by a service yet written like a personal letter."""
    dice = world.dice
    publisher = _publisher(world, "outreach")
    reader = world.colleague("Sales", "IT", "Marketing", "Procurement", "Operations")
    unsubscribe = f"https://click.{publisher.carrier}/u/{dice.hex(12)}"
    return Draft(
        publisher.author,
        [reader.mailbox],
        dice.pick(
            ("Quick question", "Following up", f"{reader.first}, an idea for {{}}", "15 min?")
        ).format(PRINT.say("topic", dice)),
        [
            f"Hi {reader.first},",
            f"Many teams struggle with {PRINT.say('topic', dice)}. {PRINT.say('teaser', dice)}",
            f"Would {COMMON.say('weekday', dice)} at {COMMON.say('clock', dice)} suit you?",
            LinkParagraph(unsubscribe, "No longer interested"),
        ],
        headers=(f"List-Unsubscribe: <{unsubscribe}>",),
    )


SCENARIOS = (
    Scenario("newsletter", "graymail", 52, newsletter, MARKETING),
    Scenario("marketing", "graymail", 44, marketing, MARKETING),
    Scenario("social_digest", "graymail", 14, social_digest, MARKETING),
    Scenario("sales_outreach", "graymail", 10, sales_outreach),
)
