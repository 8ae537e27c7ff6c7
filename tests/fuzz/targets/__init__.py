"""What is fed with mutated inputs, by name."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.targets.files import FileTarget
from tests.fuzz.targets.records import RecordTarget
from tests.fuzz.targets.sessions import SessionTarget
from tests.fuzz.targets.target import Target

TARGETS: dict[str, Callable[[], Target]] = {
    "mail": lambda: RecordTarget("mail"),
    "json": lambda: RecordTarget("json"),
    "archive": FileTarget,
    "smtp": SessionTarget,
}
