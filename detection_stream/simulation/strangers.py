"""People, companies and domains that the organisation does not know."""

from __future__ import annotations

from detection_stream.model.message import Address
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.names import (
    COMPANY_FORMS,
    COMPANY_HEADS,
    COMPANY_TAILS,
    FIRST_NAMES,
    LAST_NAMES,
    plain,
)

_WORDS = (
    *("secure", "portal", "verify", "docs", "notice", "account", "cloud", "desk", "signin", "mail"),
    *("team", "office", "client", "files", "update", "service", "support", "online", "web", "hub"),
)
_ENDINGS = ("com", "com", "com", "com", "net", "org", "co", "online", "info", "eu", "io", "top",
            "site", "biz", "us")  # fmt: skip
_COMPANY_ENDINGS = ("com", "com", "com", "com", "net", "org", "co.uk", "de", "fr", "nl", "it", "es",
                    "com.br", "ca", "com.au", "pl", "in", "us", "eu")  # fmt: skip


def full_name(dice: Dice) -> str:
    """Somebody's name."""
    return f"{dice.pick(FIRST_NAMES)} {dice.pick(LAST_NAMES)}"


def company(dice: Dice) -> tuple[str, str]:
    """A company's name and its domain, which may well exist: nothing is ever sent to it."""
    head, tail, form = dice.pick(COMPANY_HEADS), dice.pick(COMPANY_TAILS), dice.pick(COMPANY_FORMS)
    label = dice.pick((f"{head}{tail}", f"{head}-{tail}", f"{head}{tail}", f"{head}{tail}{form}"))
    slug = "".join(letter for letter in label.lower() if letter.isalnum() or letter == "-")
    return f"{head} {tail} {form}", f"{slug.strip('-')}.{dice.pick(_COMPANY_ENDINGS)}"


def fresh_domain(dice: Dice) -> str:
    """A domain that somebody has registered for one purpose."""
    first, second = dice.pick(_WORDS), dice.pick(_WORDS)
    middle = dice.pick(("", "-", "-", dice.digits(2)))
    label = dice.pick(
        (
            f"{first}{middle}{second}",
            f"{first}{middle}{second}{dice.digits(2)}",
            f"{first}-{dice.hex(4)}",
            f"{plain(dice.pick(LAST_NAMES))}{first}",
        )
    )
    return f"{label}.{dice.pick(_ENDINGS)}"


def local_part(name: str, dice: Dice) -> str:
    """What a person of this name would have before the ``@``."""
    words = [word for word in plain(name).replace("'", "").split() if word.isascii()] or ["mail"]
    first, last = words[0], words[-1]
    return dice.pick((f"{first}.{last}", first, f"{first[0]}{last}", f"{first[0]}.{last}",
                      f"{first}_{last}", last))  # fmt: skip


def private_mailbox(name: str, domain: str, dice: Dice, *, disguised: bool = False) -> Address:
    """A mailbox of this name at a provider; a ``disguised`` one tells less of its owner."""
    local = local_part(name, dice)
    if disguised and dice.chance(0.5):
        local = dice.pick(("office", "executive", "private", "mobile", "desk", "mail", "personal",
                           "ceo", "work", "direct")) + dice.pick((".", "", "_")) + dice.pick(
                               ("mail", "desk", "line", "box", dice.digits(2)))  # fmt: skip
    if dice.chance(0.6):
        local += dice.digits(dice.between(1, 4))
    return Address(name, f"{local.lower()}@{domain}")
