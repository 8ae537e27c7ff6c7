"""The last step of every parser: builds a Message from headers and bodies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from detection_stream.model.message import Address, Attachment, Link, Message
from detection_stream.parsing import limits
from detection_stream.parsing.authentication import RESULT_FIELDS, read_results
from detection_stream.parsing.enclosure import Enclosure
from detection_stream.parsing.folding import keep_narrow_spaces
from detection_stream.parsing.header_text import repeated
from detection_stream.parsing.hosts import host_of
from detection_stream.parsing.html import Page, read_html
from detection_stream.parsing.identity import identifier
from detection_stream.parsing.links import find_urls
from detection_stream.parsing.received import read_hops
from detection_stream.parsing.redirectors import with_destinations
from detection_stream.parsing.text import fold, split_quoted

TRACE_FIELDS = frozenset(("received", *RESULT_FIELDS))
"""Names of the fields that hosts on the way add."""

_MAX_SEAL = 2_048
_NOTHING = Page("", [], "", 0, 0, 0, ())
_IDENTIFIER = re.compile(r"<([^<>\s]+)>")
# Duplicates of these violate RFC 5322 and can show different readers different messages.
_ONCE = ("from", "subject", "date", "to", "reply-to", "message-id", "sender")


@dataclass(slots=True)
class Parts:
    """One message as returned by a wire-format parser.

    Header names are lower case, values decoded and unfolded. ``addresses`` holds the mailboxes
    of ``from``, ``to``, ``cc``, ``bcc`` and ``reply-to``. ``trace`` has the names of the fields
    that hosts on the way add (``received``, ``authentication-results``, ...), in order. ``size``
    counts raw bytes, ``digest`` is that of the content. ``enclosures`` are the attachments that
    are shown as text, ``enclosed`` is what they say, once they are opened.
    """

    headers: Mapping[str, tuple[str, ...]]
    addresses: Mapping[str, tuple[Address, ...]]
    trace: Sequence[str]
    date: int | None
    texts: Sequence[str]
    htmls: Sequence[str]
    attachments: tuple[Attachment, ...]
    size: int
    defects: list[str] = field(default_factory=list)
    truncated: list[str] = field(default_factory=list)
    digest: bytes = b""
    enclosures: Sequence[Enclosure] = ()
    enclosed: Page = field(default_factory=lambda: _NOTHING)


@dataclass(slots=True)
class _Body:
    text: str = ""
    quoted: str = ""
    beside: str = ""
    links: tuple[Link, ...] = ()
    hidden_text: str = ""
    hidden_characters: int = 0
    forms: int = 0
    password_fields: int = 0
    remote_images: int = 0


def build(parts: Parts) -> Message:
    """The Message of ``parts``, limited to the caps."""
    headers = parts.headers
    sender, *others = _senders(parts.addresses.get("from", ()))
    body = _read_body(parts)
    received = headers.get("received", ())
    if len(received) > limits.MAX_HOPS:
        parts.truncated.append("hops")
    parts.defects += [f"duplicate-{name}" for name in repeated(headers, _ONCE)]
    if others:
        parts.defects.append("several-senders")
    if not sender.address and any(headers.get("from", ())):
        parts.defects.append("unreadable-sender")
    return Message(
        message_id=identifier(_first(headers, "message-id")),
        in_reply_to=identifier(_first(headers, "in-reply-to")),
        references=tuple(_IDENTIFIER.findall(_first(headers, "references"))),
        subject=" ".join(keep_narrow_spaces(_first(headers, "subject")).split()),
        date=parts.date,
        sender=sender,
        other_senders=tuple(others[: limits.MAX_RECIPIENTS]),
        reply_to=_recipients(parts, "reply-to"),
        return_path=_first(headers, "return-path").strip("<> ").lower(),
        to=_recipients(parts, "to"),
        cc=_recipients(parts, "cc"),
        bcc=_recipients(parts, "bcc"),
        headers=headers,
        hops=read_hops(received) if received else (),
        results=read_results(_result_fields(parts)),
        arc_sealers=_arc_sealers(headers) if "arc-seal" in headers else {},
        text=body.text,
        quoted=body.quoted,
        attached_text="\n".join(filter(None, (body.beside, parts.enclosed.text))),
        has_text=any(parts.texts),
        has_html=any(parts.htmls),
        hidden_text=_hidden_text(body.hidden_text, parts.enclosed.hidden_text),
        hidden_characters=body.hidden_characters,
        forms=body.forms + parts.enclosed.forms,
        password_fields=body.password_fields + parts.enclosed.password_fields,
        remote_images=body.remote_images,
        links=_all_links(parts, body),
        attachments=_attachments(parts),
        size=parts.size,
        digest=parts.digest,
        defects=tuple(dict.fromkeys(parts.defects)),
        truncated=tuple(dict.fromkeys(parts.truncated)),
    )


def _result_fields(parts: Parts) -> list[tuple[str, str, int]]:
    """Name, value and number of Received fields above, of each field that reports results."""
    found: list[tuple[str, str, int]] = []
    taken = dict.fromkeys(RESULT_FIELDS, 0)
    below = 0
    for name in parts.trace:
        if name not in taken:
            below += 1
            continue
        values = parts.headers.get(name, ())
        if taken[name] < len(values):
            found.append((name, values[taken[name]], below))
            taken[name] += 1
    return found


def _arc_sealers(headers: Mapping[str, tuple[str, ...]]) -> dict[int, str]:
    sealers: dict[int, str] = {}
    for value in headers["arc-seal"][: limits.MAX_HOPS]:
        tags = {
            name.strip().lower(): text.strip()
            for name, _, text in (tag.partition("=") for tag in value[:_MAX_SEAL].split(";"))
        }
        if tags.get("i", "").isdecimal() and tags.get("d"):
            sealers.setdefault(int(tags["i"][:2]), tags["d"].lower())
    return sealers


def _first(headers: Mapping[str, tuple[str, ...]], name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""


def _recipients(parts: Parts, name: str) -> tuple[Address, ...]:
    found = parts.addresses.get(name, ())
    if len(found) > limits.MAX_RECIPIENTS:
        parts.truncated.append("recipients")
        return found[: limits.MAX_RECIPIENTS]
    return found


def _attachments(parts: Parts) -> tuple[Attachment, ...]:
    if len(parts.attachments) > limits.MAX_ATTACHMENTS:
        parts.truncated.append("attachments")
    return parts.attachments[: limits.MAX_ATTACHMENTS]


def _all_links(parts: Parts, body: _Body) -> tuple[Link, ...]:
    found = with_destinations((*body.links, *parts.enclosed.links))
    if len(found) > limits.MAX_LINKS:
        parts.truncated.append("links")
    return found[: limits.MAX_LINKS]


def _hidden_text(*texts: str) -> str:
    """Begin and end of all of it."""
    return _cut("\n".join(filter(None, texts)), limits.MAX_HIDDEN_TEXT)


def _cut(text: str, most: int) -> str:
    """Begin and end of a text: padding on one side hides nothing."""
    if len(text) <= most:
        return text
    end = most // 4
    return f"{text[: most - end - 1]}\n{text[-end:]}"


def _read_body(parts: Parts) -> _Body:
    plain = "\n".join(parts.texts) if len(parts.texts) != 1 else parts.texts[0]
    if len(plain) > limits.MAX_TEXT_LENGTH:
        plain = _cut(plain, limits.MAX_TEXT_LENGTH)
        parts.truncated.append("text-length")
    plain = fold(plain) if plain else ""
    pages = [read_html(html) for html in _htmls(parts.htmls) if html]
    if not pages:
        newest, quoted = split_quoted(plain)
        return _Body(newest, quoted, links=_links(parts, plain, "", ()))
    for page in pages:
        parts.truncated.extend(page.truncated)
    shown = _cut("\n".join([page.text for page in pages if page.text]), limits.MAX_TEXT_LENGTH)
    # Mail clients prefer HTML if present, unless empty.
    newest, quoted = split_quoted(shown or plain)
    alike = plain.split() == shown.split()
    other = plain if shown and not alike else ""
    if other and quoted:
        # Its quote comes along only if the HTML has none: it is hardly of the same conversation.
        other = split_quoted(plain)[0]
    return _Body(
        newest,
        quoted,
        _beside(pages, other),
        _links(parts, plain, "" if alike else shown, pages),
        hidden_text=_hidden_text(*[page.hidden_text for page in pages]),
        hidden_characters=sum([page.hidden_characters for page in pages]),
        forms=sum([page.forms for page in pages]),
        password_fields=sum([page.password_fields for page in pages]),
        remote_images=sum([page.remote_images for page in pages]),
    )


def _beside(pages: Sequence[Page], plain: str) -> str:
    """What some mail programs show instead of the text, or beside it."""
    return "\n".join(filter(None, [plain, *(page.conditional_text for page in pages)]))


def _htmls(htmls: Sequence[str]) -> Sequence[str]:
    # Several pages share one cap: separate caps would multiply the worst case.
    return htmls if sum(map(len, htmls)) <= limits.MAX_HTML_LENGTH else ["".join(htmls)]


def _links(parts: Parts, plain: str, shown: str, pages: Sequence[Page]) -> tuple[Link, ...]:
    """Links of the HTML, then bare URLs of either text not already linked."""
    bare = find_urls(plain)
    if not pages:
        found = [Link(url, host_of(url), "") for url in bare]
    else:
        anchored = {(link.url, link.text): link for page in pages for link in page.links}
        known = {url for url, _ in anchored}
        texts = "\n".join([text for _, text in anchored])
        for text in filter(None, [shown, *(page.conditional_text for page in pages)]):
            bare += [url for url in find_urls(text) if url not in texts]
        found = [*anchored.values()]
        found += [Link(url, host_of(url), "") for url in dict.fromkeys(bare) if url not in known]
    if len(found) > limits.MAX_LINKS:
        parts.truncated.append("links")
    return tuple(found[: limits.MAX_LINKS])


def _senders(found: tuple[Address, ...]) -> list[Address]:
    """The mailboxes of From that have an address; one without any if none has.

    A stray comma splits a mailbox in two: a name without an address, then the address.
    """
    senders: dict[str, Address] = {}
    name = ""
    for one in found:
        if one.address:
            senders.setdefault(one.address, Address(one.name.strip("_ ") or name, one.address))
        name = "" if one.address else one.name
    return list(senders.values()) or [Address(name, "")]
