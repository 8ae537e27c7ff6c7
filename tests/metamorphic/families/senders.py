"""Who a mail claims to be from."""

from __future__ import annotations

from base64 import b64encode

from detection_stream.model.message import Address
from detection_stream.simulation.headers import mailbox
from tests.metamorphic.attack import Attack
from tests.metamorphic.gateway import spoofed
from tests.metamorphic.mail import Field, Mail
from tests.metamorphic.registry import transformation


def _outside(attack: Attack) -> bool:
    return not attack.inside and not attack.own_domain


def _chief(attack: Attack) -> str:
    return attack.chief.mailbox.address


def _word(text: str) -> str:
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


@transformation
def own_address_failing(attack: Attack) -> Mail | None:
    """A colleague's address, replies to the attacker; the domain's policy fails."""
    return _own(attack, policy=True)


@transformation
def own_address_unproven(attack: Attack) -> Mail | None:
    """A colleague's address, replies to the attacker; nothing is proven and nothing fails."""
    return _own(attack, policy=False)


def _own(attack: Attack, *, policy: bool) -> Mail | None:
    if attack.inside:
        return None
    name, address = attack.sender
    mail = spoofed(attack, _chief(attack), policy=policy)
    return mail.having("From", mailbox(attack.chief.mailbox)).having(
        "Reply-To", mailbox(Address(name, address))
    )


@transformation
def own_address_named_as_attacker(attack: Attack) -> Mail | None:
    """An invented own address whose display name is the attacker's address."""
    if attack.inside:
        return None
    own = f"office@{attack.victim.mailbox.domain}"
    return spoofed(attack, own, policy=False).having("From", f'"{attack.sender[1]}" <{own}>')


@transformation
def victim_to_self(attack: Attack) -> Mail | None:
    """The victim's own address as author."""
    if attack.inside:
        return None
    victim = attack.victim.mailbox
    return spoofed(attack, victim.address, policy=False).having("From", mailbox(victim))


@transformation
def own_subdomain(attack: Attack) -> Mail | None:
    """An address in a subdomain of the organisation that does not exist."""
    if attack.inside:
        return None
    own = f"news@mail.{attack.victim.mailbox.domain}"
    return spoofed(attack, own, policy=False).having(
        "From", mailbox(Address(attack.sender[0], own))
    )


@transformation
def null_envelope(attack: Attack) -> Mail | None:
    """An empty envelope sender, as bounces have."""
    if attack.inside:
        return None
    path = Field("Return-Path", "<>")
    return Mail((path, *attack.mail.gateway[1:]), attack.mail.fields, attack.mail.body)


@transformation
def two_authors(attack: Attack) -> Mail | None:
    """From has two mailboxes, the chief's behind the attacker's."""
    if not _outside(attack):
        return None
    return attack.mail.changed("From", lambda own: f"{own}, <{_chief(attack)}>")


@transformation
def two_authors_own_first(attack: Attack) -> Mail | None:
    """From has two mailboxes, the chief's before the attacker's."""
    if attack.inside:
        return None
    mail = spoofed(attack, _chief(attack), policy=False)
    chief = attack.chief.mailbox
    return mail.changed("From", lambda own: f"{mailbox(chief)}, {own}")


@transformation
def two_from_fields(attack: Attack) -> Mail | None:
    """A second From field, with the chief's address, below the attacker's."""
    return attack.mail.below(Field("From", _chief(attack))) if _outside(attack) else None


@transformation
def two_from_fields_own_first(attack: Attack) -> Mail | None:
    """A second From field, with the chief's address, above the attacker's."""
    if attack.inside:
        return None
    chief = attack.chief.mailbox
    mail = spoofed(attack, chief.address, policy=False)
    return mail.on_top(Field("From", mailbox(chief)))


@transformation
def name_in_encoded_words(attack: Attack) -> Mail:
    """The display name in encoded words, one for each two letters."""
    name, address = attack.sender
    pieces = [_word(name[start : start + 2]) for start in range(0, len(name), 2)]
    return attack.mail.having("From", "\r\n ".join([*pieces, f"<{address}>"]))


@transformation
def address_in_encoded_word(attack: Attack) -> Mail | None:
    """The display name is an encoded word that reads as the chief's name and address."""
    if not _outside(attack):
        return None
    claimed = f"{attack.chief.mailbox.name} <{_chief(attack)}>"
    return attack.mail.having("From", f"{_word(claimed)} <{attack.sender[1]}>")


@transformation
def address_as_name(attack: Attack) -> Mail | None:
    """The display name is the chief's address in quotes."""
    if not _outside(attack):
        return None
    return attack.mail.having("From", f'"{_chief(attack)}" <{attack.sender[1]}>')


@transformation
def address_in_comment(attack: Attack) -> Mail:
    """A comment with the chief's address stands before the author's."""
    return attack.mail.having("From", f"({_chief(attack)}) {attack.sender[1]} (Accounts)")


@transformation
def group_syntax(attack: Attack) -> Mail:
    """The author is a member of a group."""
    name, address = attack.sender
    return attack.mail.having("From", f"Staff: {mailbox(Address(name, address))};")


@transformation
def routed_address(attack: Attack) -> Mail:
    """The author's address has a source route through an own host."""
    name, address = attack.sender
    return attack.mail.having(
        "From", mailbox(Address(name, f"@{attack.victim.mailbox.domain}:{address}"))
    )


@transformation
def quoted_local_part(attack: Attack) -> Mail | None:
    """The author's local part is the chief's address in quotes."""
    if not _outside(attack):
        return None
    return attack.mail.having(
        "From", mailbox(Address(attack.sender[0], f'"{_chief(attack)}"@{attack.sender_domain}'))
    )


@transformation
def own_sender_field(attack: Attack) -> Mail:
    """Sender names the chief's address."""
    return attack.mail.below(Field("Sender", _chief(attack)))


@transformation
def own_author_and_sender(attack: Attack) -> Mail | None:
    """From has the chief's address, Sender the attacker's."""
    if attack.inside:
        return None
    mail = spoofed(attack, _chief(attack), policy=False).below(Field("Sender", attack.sender[1]))
    return mail.having("From", mailbox(attack.chief.mailbox))


@transformation
def hidden_recipients(attack: Attack) -> Mail:
    """No recipient is named."""
    return attack.mail.without("Cc").having("To", "undisclosed-recipients:;")


@transformation
def foreign_recipients(attack: Attack) -> Mail:
    """To names the author; the victim is in the envelope only."""
    return attack.mail.without("Cc").having("To", f"<{attack.sender[1]}>")


@transformation
def many_recipients(attack: Attack) -> Mail:
    """Forty strangers are named before the victim."""
    crowd = ",\r\n ".join(f"<guest{number}@elsewhere.example>" for number in range(40))
    return attack.mail.changed("To", lambda own: f"{crowd},\r\n {own}")
