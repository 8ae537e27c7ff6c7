"""Queries to members and their answers; workers exchange them as JSON."""

# ruff: noqa: F403, F405 - the modules form one vocabulary, ``queries``
from __future__ import annotations

from detection_stream.web.members.queries.base import *
from detection_stream.web.members.queries.dead_letters import *
from detection_stream.web.members.queries.mail import *
from detection_stream.web.members.queries.rows import *
from detection_stream.web.members.queries.status import *
from detection_stream.web.members.queries.verdicts import *

AnyQuery = (
    Status
    | TenantProfiles
    | Scan
    | Get
    | Verdicts
    | Counts
    | Contacts
    | MessageVerdicts
    | Raw
    | Networks
    | PastRow
    | DeadLetters
    | Retry
)
"""Every query, distinguished by its tag."""
