"""Writes one simulated message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

from detection_stream.model.message import Address
from detection_stream.simulation import attachments, strangers, targets
from detection_stream.simulation.census import company_of
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.draft import Correspondent, Draft, LinkParagraph, Paragraph
from detection_stream.simulation.head import NewHead, message_id, retold
from detection_stream.simulation.headers import author_fields, folded
from detection_stream.simulation.infrastructure import INSIDE
from detection_stream.simulation.lookalike import lookalike
from detection_stream.simulation.looks import mailer_for
from detection_stream.simulation.rendering import content
from detection_stream.simulation.scenario import Addressee
from detection_stream.simulation.scene import Author, Scene

MAIN_LANGUAGE_SHARE = 0.85
_LINK = re.compile(r"\[([^\]]+)\]\(link\)")
_QUOTED_LINES = 30
_REPLY_ELSEWHERE_SHARE = 0.3
_BANKS = (
    *("Barclays", "Lloyds Bank", "Deutsche Bank", "ING", "Santander", "BNP Paribas", "HSBC"),
    *("Chase", "Wells Fargo", "Rabobank", "UniCredit", "Commerzbank", "Revolut", "Wise"),
)


@dataclass(frozen=True, slots=True)
class Written:
    """A raw message, its Message-ID without brackets, and the language it is in."""

    raw: bytes
    message_id: str
    language: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """What the messages of one campaign share."""

    author: Author
    url: str
    language: str
    conversation: str


def begin(scene: Scene, author: Author) -> Campaign:
    """A campaign of this author."""
    scenario = scene.scenario
    url = targets.link(scene, author, scene.weighted(scenario.links)) if scenario.links else ""
    conversation = scene.weighted(scenario.thread)
    if conversation in {"joined", "alien"} and author.exchange is None:
        conversation = "none"
    return Campaign(author, url, _language(scene), conversation)


def _language(scene: Scene) -> str:
    available = list(scene.scenario.texts)
    spoken = [name for name in scene.organisation.languages if name in available]
    if spoken and scene.dice.chance(MAIN_LANGUAGE_SHARE):
        return scene.weighted({name: scene.organisation.languages[name] for name in spoken})
    return scene.dice.pick(available)


def compose(scene: Scene, campaign: Campaign) -> Written | None:
    """One message; None if nobody is there to get it."""
    dice, author = scene.dice, campaign.author
    readers = _readers(scene, author)
    if not readers:
        return None
    values = _values(scene, campaign, readers[0])
    grammar = scene.scenario.grammars[campaign.language]
    subject = " ".join(grammar.write("subject", dice, values))
    body = list(_paragraphs(grammar.write("text", dice, values), campaign.url))
    draft = Draft(_correspondent(scene, author, campaign.url), readers, subject, body)
    draft.reply_to = _answers(scene, author)
    draft.files = attachments.draw(scene, campaign.url, campaign.language, values)
    _converse(draft, scene, campaign, values)
    reader = readers[0].address
    origin, at = author.origin, scene.at
    sender = author.envelope or author.mailbox
    new = NewHead(sender, reader, at, author.results, origin, author.bulk,
                  author.header_from, author.intruder)  # fmt: skip
    identity = message_id(author.head, new, dice)
    lines = [folded(name, value) for name, value in retold(author.head, new, dice)]
    lines += author_fields(draft, identity, _sent(author, at, dice))
    raw = "".join(lines).encode() + b"MIME-Version: 1.0\r\n" + content(draft, dice)
    return Written(raw, identity, campaign.language)


def _sent(author: Author, at: int, dice: Dice) -> str:
    """The date of a message that arrives at a time: a few seconds before, in the head's zone."""
    told = next((value for name, value in author.head.fields if name == "date"), "")
    found = re.search(r"([+-])(\d\d)(\d\d)\s*(?:\(|$)", told)
    minutes = int(f"{found[1]}1") * (int(found[2]) * 60 + int(found[3])) if found else 0
    zone = timezone(timedelta(minutes=minutes)) if abs(minutes) < 24 * 60 else UTC
    return format_datetime(datetime.fromtimestamp(at - dice.between(2, 15), zone))


def _readers(scene: Scene, author: Author) -> list[Address]:
    low, high = scene.scenario.recipients
    count = scene.dice.between(low, high)
    organisation = scene.organisation
    inside = author.mailbox.domain in organisation.own_domains
    wanted: Addressee = scene.weighted(scene.scenario.to)
    first: Address | None = None
    if author.reader and (wanted == "correspondent" or scene.dice.chance(0.5)):
        first = author.reader
    elif author.exchange and wanted == "correspondent":
        first = author.exchange.reader
    elif wanted == "executive" and organisation.executives:
        first = scene.dice.pick(organisation.executives).mailbox
    elif organisation.departments.get(wanted):
        first = scene.dice.pick(organisation.departments[wanted]).mailbox
    members = organisation.members_before(scene.at) or organisation.members
    drawn = [one.mailbox for one in scene.dice.sample(members, count + (first is None) + inside)]
    found = ([first] if first else []) + drawn
    unique = {box.address: box for box in found if box.address != author.mailbox.address}
    return list(unique.values())[:count]


def _answers(scene: Scene, author: Author) -> Address | None:
    way = scene.weighted(scene.scenario.replies_to)
    if way == "author" and author.elsewhere and scene.dice.chance(_REPLY_ELSEWHERE_SHARE):
        way = "freemail"
    if way == "author":
        return None
    name = author.mailbox.name if scene.dice.chance(0.7) else ""
    if way == "lookalike":
        local, _, domain = author.mailbox.address.rpartition("@")
        return Address(name, f"{local}@{lookalike(domain, scene.dice)}")
    domain = scene.dice.pick(("gmail.com", "outlook.com", "yahoo.com", "mail.com", "proton.me"))
    box = strangers.private_mailbox(author.mailbox.name or "office", domain, scene.dice,
                                    disguised=True)  # fmt: skip
    return replace(box, name=name)


def _paragraphs(blocks: Sequence[str], url: str) -> Iterator[Paragraph]:
    for block in blocks:
        found = _LINK.fullmatch(block.strip())
        if found:
            yield LinkParagraph(url, found[1])
        else:
            yield _LINK.sub(lambda one: f"{one[1]} ({url})", block)


def _converse(draft: Draft, scene: Scene, campaign: Campaign, values: dict[str, str]) -> None:
    """Make a message part of a conversation, real or invented."""
    dice, exchange = scene.dice, campaign.author.exchange
    if campaign.conversation in {"joined", "alien"} and exchange:
        draft.subject = f"{dice.pick(('Re', 'RE', 'Re', 'FW'))}: {exchange.subject}"
        quoted = exchange.text.strip().split("\n")[:_QUOTED_LINES]
        draft.quoted = _quote(exchange.author, exchange.at, quoted)
        draft.references = exchange.references[-8:]
    elif campaign.conversation == "feigned":
        grammar = scene.scenario.grammars[campaign.language]
        if not draft.subject.lower().startswith(("re:", "fw:", "fwd:", "aw:", "wg:")):
            draft.subject = f"{dice.pick(('Re', 'RE', 'FW', 'Fwd'))}: {draft.subject}"
        earlier = "\n\n".join(grammar.write("earlier", dice, values)).split("\n")
        draft.quoted = _quote(draft.to[0], scene.at - dice.between(3_000, 300_000), earlier)


def _quote(author: Address, at: int, lines: Sequence[str]) -> str:
    when = datetime.fromtimestamp(at, UTC).strftime("%a, %d %b %Y at %H:%M")
    told = "\n".join(f"> {line}" for line in lines)
    return f"On {when}, {author.name} <{author.address}> wrote:\n{told}"


def _correspondent(scene: Scene, author: Author, url: str) -> Correspondent:
    look = scene.weighted(scene.scenario.look)
    return Correspondent(author.mailbox, mailer_for(scene, author, look, url), INSIDE)


def _values(scene: Scene, campaign: Campaign, reader: Address) -> dict[str, str]:
    """What slots of a scenario's texts stand for."""
    dice, author, organisation = scene.dice, campaign.author, scene.organisation
    day = datetime.fromtimestamp(scene.at, UTC)
    colleagues = organisation.members_before(scene.at) or organisation.members
    amount = round(60 * (1 + 9 * dice.random()) ** 3 * dice.random() + 20, 2)
    number = f"{amount:,.2f}" if dice.chance(0.7) else f"{int(amount):,}"
    country = dice.pick(("GB", "DE", "NL", "IE", "LT", "ES", "FR", "IT", "BE", "PL"))
    author_company = author.company or company_of(author.mailbox)
    return {
        "reader": given_name(reader.name),
        "reader_full": reader.name,
        "reader_address": reader.address,
        "reader_domain": reader.domain,
        "sender": given_name(author.mailbox.name),
        "sender_full": author.mailbox.name.partition(" (")[0],
        "company": organisation.name,
        "partner": author_company,
        "service": author.mailbox.name,
        "colleague": dice.pick(colleagues).mailbox.name if colleagues else "your colleague",
        "topic": dice.pick(organisation.topics) if organisation.topics else "our meeting",
        "amount": dice.pick(("${}", "${}", "USD {}", "€{}", "EUR {}", "£{}")).format(number),
        "amount_number": number,
        "reference": dice.pick(("INV-", "", "RE", "SO", "PO-", "#", "N", "AR/", f"{day.year}-"))
        + dice.digits(dice.between(4, 8)),
        "iban": " ".join(
            (
                f"{country}{dice.between(10, 98)}",
                *(dice.digits(4) for _ in range(4)),
                dice.digits(2),
            )
        ),
        "bank": dice.pick(_BANKS),
        "phone": dice.pick(
            (
                f"+1 {dice.between(201, 989)} 555 01{dice.digits(2)}",
                f"+1 ({dice.between(201, 989)}) 555-01{dice.digits(2)}",
                f"+44 20 7946 0{dice.digits(3)}",
                f"1-800-555-01{dice.digits(2)}",
            )
        ),
        "wallet": dice.pick(("bc1q", "1", "3"))
        + "".join(dice.pick("023456789acdefghjklmnpqrstuvwxyz") for _ in range(34)),
        "date": day.strftime(dice.pick(("%d %B %Y", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d", "%B %d"))),
        "year": str(day.year),
        "clock": f"{dice.between(7, 18)}:{dice.pick(('00', '15', '30', '45'))}",
        "number": str(dice.between(2, 48)),
        "small": str(dice.between(2, 6)),
        "percent": str(dice.between(5, 70)),
        "code": dice.digits(6),
        "link": campaign.url,
        "link_host": campaign.url.partition("://")[2].partition("/")[0],
    }


def given_name(name: str) -> str:
    """The first of the given names of a display name, also of ``Lee, Ann``."""
    last, comma, first = name.partition(",")
    words = (first if comma and first.strip() else last).split()
    return words[0] if words else ""
