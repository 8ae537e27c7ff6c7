"""Several things at once, as attackers do."""

from __future__ import annotations

from dataclasses import replace

from tests.metamorphic.attack import Arrival, Attack, Change, Delivery
from tests.metamorphic.families.answers import out_of_office
from tests.metamorphic.families.bulk_headers import every_bulk_header
from tests.metamorphic.families.forged_hops import internal_hop, internal_marks
from tests.metamorphic.families.forged_results import (
    received_spf,
    results_of_another_host,
    results_on_top,
    sealed,
)
from tests.metamorphic.families.preludes import links_seen_before, name_used_before, own_thread
from tests.metamorphic.families.senders import own_address_unproven
from tests.metamorphic.families.solicitations import false_solicitation
from tests.metamorphic.families.text import one_homoglyph, soft_hyphens
from tests.metamorphic.families.threads import reply_to_real
from tests.metamorphic.registry import transformation

_HEADERS: tuple[Change, ...] = (
    every_bulk_header,
    results_of_another_host,
    results_on_top,
    received_spf,
    sealed,
    internal_hop,
    internal_marks,
    reply_to_real,
)


def _together(attack: Attack, *changes: Change) -> Delivery:
    """One change after the other; those that do not apply are left out."""
    mail = attack.mail
    before: list[Arrival] = []
    for change in changes:
        changed = change(replace(attack, mail=mail))
        if isinstance(changed, Delivery):
            before += changed.before
            mail = changed.mail
        elif changed is not None:
            mail = changed
    return Delivery(mail, tuple(sorted(before, key=lambda one: one.at)))


@transformation
def headers_together(attack: Attack) -> Delivery:
    """Every claim that headers can make."""
    return _together(attack, *_HEADERS)


@transformation
def chief_together(attack: Attack) -> Delivery:
    """The same with the chief's address as author."""
    return _together(attack, own_address_unproven, *_HEADERS)


@transformation
def text_together(attack: Attack) -> Delivery:
    """Lookalike letters and soft hyphens."""
    return _together(attack, one_homoglyph, soft_hyphens)


@transformation
def preludes_together(attack: Attack) -> Delivery:
    """Preludes to several people, an out-of-office answer, and mail in the victim's name."""
    return _together(
        attack, name_used_before, links_seen_before, own_thread, out_of_office, false_solicitation
    )


@transformation
def all_together(attack: Attack) -> Delivery:
    """All of that at once."""
    return _together(
        attack,
        one_homoglyph,
        name_used_before,
        own_thread,
        out_of_office,
        false_solicitation,
        *_HEADERS,
    )
