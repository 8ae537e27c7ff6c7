"""Signals on link targets, from their URLs alone; no link is ever followed."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from detection_stream.model.batch import FloatColumn
from detection_stream.model.message import Link, Message
from detection_stream.parsing.domains import is_ip, registrable, within
from detection_stream.parsing.folding import folded
from detection_stream.parsing.hosts import host_of
from detection_stream.parsing.links import find_urls
from detection_stream.parsing.redirectors import destinations
from detection_stream.parsing.url_lists import url_list
from detection_stream.signals.lists import names
from detection_stream.signals.lookalike import resembles_brand
from detection_stream.signals.message_batch import MAX_LINKS, MessageBatch
from detection_stream.signals.registry import message_signal

_SHOWN_HOST = re.compile(
    r"\s*(?:https?://|www\.)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/:?#]\S*)?\s*", re.I
)
MIN_LABELS_SHOWN = 2
"""Fewest labels of a host among the words of a link: its text names what it leads to."""
_DOTS = ".\u3002\uff0e\uff61"
_USERINFO = re.compile(r"https?://[^/?#]*@", re.IGNORECASE)


def _any_link(message: Message, test: object) -> bool:
    return any(map(test, message.links[:MAX_LINKS]))  # type: ignore[call-overload] # a function of a link


@message_signal("count")
def link_count(batch: MessageBatch) -> FloatColumn:
    """Number of links in text and HTML."""
    return batch.number(lambda message: len(message.links))


@message_signal("count")
def link_host_count(batch: MessageBatch) -> FloatColumn:
    """Number of distinct hosts in links."""
    return batch.column(map(len, batch.link_hosts))


def _shows_other(link: Link) -> bool:
    """Whether the text of a link names other hosts than the one that it leads to."""
    if not link.host or not any(dot in link.text for dot in _DOTS):
        return False
    shown = {registrable(host) for host in _hosts_shown(link.text)}
    return bool(shown) and shown.isdisjoint(map(registrable, _hosts_led_to(link)))


def _hosts_led_to(link: Link) -> list[str]:
    """The link's host, and where a service that is known to redirect leads from there."""
    if not within(link.host, url_list("redirectors")):
        return [link.host]
    return [link.host, *map(host_of, destinations(link.url)[-1:])]


def _hosts_shown(text: str) -> Iterator[str]:
    """The hosts that the text of a link names, as it is written and as it is read."""
    whole = _SHOWN_HOST.fullmatch(text)
    urls = [text.strip()] if whole else find_urls(text, MIN_LABELS_SHOWN)
    yield from filter(None, map(host_of, urls))
    if not text.isascii():
        read = folded(text).text
        if read != text and read.isascii():
            yield from _hosts_shown(read)


@message_signal("flag")
def link_display_mismatch(batch: MessageBatch) -> FloatColumn:
    """A link shows one registrable domain but leads to another."""
    return batch.number(lambda message: _any_link(message, _shows_other))


@message_signal("flag")
def link_ip_host(batch: MessageBatch) -> FloatColumn:
    """A link leads to an IP address."""
    return batch.column(any(map(is_ip, hosts)) for hosts in batch.link_hosts)


@message_signal("flag")
def link_userinfo(batch: MessageBatch) -> FloatColumn:
    """A link has a user name before its host."""
    return batch.number(
        lambda message: _any_link(message, lambda link: bool(_USERINFO.match(link.url)))
    )


@message_signal("flag")
def link_shortener(batch: MessageBatch) -> FloatColumn:
    """A link uses a URL shortener."""
    shorteners = names("shorteners")
    return batch.column(any(d in shorteners for d in domains) for domains in batch.link_domains)


@message_signal("flag")
def link_free_host(batch: MessageBatch) -> FloatColumn:
    """A link leads to a service where anyone can publish pages or files for free."""
    hosts = names("free_hosts")
    return batch.column(any(within(h, hosts) for h in found) for found in batch.link_hosts)


@message_signal("flag")
def link_suspicious_tld(batch: MessageBatch) -> FloatColumn:
    """A link leads to a top-level domain that attackers favour."""
    tlds = names("suspicious_tlds")
    return batch.column(
        any(domain.rpartition(".")[2] in tlds for domain in domains)
        for domains in batch.link_domains
    )


@message_signal("flag")
def link_punycode(batch: MessageBatch) -> FloatColumn:
    """A link's host contains encoded non-ASCII letters."""
    return batch.column(
        any("xn--" in host or not host.isascii() for host in hosts) for hosts in batch.link_hosts
    )


@message_signal("flag")
def link_brand_lookalike(batch: MessageBatch) -> FloatColumn:
    """A link leads to a domain that looks like a known brand's."""
    return batch.column(any(map(resembles_brand, domains)) for domains in batch.link_domains)


@message_signal("flag")
def link_contains_recipient(batch: MessageBatch) -> FloatColumn:
    """A link carries a recipient's address, plain or in base64."""

    def personal(message: Message) -> bool:
        if not message.links or not message.to:
            return False
        addresses = [mailbox.address for mailbox in message.to[:4] if mailbox.address]
        wanted = [*addresses, *(a.replace("@", "%40") for a in addresses)]
        encoded = [base64.b64encode(a.encode()).decode().rstrip("=")[:-1] for a in addresses]
        return any(
            any(form in link.url.lower() for form in wanted)
            or any(form in link.url for form in encoded)
            for link in message.links[:MAX_LINKS]
            if not link.url.lower().startswith("mailto:")
        )

    return batch.number(personal)


@message_signal("flag")
def link_none_match_sender(batch: MessageBatch) -> FloatColumn:
    """There are links, but none leads to the sender's registrable domain."""
    return batch.column(
        bool(domains) and domain not in domains
        for domains, domain in zip(batch.link_domains, batch.sender_domains, strict=True)
    )
