"""Sending hosts, and the receiving gateway's authentication results.

Addresses are in ranges reserved by RFC 2544 and RFC 5737, so no real host is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from detection_stream.simulation.dice import Dice

FREEMAIL = {
    "gmail.com": ("mail-{}.google.com", "198.18.10."),
    "outlook.com": ("mail-{}.outbound.protection.outlook.com", "198.18.12."),
    "hotmail.com": ("mail-{}.outbound.protection.outlook.com", "198.18.12."),
    "yahoo.com": ("sonic{}.consmr.mail.yahoo.com", "198.18.14."),
    "icloud.com": ("ms{}.me.com", "198.18.16."),
    "gmx.net": ("mout{}.gmx.net", "198.18.18."),
    "proton.me": ("mail-{}.protonmail.ch", "198.18.20."),
}
FREEMAIL_DOMAINS = tuple(FREEMAIL)

# Share, then SPF, DKIM and DMARC results of a typical mix of companies.
_POLICIES = (
    (0.72, "pass", "pass", "pass"),
    (0.08, "pass", "none", "none"),
    (0.07, "pass", "pass", "none"),
    (0.05, "none", "none", "none"),
    (0.04, "none", "pass", "pass"),
    (0.03, "softfail", "none", "none"),
    (0.01, "neutral", "none", "none"),
)


@dataclass(frozen=True, slots=True)
class SendingHost:
    """The sending host; empty if the mail never left the organisation.

    ``results`` is the text of Authentication-Results after the gateway's name, ``bounces`` the
    domain of a return path that is not the author's, ``signer`` the domain of a signature.
    """

    host: str = ""
    network: str = "10.20.4."
    results: str = ""
    bounces: str = ""
    signer: str = ""
    offset_hours: int = 0


INSIDE = SendingHost()


def verdict(
    domain: str, spf: str, dkim: str, dmarc: str, *, envelope: str = "", signer: str = ""
) -> str:
    """The results of a message whose author is at ``domain``."""
    told = f"spf={spf} smtp.mailfrom={envelope or domain}; dkim={dkim}"
    if dkim != "none":
        told += f" header.d={signer or domain}"
    return f"{told}; dmarc={dmarc} header.from={domain}"


def network(dice: Dice) -> str:
    """The first three octets of a hosting provider's range."""
    return f"198.{dice.between(18, 19)}.{dice.between(32, 255)}."


def company(domain: str, dice: Dice, *, trusted: bool = False) -> SendingHost:
    """A company's own mail host, with typical configuration."""
    spf, dkim, dmarc = "pass", "pass", "pass"
    if not trusted:
        point = dice.random()
        for share, *results in _POLICIES:
            point -= share
            if point < 0:
                spf, dkim, dmarc = results
                break
    return SendingHost(
        host=f"{dice.pick(('mail', 'smtp', 'mx1', 'out', 'relay', 'mail2'))}.{domain}",
        network=network(dice),
        results=verdict(domain, spf, dkim, dmarc),
        signer=domain if dkim == "pass" else "",
        offset_hours=dice.pick((0, 0, 0, 1, 1, 2, -5, -8)),
    )


def freemail(domain: str, dice: Dice) -> SendingHost:
    """One of the big providers, which always authenticates."""
    host, prefix = FREEMAIL[domain]
    return SendingHost(
        host=host.format(dice.between(10, 99)),
        network=prefix,
        results=verdict(domain, "pass", "pass", "pass"),
        signer=domain,
        offset_hours=dice.pick((0, 0, 0, 1, 1, -5)),
    )


def platform(domain: str, carrier: str, dice: Dice, *, aligned: bool = True) -> SendingHost:
    """A sending service that writes for its customer ``domain``."""
    bounces = f"bounce.{carrier}"
    signer = domain if aligned else carrier
    dmarc = "pass" if aligned else dice.pick(("none", "fail"))
    return SendingHost(
        host=f"o{dice.between(1, 60)}.{carrier}",
        network=f"198.18.{100 + crc32(carrier.encode()) % 100}.",
        results=verdict(domain, "pass", "pass", dmarc, envelope=bounces, signer=signer),
        bounces=bounces,
        signer=signer,
    )


def forwarded(domain: str, dice: Dice) -> SendingHost:
    """A forwarder between the author and the gateway: SPF breaks, a signature may survive."""
    dkim = dice.pick(("pass", "fail", "none"))
    dmarc = "pass" if dkim == "pass" else dice.pick(("none", "fail"))
    sealed = "; arc=pass" if dice.chance(0.4) else ""
    return SendingHost(
        host=f"fwd{dice.between(1, 9)}.alumni-relay.example",
        network="198.18.30.",
        results=verdict(domain, dice.pick(("fail", "softfail")), dkim, dmarc) + sealed,
        signer=domain if dkim != "none" else "",
    )


def forged(domain: str, dice: Dice) -> SendingHost:
    """A host unrelated to the domain it claims."""
    spf = dice.pick(("fail", "softfail", "none", "neutral"))
    dmarc = dice.pick(("fail", "fail", "none"))
    return SendingHost(
        host=f"vps-{dice.hex(6)}.rackfield.example",
        network=network(dice),
        results=verdict(domain, spf, dice.pick(("none", "none", "fail")), dmarc),
        offset_hours=dice.pick((0, 1, 2, 3, -5)),
    )
