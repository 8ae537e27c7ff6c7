"""All scenarios."""

from __future__ import annotations

from detection_stream.demo.attacks import (
    advance_fee,
    bec,
    callback,
    credential_phishing,
    extortion,
    internal_phishing,
    malware,
    reconnaissance,
    spam,
    vendor_compromise,
)
from detection_stream.demo.hard_negatives import companies, people, services
from detection_stream.demo.normal import bulk, internal, machines, partners
from detection_stream.demo.scenario import Scenario

_MODULES = (
    internal,
    partners,
    machines,
    bulk,
    people,
    companies,
    services,
    credential_phishing,
    bec,
    reconnaissance,
    vendor_compromise,
    malware,
    callback,
    extortion,
    advance_fee,
    internal_phishing,
    spam,
)

SCENARIOS: tuple[Scenario, ...] = tuple(
    scenario for module in _MODULES for scenario in module.SCENARIOS
)
