"""How topologies are made, and how several become one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from detection_stream.model.signature import NO_KEYS, OperatorKeys
from detection_stream.runtime.topic import TopicRole
from detection_stream.runtime.topology import Topology


def combine(*topologies: Topology) -> Topology:
    """Several topologies as one, for an embedded engine that runs them all.

    They meet through topics only: what one of them writes can be a source of another, and is no
    source of the whole.

    Raises:
        ValueError: two of them have a stage or a source of the same name, read the same topic, or
            declare a topic differently.
    """
    first, *others = topologies
    name = "+".join(flow.name for flow in topologies)
    whole = Topology(name, first.prefix, first.version, dict(first._topics))
    for flow in others:
        for key, topic in flow._topics.items():
            known = whole._topics.setdefault(key, topic)
            if known != topic and {known.role, topic.role} != _MEETING:
                raise ValueError(f"{name}: two topologies declare {key} differently")
            if topic.role is TopicRole.OUTPUT:
                whole._topics[key] = topic
    nodes = [node for flow in topologies for node in flow.stages]
    written = {topic.name for node in nodes for topic in node.writes}
    sources = [found for flow in topologies for found in flow._sources.items()]
    for what, names in (
        ("stage", [node.name for node in nodes]),
        ("source", [source for source, _ in sources]),
        ("source with the id", [str(topic.id) for _, topic in sources]),
        ("reader of", [node.reads.name for node in nodes]),
    ):
        if twice := sorted(str(one) for one, count in Counter(names).items() if count > 1):
            raise ValueError(f"{name}: two topologies have a {what} {', '.join(twice)}")
    whole._sources = {name: topic for name, topic in sources if topic.name not in written}
    whole._stages = {node.name: node for node in nodes}
    return whole


_MEETING = {TopicRole.OUTPUT, TopicRole.SOURCE}


Build = Callable[[int, str, int], Topology]
"""Builds a topology from a partition count, a prefix and a state version."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """How to build a topology: small and picklable, so that it can be sent to another process.

    ``keys`` are the operator's, whose signatures its stages believe.
    """

    build: Build
    prefix: str = ""
    version: int = 1
    keys: OperatorKeys = NO_KEYS

    def topology(self, partitions: int = 1) -> Topology:
        """The topology, with this many partitions per topic."""
        flow = self.build(partitions, self.prefix, self.version)
        flow.trust(self.keys)
        return flow
