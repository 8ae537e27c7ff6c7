"""Mail programs, each with its own headers, identifiers and MIME structure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from detection_stream.simulation.dice import Dice


@dataclass(frozen=True, slots=True)
class Shell:
    """How a program wraps paragraphs into HTML."""

    head: str
    open: str
    close: str
    tail: str


@dataclass(frozen=True, slots=True)
class Mailer:
    """``shapes`` lists the body structures it produces, one picked for each message."""

    banner: str
    encoding: str
    shapes: tuple[str, ...]
    shell: Shell
    identify: Callable[[Dice, str], str]
    bound: Callable[[Dice], str]


def _uuid(dice: Dice) -> str:
    tail = dice.hex(12)
    return f"{dice.hex(8)}-{dice.hex(4)}-4{dice.hex(3)}-a{dice.hex(3)}-{tail}"


def _exchange_id(dice: Dice, _domain: str) -> str:
    site = (
        f"{dice.pick(('AM9', 'DB8', 'LO2', 'PA4', 'VI1'))}PR0{dice.between(1, 9)}MB{dice.digits(4)}"
    )
    return f"{site}{dice.hex(12).upper()}{dice.hex(6).upper()}@{site}.eurprd04.prod.outlook.com"


def _gmail_id(dice: Dice, _domain: str) -> str:
    return f"CA+{dice.hex(12)}{dice.hex(11)}=x{dice.hex(6)}@mail.gmail.com"


def _upper_uuid_id(dice: Dice, domain: str) -> str:
    return f"{_uuid(dice).upper()}@{domain}"


def _uuid_id(dice: Dice, domain: str) -> str:
    return f"{_uuid(dice)}@{domain}"


def _service_id(dice: Dice, domain: str) -> str:
    return f"{dice.digits(10)}.{dice.hex(12)}@{domain}"


_WORD = Shell(
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>'
    '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
    '<body lang="EN-GB"><div class="WordSection1">\r\n',
    '<p class="MsoNormal">',
    "</p>\r\n",
    "</div></body></html>\r\n",
)
_BARE = Shell('<div dir="ltr">', "<div>", "</div><div><br></div>\r\n", "</div>\r\n")
_APPLE = Shell(
    '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
    '<body style="overflow-wrap: break-word;">\r\n',
    "<div>",
    "</div><br>\r\n",
    "</body></html>\r\n",
)
_CARD = Shell(
    '<!doctype html><html><head><meta charset="utf-8"></head>'
    '<body style="margin:0;background:#f3f4f6"><table role="presentation" width="100%"><tr><td '
    'align="center"><table width="600" style="background:#fff;font-family:Arial,sans-serif">\r\n',
    '<tr><td style="padding:8px 24px">',
    "</td></tr>\r\n",
    "</table></td></tr></table></body></html>\r\n",
)

OUTLOOK = Mailer(
    "X-Mailer: Microsoft Outlook 16.0\r\nContent-Language: en-GB\r\n",
    "quoted-printable",
    ("alternative",),
    _WORD,
    _exchange_id,
    lambda dice: f"_000_{dice.hex(12).upper()}{dice.hex(8).upper()}_",
)
EXCHANGE_WEB = Mailer(
    "X-Originating-Client: OWA\r\n",
    "quoted-printable",
    ("alternative", "alternative", "html"),
    _WORD,
    _exchange_id,
    lambda dice: f"_002_{dice.hex(12).upper()}{dice.hex(8).upper()}_",
)
GMAIL = Mailer(
    "",
    "quoted-printable",
    ("alternative",),
    _BARE,
    _gmail_id,
    lambda dice: f"000000000000{dice.hex(12)}",
)
APPLE_MAIL = Mailer(
    "X-Mailer: Apple Mail (2.3826.300.87.4.3)\r\n",
    "quoted-printable",
    ("alternative", "plain", "plain"),
    _APPLE,
    _upper_uuid_id,
    lambda dice: f"Apple-Mail=_{_uuid(dice).upper()}",
)
PHONE = Mailer(
    "X-Mailer: iPhone Mail (22C152)\r\n",
    "base64",
    ("plain", "plain", "alternative"),
    _APPLE,
    _upper_uuid_id,
    lambda dice: f"Apple-Mail-{_uuid(dice).upper()}",
)
THUNDERBIRD = Mailer(
    "User-Agent: Mozilla Thunderbird\r\n",
    "8bit",
    ("plain", "plain", "alternative"),
    _APPLE,
    _uuid_id,
    lambda dice: f"------------{dice.hex(12)}{dice.hex(12)}",
)
SCRIPT = Mailer(
    "",
    "8bit",
    ("plain",),
    _BARE,
    _service_id,
    lambda dice: f"=_{dice.hex(12)}",
)
SERVICE = Mailer(
    "",
    "quoted-printable",
    ("alternative", "alternative", "html"),
    _CARD,
    _service_id,
    lambda dice: f"----=_Part_{dice.digits(6)}_{dice.digits(9)}.{dice.digits(13)}",
)

PERSONAL = (OUTLOOK, OUTLOOK, OUTLOOK, EXCHANGE_WEB, GMAIL, GMAIL, APPLE_MAIL, PHONE, THUNDERBIRD)
BULK = (SERVICE, SERVICE, SERVICE, SCRIPT)


def for_freemail(domain: str, dice: Dice) -> Mailer:
    """The mail program of a user at a provider."""
    if domain == "gmail.com":
        return dice.pick((GMAIL, GMAIL, PHONE))
    if domain in {"outlook.com", "hotmail.com"}:
        return dice.pick((OUTLOOK, EXCHANGE_WEB, PHONE))
    return dice.pick((APPLE_MAIL, PHONE, THUNDERBIRD))
