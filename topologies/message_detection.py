"""Message detection: raw messages in, one verdict and its attribution out.

::

    messages.raw ─► content ─┬────────────────────► signals ─► decision ─┬► verdicts
                             └► observations ─► entity ─┘                └► attributions
    unreadable records ─► dead-letters
"""

from __future__ import annotations

from detection_stream.decision.decision_model import load_decision_model
from detection_stream.detectors.registry import load_detectors
from detection_stream.runtime.topic import DAY, HOUR, Retention
from detection_stream.runtime.topology import Topology
from detection_stream.signals.registry import all_signals
from detection_stream.stages.content import ContentStage
from detection_stream.stages.decision import DecisionStage
from detection_stream.stages.entity import EntityStage

GIB = 1 << 30
UNTIL_CONSUMED = Retention(seconds=0, size=0)
KEPT = Retention(7 * DAY, GIB)
"""Long enough to look up past rows."""
RESULTS = Retention(400 * DAY, 8 * GIB)


def build(partitions: int = 1, prefix: str = "", version: int = 1) -> Topology:
    """The topology with ``partitions`` partitions per topic and prefixed names.

    A state ``version`` above 1 has its own topics between the stages and writes no
    verdicts until it takes over.
    """
    flow = Topology("message-detection", prefix, version)
    mail = flow.add_source(
        "mail",
        "messages.raw",
        id=1,
        retention=Retention(7 * DAY, 2 * GIB),
        description="messages as they came in",
    )
    observations = flow.add_internal("observations", KEPT, "what was seen about which entity")
    signals = flow.add_internal("signals", UNTIL_CONSUMED, "signals of every level")
    verdicts = flow.add_output(
        "verdicts", RESULTS, "one decision per message", named_by=("uid", "revision")
    )
    attributions = flow.add_output(
        "attributions", RESULTS, "the reasons for each decision", named_by=("uid", "revision")
    )
    flow.add_dead_letters(Retention(30 * DAY, GIB), "unreadable records, and why")
    takeovers = flow.add_control(
        "takeovers",
        Retention(400 * DAY, GIB),
        "where which state took over",
        named_by=("id", "partition"),
    )
    flow.add_control("tenants", Retention(400 * DAY, GIB), "profiles and people", compacted=True)
    flow.add_control("workers", Retention(HOUR, GIB), "where workers serve the web view")

    content = ContentStage(mail.id, observations.name, signals.name, partitions)
    flow.add_stage(content, reads=mail, writes=(observations, signals))
    flow.add_stage(EntityStage(signals.name), reads=observations, writes=(signals,))
    decision = DecisionStage(
        load_detectors(signals=[signal.name for signal in all_signals()]),
        load_decision_model(),
        verdicts.name,
        attributions.name,
        takeovers.name,
        version,
    )
    flow.add_stage(decision, reads=signals, writes=(verdicts, attributions, takeovers))
    return flow
