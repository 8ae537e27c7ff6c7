"""What a member can be asked, and what it answers; both travel as JSON between workers."""

# ruff: noqa: F403, F405 - the modules are one vocabulary, named ``queries`` together
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
    | Rows
    | Get
    | Verdicts
    | Counts
    | Contacts
    | Message
    | Raw
    | Networks
    | History
    | DeadLetters
    | Retry
)
"""Every question, told apart by its tag."""
