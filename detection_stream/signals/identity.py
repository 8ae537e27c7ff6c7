"""Signals on the claimed sender."""

from __future__ import annotations

import re

from detection_stream.model.batch import FloatColumn
from detection_stream.model.message import Message
from detection_stream.parsing.domains import label, registrable
from detection_stream.parsing.folding import folded
from detection_stream.short_cache import short_cache
from detection_stream.signals.lists import brands, names
from detection_stream.signals.lookalike import (
    MIN_LABEL_LENGTH,
    mixed_scripts,
    resembles,
    resembles_brand,
    skeleton,
)
from detection_stream.signals.message_batch import MessageBatch
from detection_stream.signals.phrases import brand_names
from detection_stream.signals.registry import message_signal

_ADDRESS = re.compile(r"[\w.+-]+@([\w-]+\.[\w.-]+)")
_RANDOM = re.compile(r"(?=.*\d.*\d)(?=.*[a-z])[a-z0-9]{10,}|[bcdfghjklmnpqrstvwxz]{6,}")


@message_signal("flag")
def sender_freemail(batch: MessageBatch) -> FloatColumn:
    """The sender's address is at a free mail provider."""
    return batch.column(domain in names("freemail") for domain in batch.sender_domains)


@message_signal("flag")
def reply_to_mismatch(batch: MessageBatch) -> FloatColumn:
    """Replies also go to other registrable domains than the sender's."""

    def mismatch(message: Message, domain: str) -> bool:
        replies = {registrable(mailbox.domain) for mailbox in message.reply_to}
        return bool(replies) and domain not in replies

    return batch.column(map(mismatch, batch.messages, batch.sender_domains))


@message_signal("flag")
def reply_to_freemail(batch: MessageBatch) -> FloatColumn:
    """Replies go to a free mail provider while the sender is not at one."""

    def diverted(message: Message, domain: str) -> bool:
        free = names("freemail")
        return domain not in free and any(
            registrable(mailbox.domain) in free for mailbox in message.reply_to
        )

    return batch.column(map(diverted, batch.messages, batch.sender_domains))


@message_signal("flag")
def reply_to_same_name(batch: MessageBatch) -> FloatColumn:
    """Reply-To has the sender's display name with another address."""

    def repeated(message: Message) -> bool:
        name = message.sender.name.casefold()
        return bool(name) and any(
            mailbox.name.casefold() == name and mailbox.address != message.sender.address
            for mailbox in message.reply_to
        )

    return batch.number(repeated)


@message_signal("flag")
def own_domain_lookalike(batch: MessageBatch) -> FloatColumn:
    """The sender's domain looks like one of the organisation's but is not."""
    return batch.column(
        not own and resembles(host, envelope.own_domains)
        for own, host, envelope in zip(
            batch.sender_own, batch.sender_hosts, batch.envelopes, strict=True
        )
    )


@message_signal("flag")
def brand_lookalike(batch: MessageBatch) -> FloatColumn:
    """The sender's domain looks like a known brand's but is not."""
    return batch.column(
        not own and resembles_brand(host)
        for own, host in zip(batch.sender_own, batch.sender_hosts, strict=True)
    )


@message_signal("flag")
def brand_impersonation(batch: MessageBatch) -> FloatColumn:
    """Display name or subject names a brand, but the sender's domain is not the brand's."""
    domains_of = tuple(brands().values())

    def imitates(text: str, domain: str) -> bool:
        named = brand_names().scan(text, folded(text).text)
        return bool(named) and not any(domain in domains_of[brand] for brand in named)

    return batch.column(map(imitates, batch.display_texts, batch.sender_domains))


@message_signal("flag")
def display_name_brand(batch: MessageBatch) -> FloatColumn:
    """The display name names a brand, but the sender's domain is not the brand's."""
    return batch.column(
        _names_brand(message.sender.name, domain)
        for message, domain in zip(batch.messages, batch.sender_domains, strict=True)
    )


@short_cache(16_384)
def _names_brand(name: str, domain: str) -> bool:
    read = folded(name).text
    named = brand_names().scan(skeleton(read)) or brand_names().scan(name, read)
    domains_of = tuple(brands().values())
    return bool(named) and not any(domain in domains_of[brand] for brand in named)


@message_signal("flag")
def display_name_address(batch: MessageBatch) -> FloatColumn:
    """The display name contains an address in another registrable domain."""

    def foreign(message: Message, domain: str) -> bool:
        name = message.sender.name
        found = _ADDRESS.search(name) if "@" in name else None
        return bool(found) and registrable(found[1].lower()) != domain  # type: ignore[index] # bool() hides the check

    return batch.column(map(foreign, batch.messages, batch.sender_domains))


@message_signal("flag")
def display_name_own_domain(batch: MessageBatch) -> FloatColumn:
    """The display name contains an own domain, but the sender is external."""
    return batch.column(
        external and _names_domain(message.sender.name, envelope.own_domains)
        for external, message, envelope in zip(
            batch.external, batch.messages, batch.envelopes, strict=True
        )
    )


@short_cache(16_384)
def _names_domain(name: str, domains: frozenset[str]) -> bool:
    words = re.split(r"[^\w.-]+", skeleton(folded(name).text))
    labels = {skeleton(label(domain)) for domain in domains}
    long_labels = {text for text in labels if len(text) >= MIN_LABEL_LENGTH}
    return any(word in long_labels or word in domains for word in words)


@message_signal("flag")
def display_name_confusable(batch: MessageBatch) -> FloatColumn:
    """The display name mixes Latin letters with lookalikes."""
    return batch.number(lambda message: mixed_scripts(message.sender.name))


@message_signal("flag")
def sender_local_random(batch: MessageBatch) -> FloatColumn:
    """The sender's local part looks random."""
    return batch.number(lambda message: _looks_random(message.sender.address))


@short_cache(16_384)
def _looks_random(address: str) -> bool:
    return bool(_RANDOM.search(address.partition("@")[0]))


@message_signal("flag")
def sender_role(batch: MessageBatch) -> FloatColumn:
    """The sender's local part is a role (noreply, admin, billing), not a person."""
    roles = names("role_locals")
    return batch.number(lambda message: message.sender.address.partition("@")[0] in roles)


@message_signal("flag")
def sender_missing(batch: MessageBatch) -> FloatColumn:
    """The message has no readable sender address."""
    return batch.number(lambda message: not message.sender.address)
