"""Message detection: raw messages in, one verdict and its attribution out.

::

    messages.raw ─► content ─┬────────────────────► signals ─► decision ─┬► verdicts
                             └► observations ─► entity ─┘                └► attributions
    whatever cannot be read ─► dead-letters
"""

from __future__ import annotations

from detection_stream.detectors.registry import load_rules
from detection_stream.runtime.embedded.log import Retention
from detection_stream.runtime.topology import DAY, HOUR, Topology
from detection_stream.signals.registry import all_signals
from detection_stream.stages.content import ContentStage
from detection_stream.stages.decision import DecisionStage
from detection_stream.stages.entity import EntityStage

GIB = 1 << 30
OUTPUTS = ("verdicts", "attributions", "dead-letters")
"""Topics that users of one process get as files, by their names without a prefix."""
UNTIL_CONSUMED = Retention(seconds=0, size=0)
KEPT = Retention(7 * DAY, GIB)
"""For looking up what an entity's row was at a moment."""


def build(partitions: int = 1, prefix: str = "", version: int = 1) -> Topology:
    """The topology for topics of ``partitions`` partitions each, their names with a prefix.

    A ``version`` of the state beyond the first has its own topics between the stages and writes no
    verdicts until it takes over.
    """
    own = f"-v{version}" if version > 1 else ""
    dead_letters = f"{prefix}dead-letters{own}"
    flow = Topology(f"message-detection{own}", dead_letters, prefix, version)

    raw = flow.topic("messages.raw", Retention(7 * DAY, 2 * GIB), "messages as they came in")
    observations = flow.topic(f"observations{own}", KEPT, "what was seen of which entity")
    signals = flow.topic(f"signals{own}", UNTIL_CONSUMED, "signals of every level")
    verdicts = flow.topic("verdicts", Retention(400 * DAY, 8 * GIB), "one decision a message")
    attributions = flow.topic("attributions", Retention(400 * DAY, 8 * GIB), "and what made it")
    flow.topic(f"dead-letters{own}", Retention(30 * DAY, GIB), "what could not be read, and why")
    takeovers = flow.topic("takeovers", Retention(400 * DAY, GIB), "where which state took over")
    flow.topic("tenants", Retention(400 * DAY, GIB), "profiles and people", compacted=True)
    flow.topic("workers", Retention(HOUR, GIB), "where workers serve the web view")

    detectors = load_rules(signals=[signal.name for signal in all_signals()])
    content = ContentStage(observations, signals, partitions)
    flow.stage(content, reads=raw, writes=(observations, signals))
    flow.stage(EntityStage(signals), reads=observations, writes=(signals,))
    decision = DecisionStage(detectors, verdicts, attributions, takeovers, version)
    flow.stage(decision, reads=signals, writes=(verdicts, attributions, takeovers))
    return flow
