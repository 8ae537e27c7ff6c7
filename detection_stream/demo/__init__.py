"""Three months of a synthetic organisation's mail, with a label for every message.

To add a scenario, write one function that takes the :class:`~detection_stream.demo.world.World`
and returns a :class:`~detection_stream.simulation.draft.Draft`, and add it to ``SCENARIOS`` in
its module.
"""

from __future__ import annotations

from detection_stream.demo.mbox import write_mbox
from detection_stream.demo.organisation import OWN_DOMAINS, people
from detection_stream.demo.stream import DemoMessage, generate

TENANT = "demo"

__all__ = ["OWN_DOMAINS", "TENANT", "DemoMessage", "generate", "people", "write_mbox"]
