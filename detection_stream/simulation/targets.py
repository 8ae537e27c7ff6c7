"""Where links lead. No address is ever requested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from detection_stream.simulation import strangers
from detection_stream.simulation.dice import Dice
from detection_stream.simulation.lookalike import lookalike
from detection_stream.simulation.scenario import LinkTarget
from detection_stream.simulation.scene import Author, Scene

_FREE_HOSTS = ("pages.dev", "web.app", "workers.dev", "netlify.app", "weebly.com", "blogspot.com",
               "r2.dev", "github.io", "vercel.app", "glitch.me", "square.site", "wixsite.com",
               "firebaseapp.com", "azurewebsites.net", "myportfolio.com")  # fmt: skip
_PATHS = ("login", "view", "secure", "doc", "auth/session", "wp-content/uploads/x", "s",
          "index.php", "d", "open", "file", "r", "m/sign", "review", "portal", "")  # fmt: skip
_BRANDS = ("microsoftonline.com", "office365.com", "docusign.com", "sharepoint.com", "dropbox.com",
           "adobe.com", "dhl.com", "ups.com", "fedex.com", "paypal.com", "netflix.com",
           "amazon.com", "google.com", "apple.com", "linkedin.com", "workday.com")  # fmt: skip
_SHORTENERS = ("bit.ly", "tinyurl.com", "t.co", "is.gd", "cutt.ly", "rb.gy", "ow.ly")
_COMMON = ("www.youtube.com/watch?v={}", "en.wikipedia.org/wiki/{}", "www.linkedin.com/in/{}",
           "maps.google.com/?q={}", "zoom.us/j/{}", "teams.microsoft.com/l/meetup-join/{}",
           "www.bbc.co.uk/news/{}", "www.amazon.com/dp/{}", "github.com/{}", "www.facebook.com/{}",
           "www.nytimes.com/{}", "www.booking.com/{}", "www.eventbrite.com/e/{}")  # fmt: skip
_SHARES = ("docs.google.com/document/d/{}/edit", "docs.google.com/forms/d/e/{}/viewform",
           "drive.google.com/file/d/{}/view", "www.dropbox.com/s/{}", "1drv.ms/b/s!{}",
           "we.tl/t-{}", "{}.sharepoint.com/:b:/g/personal/doc")  # fmt: skip
_REDIRECTS = ("www.google.com/url?q=", "www.bing.com/ck/a?u=", "click.mailservice.com/ls/click?u=",
              "adclick.g.doubleclick.net/pcs/click?adurl=", "l.facebook.com/l.php?u=")  # fmt: skip


def link(scene: Scene, author: Author, target: LinkTarget) -> str:
    """A URL of this kind."""
    return _TARGETS[target](scene, author)


def _path(dice: Dice) -> str:
    path, token = dice.pick(_PATHS), dice.hex(dice.between(5, 12))
    return "/" + "/".join(filter(None, (path, dice.pick((token, token, "")))))


def _site(host: str, dice: Dice) -> str:
    scheme = "https" if dice.chance(0.93) else "http"
    return f"{scheme}://{host}{_path(dice)}{dice.pick(('', '', f'?id={dice.hex(8)}'))}"


def _fresh(scene: Scene, author: Author) -> str:
    host = scene.dice.pick((author.site, strangers.fresh_domain(scene.dice)))
    return _site(host or strangers.fresh_domain(scene.dice), scene.dice)


def _free_host(scene: Scene, author: Author) -> str:
    label = f"{scene.dice.pick(_BRANDS).partition('.')[0]}-{scene.dice.hex(5)}"
    words = strangers.fresh_domain(scene.dice).partition(".")[0]
    return _site(
        f"{scene.dice.pick((label, words, words))}.{scene.dice.pick(_FREE_HOSTS)}", scene.dice
    )


def _lookalike(scene: Scene, author: Author) -> str:
    dice = scene.dice
    brand = dice.pick(_BRANDS)
    return _site(
        dice.pick((lookalike(brand, dice), f"{brand}.{strangers.fresh_domain(dice)}")), dice
    )


def _own_lookalike(scene: Scene, author: Author) -> str:
    own = scene.dice.pick(sorted(scene.organisation.own_domains))
    return _site(lookalike(own, scene.dice), scene.dice)


def _address(scene: Scene, author: Author) -> str:
    dice = scene.dice
    return f"http://203.0.113.{dice.between(2, 250)}{_path(dice)}"


def _shape(shapes: tuple[str, ...]) -> Callable[[Scene, Author], str]:
    return lambda scene, author: (
        "https://" + scene.dice.pick(shapes).format(scene.dice.hex(12) + scene.dice.hex(6))
    )


def _redirect(scene: Scene, author: Author) -> str:
    inner = scene.dice.pick((_fresh, _free_host))(scene, author)
    return f"https://{scene.dice.pick(_REDIRECTS)}{inner.replace(':', '%3A').replace('/', '%2F')}"


def _platform(scene: Scene, author: Author) -> str:
    dice = scene.dice
    host = dice.pick(("click.", "links.", "email.", "url1234.", "t.")) + (
        author.site or strangers.company(dice)[1]
    )
    return f"https://{host}/ls/click?upn={dice.hex(12)}{dice.hex(12)}{dice.hex(12)}"


def _author_site(scene: Scene, author: Author) -> str:
    host = author.site or author.mailbox.domain
    return _site(
        scene.dice.pick((host, f"www.{host}", f"app.{host}", f"portal.{host}")), scene.dice
    )


_TARGETS: Final[Mapping[LinkTarget, Callable[[Scene, Author], str]]] = {
    "free_host": _free_host,
    "fresh_domain": _fresh,
    "lookalike": _lookalike,
    "own_lookalike": _own_lookalike,
    "compromised_site": lambda scene, author: _site(
        scene.dice.pick(("www.", "", "blog.")) + strangers.company(scene.dice)[1], scene.dice
    ),
    "shortener": lambda scene, author: (
        f"https://{scene.dice.pick(_SHORTENERS)}/{scene.dice.hex(6)}"
    ),
    "address": _address,
    "redirect": _redirect,
    "file_share": _shape(_SHARES),
    "platform": _platform,
    "service_site": _author_site,
    "partner_site": _author_site,
    "common_site": _shape(_COMMON),
}
