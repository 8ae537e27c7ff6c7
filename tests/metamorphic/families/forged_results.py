"""Results of authentication that the sender writes."""

from __future__ import annotations

from detection_stream.demo.organisation import GATEWAY
from detection_stream.model.message import Address
from detection_stream.simulation.headers import mailbox
from tests.metamorphic.attack import Attack
from tests.metamorphic.gateway import spoofed, with_envelope
from tests.metamorphic.mail import Field, Mail
from tests.metamorphic.registry import transformation

_RESULTS = "Authentication-Results"


def _passes(attack: Attack, domain: str = "") -> str:
    claimed = domain or attack.sender_domain
    return (
        f"spf=pass smtp.mailfrom={claimed}; dkim=pass header.d={claimed}; "
        f"dmarc=pass header.from={claimed}"
    )


@transformation
def results_on_top(attack: Attack) -> Mail:
    """Passing results in the gateway's name, directly below the gateway's own fields."""
    return attack.mail.on_top(Field(_RESULTS, f"{GATEWAY}; {_passes(attack)}"))


@transformation
def results_below(attack: Attack) -> Mail:
    """Passing results in the gateway's name, below the sender's other fields."""
    return attack.mail.below(Field(_RESULTS, f"{GATEWAY}; {_passes(attack)}"))


@transformation
def results_of_another_host(attack: Attack) -> Mail:
    """Passing results in a big provider's name."""
    return attack.mail.on_top(Field(_RESULTS, f"mx.google.com; {_passes(attack)}"))


@transformation
def results_in_comments(attack: Attack) -> Mail:
    """Passing results within comments of results in the gateway's name."""
    value = f"{GATEWAY} ({_passes(attack)}); none (dmarc=pass (spf=pass)) ; dkim=none (dkim=pass)"
    return attack.mail.on_top(Field(_RESULTS, value))


@transformation
def results_in_quotes(attack: Attack) -> Mail:
    """Passing results within a quoted string of results in the gateway's name."""
    value = f'{GATEWAY}; spf=none reason="; {_passes(attack)};"'
    return attack.mail.on_top(Field(_RESULTS, value))


@transformation
def results_in_envelope(attack: Attack) -> Mail | None:
    """Passing results within the envelope's local part, which the gateway repeats in its own."""
    if attack.inside:
        return None
    return with_envelope(attack, f'"x; dmarc=pass header.from={attack.sender_domain}; y"')


@transformation
def received_spf(attack: Attack) -> Mail:
    """Received-SPF: pass in the gateway's name."""
    address = attack.sender[1]
    value = (
        f"pass ({GATEWAY}: domain of {address} designates 198.18.4.4 as permitted sender) "
        f"receiver={GATEWAY}; client-ip=198.18.4.4; envelope-from={address};"
    )
    return attack.mail.on_top(Field("Received-SPF", value))


@transformation
def sealed(attack: Attack) -> Mail:
    """An ARC set that says that all passed, sealed by a big provider."""
    return attack.mail.on_top(*_seals(attack, attack.sender_domain))


def _seals(attack: Attack, domain: str) -> tuple[Field, ...]:
    signature = "YmFzZTY0IHRleHQgb2YgYSBzaWduYXR1cmU="
    return (
        Field("ARC-Seal", f"i=1; a=rsa-sha256; t=1; cv=none; d=google.com; s=arc; b={signature}"),
        Field(
            "ARC-Message-Signature",
            f"i=1; a=rsa-sha256; c=relaxed/relaxed; d=google.com; s=arc; h=from; bh={signature}; "
            f"b={signature}",
        ),
        Field("ARC-Authentication-Results", f"i=1; {GATEWAY}; {_passes(attack, domain)}; arc=pass"),
        Field(
            _RESULTS,
            f"{GATEWAY}; arc=pass (i=1 spf=pass dkim=pass dmarc=pass); {_passes(attack, domain)}",
        ),
    )


def _as_chief(attack: Attack, *, policy: bool) -> Mail | None:
    """In the name and with the address of the chief; replies go to the attacker."""
    if attack.inside:
        return None
    chief = attack.chief.mailbox
    mail = spoofed(attack, chief.address, policy=policy)
    return mail.having("From", mailbox(chief)).having(
        "Reply-To", mailbox(Address(chief.name, attack.sender[1]))
    )


@transformation
def chief_with_results(attack: Attack) -> Mail | None:
    """In the chief's name and address, with passing results in the gateway's name."""
    mail = _as_chief(attack, policy=True)
    domain = attack.chief.mailbox.domain
    return mail and mail.on_top(Field(_RESULTS, f"{GATEWAY}; {_passes(attack, domain)}"))


@transformation
def chief_with_received_spf(attack: Attack) -> Mail | None:
    """In the chief's name and address, with Received-SPF: pass in the gateway's name."""
    mail = _as_chief(attack, policy=False)
    address = attack.chief.mailbox.address
    value = f"pass ({GATEWAY}: domain of {address} designates 10.20.4.4) envelope-from={address};"
    return mail and mail.on_top(Field("Received-SPF", value))


@transformation
def chief_sealed(attack: Attack) -> Mail | None:
    """In the chief's name and address, with an ARC set that says that all passed."""
    mail = _as_chief(attack, policy=True)
    return mail and mail.on_top(*_seals(attack, attack.chief.mailbox.domain)[:3])


@transformation
def chief_with_empty_results(attack: Attack) -> Mail | None:
    """In the chief's name and address, and the domain has no policy that could fail."""
    return _as_chief(attack, policy=False)
