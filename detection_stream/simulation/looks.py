"""How the body of a simulated message is built."""

from __future__ import annotations

from html import escape

from detection_stream.signals.lists import brand_domains
from detection_stream.simulation import mailers
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.mailers import Mailer, Shell
from detection_stream.simulation.scenario import Look
from detection_stream.simulation.scene import Author, Scene

_ATTACK_HTML_SHARE, _HARMLESS_HTML_SHARE = 0.7, 0.3
"""Shares of designed pages without a plain text next to them."""
_PADDED_SHARE = 0.15
"""Share of designed pages of attacks with text that is not to be seen."""
_MAX_IMAGES, _MAX_FOOTER_LINKS = 6, 5

_STYLES = ("background:#f3f4f6", "background:#ffffff", "background-color:#eef2f7", "margin:0")
_FONTS = ("Arial,sans-serif", "Segoe UI,Helvetica,sans-serif", "Georgia,serif", "Verdana")
_COLOURS = ("#0067b8", "#1a73e8", "#d4002a", "#2e7d32", "#111827", "#ff6600")
_FOOTER = (
    *("Privacy policy", "Terms of use", "Help", "Outsider us", "Unsubscribe", "View in browser"),
    *("Legal notice", "Manage preferences", "Datenschutz", "Impressum", "About us", "Support"),
)
_SMALL_PRINT = (
    "This message was sent automatically. Please do not reply.",
    "You receive this message because of your account settings.",
    "All rights reserved.",
    "This e-mail and its attachments are confidential and meant for the addressee only.",
    "Our registered office and company number are on our web site.",
    "",
)
_PADDING = (
    "display:none;max-height:0;overflow:hidden",
    "font-size:0;color:#ffffff;line-height:0",
    "color:#ffffff;font-size:1px",
)


def mailer_for(scene: Scene, author: Author, look: Look, url: str) -> Mailer:
    """A program that builds bodies as the real message's did, or designed pages."""
    dice, head = scene.dice, author.head
    usual = dice.pick(mailers.PERSONAL)
    shape, shell = head.shape, usual.shell
    if look == "plain":
        shape = "plain"
    elif look == "notice":
        harmless = scene.scenario.is_harmless
        html_only = dice.chance(_HARMLESS_HTML_SHARE if harmless else _ATTACK_HTML_SHARE)
        shape = "html" if html_only else "alternative"
        shell = _page(scene, author, url)
    return Mailer("", head.encoding, (shape,), shell, usual.identify, usual.bound)


def _page(scene: Scene, author: Author, url: str) -> Shell:
    """The frame of a designed page; no two campaigns have the same."""
    dice = scene.dice
    width, padding = dice.between(480, 680), dice.between(6, 28)
    harmless = scene.scenario.is_harmless
    site = author.site or author.mailbox.domain
    # Attackers take images and footers of whom they imitate.
    imitated = site if harmless else dice.pick((*sorted(brand_domains()), site, site))
    images = "".join(
        f'<img alt="" src="https://{dice.pick(("img", "cdn", "static"))}.{imitated}/'
        f'{dice.hex(8)}.png" width="{dice.between(20, 600)}">'
        for _ in range(dice.between(0, _MAX_IMAGES) if dice.chance(0.75) else 0)
    )
    hidden = ""
    if not harmless and dice.chance(_PADDED_SHARE):
        topics = scene.organisation.topics or ("",)
        words = " ".join(dice.pick(topics) for _ in range(dice.between(10, 60)))
        hidden = f'<div style="{dice.pick(_PADDING)}">{escape(words)}</div>\r\n'
    return Shell(
        '<!doctype html><html><head><meta charset="utf-8"></head>'
        f'<body style="{dice.pick(_STYLES)}">{hidden}<table role="presentation" width="100%"><tr>'
        f'<td align="center"><table width="{width}" style="font-family:{dice.pick(_FONTS)}">\r\n'
        f'<tr><td style="padding:{padding}px;background:{dice.pick(_COLOURS)}">'
        f"{images}</td></tr>\r\n",
        f'<tr><td style="padding:{padding}px">',
        "</td></tr>\r\n",
        f"{_footer(dice, imitated, url, harmless=harmless)}</table></td></tr></table></body></html>"
        "\r\n",
    )


def _footer(dice: Dice, site: str, url: str, *, harmless: bool) -> str:
    links = []
    for _ in range(dice.between(0, _MAX_FOOTER_LINKS)):
        target = f"https://www.{site}/{dice.hex(4)}"
        if url and not harmless and dice.chance(0.3):
            target = url
        links.append(f'<a href="{escape(target)}">{dice.pick(_FOOTER)}</a>')
    text = " | ".join(filter(None, (dice.pick(_SMALL_PRINT), *links)))
    return f'<tr><td style="font-size:11px;color:#777">{text}</td></tr>\r\n' if text else ""
