"""The graph of topics and stages that a topology file declares; both transports run it.

Stages and topics are found by name or by role, never by position.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from detection_stream.errors import InputError
from detection_stream.model.signature import OperatorKeys
from detection_stream.runtime.stage import Stage
from detection_stream.runtime.topic import LETTER_NAMED_BY, Retention, Topic, TopicRole


class StageNode(NamedTuple):
    """A stage with the topic that it reads and those that it writes.

    ``changelog`` is the name of the topic with its state on a broker.
    """

    stage: Stage
    reads: Topic
    writes: tuple[Topic, ...]

    changelog: str

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.stage.name

    @property
    def dead_letters(self) -> Topic:
        """The topic of its dead letters."""
        return next(topic for topic in self.writes if topic.role is TopicRole.DEAD_LETTERS)


@dataclass
class Topology:
    """Topics and stages of one flow.

    ``prefix`` precedes every topic's name, so that several topologies can share a broker.
    ``version`` is the state version: several can run side by side, each with its own state and
    topics between the stages.
    """

    name: str
    prefix: str = ""
    version: int = 1
    _topics: dict[str, Topic] = field(default_factory=dict)
    _sources: dict[str, Topic] = field(default_factory=dict)
    _stages: dict[str, StageNode] = field(default_factory=dict)

    @property
    def versioned_name(self) -> str:
        """The name of the topology, with the state version if it is above 1."""
        return f"{self.name}{self._version_suffix}"

    @property
    def _version_suffix(self) -> str:
        return f"-v{self.version}" if self.version > 1 else ""

    @property
    def group(self) -> str:
        """The consumer group of its workers."""
        return self.full_name(self.versioned_name)

    def full_name(self, topic: str) -> str:
        """The name of a topic on the broker: with the prefix."""
        return f"{self.prefix}{topic}"

    # Declaring a topology.

    def add_source(
        self, name: str, topic: str, *, id: int, retention: Retention, description: str
    ) -> Topic:
        """Declare a source; ``id`` (1 to 255) must never change, since stored rows contain it."""
        if name in self._sources or any(id == known.id for known in self.sources):
            raise ValueError(f"{self.name}: the source {name} with id {id} is declared twice")
        found = self._add(topic, TopicRole.SOURCE, retention, description, id=id)
        self._sources[name] = found
        return found

    def add_internal(self, key: str, retention: Retention, description: str) -> Topic:
        """Declare a topic of frames; every state version has its own."""
        return self._add(key, TopicRole.INTERNAL, retention, description, own=True)

    def add_output(
        self, key: str, retention: Retention, description: str, *, named_by: tuple[str, ...]
    ) -> Topic:
        """Declare a topic of results, shared by all state versions."""
        return self._add(key, TopicRole.OUTPUT, retention, description, named_by=named_by)

    def add_dead_letters(
        self, retention: Retention, description: str, key: str = "dead-letters"
    ) -> Topic:
        """Declare the dead-letter topic; every state version has its own."""
        return self._add(
            key, TopicRole.DEAD_LETTERS, retention, description, own=True, named_by=LETTER_NAMED_BY
        )

    def add_control(
        self,
        key: str,
        retention: Retention,
        description: str,
        *,
        compacted: bool = False,
        named_by: tuple[str, ...] = (),
    ) -> Topic:
        """Declare a topic that no stage reads and that has no results."""
        role = TopicRole.CONTROL
        return self._add(key, role, retention, description, compacted=compacted, named_by=named_by)

    def _add(
        self,
        key: str,
        role: TopicRole,
        retention: Retention,
        description: str,
        *,
        own: bool = False,
        compacted: bool = False,
        id: int = 0,
        named_by: tuple[str, ...] = (),
    ) -> Topic:
        if key in self._topics:
            raise ValueError(f"{self.name}: the topic {key} is declared twice")
        name = self.full_name(f"{key}{self._version_suffix if own else ''}")
        self._topics[key] = Topic(key, name, role, retention, description, compacted, id, named_by)
        return self._topics[key]

    def add_stage(self, stage: Stage, *, reads: Topic, writes: Iterable[Topic]) -> None:
        """Declare a stage, its one input, and its outputs besides dead letters."""
        if stage.name in self._stages:
            raise ValueError(f"{self.name}: the stage {stage.name} is declared twice")
        if any(reads == node.reads for node in self.stages):
            raise ValueError(f"{self.name}: two stages read {reads.key}")
        changelog = self.full_name(f"{self.versioned_name}-{stage.name}-changelog")
        node = StageNode(stage, reads, (*writes, self.dead_letters), changelog)
        self._stages[stage.name] = node

    # Asking about a topology.

    @property
    def topics(self) -> tuple[Topic, ...]:
        """All topics, in the order in which they were declared."""
        return tuple(self._topics.values())

    def topic(self, key: str) -> Topic:
        """The topic of that name.

        Raises:
            InputError: the topology has none.
        """
        if key not in self._topics:
            raise InputError(f"the topology {self.name} has no topic {key}")
        return self._topics[key]

    def has_topic(self, key: str) -> bool:
        """Whether it has a topic of that name."""
        return key in self._topics

    @property
    def sources(self) -> tuple[Topic, ...]:
        """The topics that records come in through."""
        return tuple(self._sources.values())

    def source(self, name: str) -> Topic:
        """The source of that name.

        Raises:
            InputError: the topology has none.
        """
        if name not in self._sources:
            known = ", ".join(self._sources)
            raise InputError(f"the topology {self.name} has no source {name}; it has {known}")
        return self._sources[name]

    def source_of(self, id: int) -> Topic:
        """The source with that id.

        Raises:
            InputError: the topology has none.
        """
        for topic in self.sources:
            if topic.id == id:
                return topic
        raise InputError(f"the topology {self.name} has no source with the id {id}")

    @property
    def internal(self) -> tuple[Topic, ...]:
        """The topics between stages."""
        return self._of(TopicRole.INTERNAL)

    @property
    def dead_letters(self) -> Topic:
        """The dead-letter topic; of several topologies, the first one's."""
        return self._of(TopicRole.DEAD_LETTERS)[0]

    @property
    def outputs(self) -> tuple[Topic, ...]:
        """The topics for users: results, then dead letters."""
        return (*self._of(TopicRole.OUTPUT), *self._of(TopicRole.DEAD_LETTERS))

    def _of(self, role: TopicRole) -> tuple[Topic, ...]:
        return tuple(topic for topic in self.topics if topic.role is role)

    @property
    def stages(self) -> tuple[StageNode, ...]:
        """All stages, each after those whose rows it reads."""
        return tuple(self._stages.values())

    @property
    def entries(self) -> tuple[StageNode, ...]:
        """The stages that read sources."""
        sources = {topic.name for topic in self.sources}
        return tuple(node for node in self.stages if node.reads.name in sources)

    def trust(self, keys: OperatorKeys) -> None:
        """Let the stages believe what these keys have signed, too."""
        for node in self.stages:
            node.stage.trust(keys)

    def stage(self, name: str) -> StageNode:
        """The stage of that name.

        Raises:
            InputError: the topology has none.
        """
        if name not in self._stages:
            raise InputError(f"the topology {self.name} has no stage {name}")
        return self._stages[name]

    def reader(self, topic: str) -> StageNode | None:
        """The stage that reads the topic of that name on the broker, None if no stage does."""
        return next((node for node in self.stages if node.reads.name == topic), None)

    def writer(self, key: str) -> StageNode:
        """The one stage that writes a topic.

        Raises:
            InputError: there is no such topic, or not exactly one stage writes it.
        """
        topic = self.topic(key)
        writers = [node for node in self.stages if topic in node.writes]
        if len(writers) != 1:
            raise InputError(f"{len(writers)} stages of {self.name} write {key}, not one")
        return writers[0]

    def keeper(self, table: str) -> StageNode | None:
        """The stage that keeps a table, None if no stage does."""
        return next((node for node in self.stages if table in node.stage.tables), None)

    def downstream(self, topic: Topic) -> tuple[Topic, ...]:
        """The internal topics downstream of ``topic``, nearest first."""
        found: dict[Topic, None] = {}
        left = [topic]
        while left:
            node = self.reader(left.pop(0).name)
            for written in node.writes if node else ():
                if written not in found and self.reader(written.name):
                    found[written] = None
                    left.append(written)
        return tuple(found)
