"""Runs the demo organisation's mail once, then its last weeks again and again with changes."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from detection_stream.demo import OWN_DOMAINS, TENANT, DemoMessage, generate, people
from detection_stream.demo.clock import START
from detection_stream.evaluation.labels import HARMLESS
from detection_stream.evaluation.quality import ATTACK_VERDICTS
from detection_stream.ingest.raw_records import person_record
from detection_stream.replay.seed import merge
from detection_stream.runtime.frames import decode_frame
from detection_stream.runtime.records import Record
from detection_stream.simulation.dates import DAY
from detection_stream.simulation.dice import Dice
from detection_stream.state.database import Database
from tests.metamorphic.attack import Attack, Delivery
from tests.metamorphic.harmless import MAX_PRELUDE_DAYS
from tests.metamorphic.knowledge import attack_of, correspondences
from tests.metamorphic.registry import Transformation
from tests.topology.harness import KEYS, RAW, SIGNALS, VERDICTS, Pipeline, pipeline

FIRST_ATTACK_DAY = 60
"""Day of the demo's 90 from which attacks are transformed; enough history is before it."""
_BATCH = (512,)

Timed = tuple[int, bytes]
"""Arrival in milliseconds since 1970, and the mail."""
Verdicts = dict[int, dict[str, Any]]
"""The verdict on each message, by its place in the stream; a repeat has none."""


@dataclass(frozen=True, slots=True)
class Survival:
    """Of ``applied`` attacks, which were flagged, those ``missed`` when transformed.

    ``lost`` counts the detectors that no longer fire on those missed; ``false`` harmless mails
    of the same weeks were flagged beside them.
    """

    applied: int
    missed: tuple[Attack, ...]
    lost: Counter[str]
    false: int

    @property
    def share(self) -> float:
        """Share of the attacks that stayed flagged; 1 if it applied to none."""
        return 1 - len(self.missed) / self.applied if self.applied else 1.0


class Rehearsal:
    """The state of the organisation before its last weeks, and those weeks.

    ``attacks`` are those of the last weeks that are flagged as they are. ``caught`` of
    ``all_attacks`` that were run are flagged, and ``false`` of the ``harmless`` mails.
    With ``ordinary`` false nothing but attacks comes in in the last weeks, which is much faster.
    """

    def __init__(self, place: Path, messages: int, seed: int, *, ordinary: bool = True) -> None:
        self._place = place
        stream = list(generate(messages, seed))
        begin = (START + (FIRST_ATTACK_DAY - MAX_PRELUDE_DAYS) * DAY) * 1_000
        history = [message for message in stream if message.received_at < begin]
        self._rest = [
            message
            for message in stream
            if message.received_at >= begin and (ordinary or _is_attack(message))
        ]
        before = self._history(history, seed)
        self._as_they_are = self._run([(one.received_at, one.raw) for one in self._rest])
        self._count(history, before)
        self._count(self._rest, self._as_they_are)
        real = correspondences(history, seed)
        first = (START + FIRST_ATTACK_DAY * DAY) * 1_000
        self.attacks = [
            attack_of(message, number, real, seed)
            for number, message in enumerate(self._rest)
            if _is_attack(message)
            and message.received_at >= first
            and _is_flagged(self._as_they_are.get(number))
        ]

    all_attacks = caught = harmless = false = 0

    def choose(self, count: int, seed: int) -> list[Attack]:
        """Some of the attacks, of each scenario in turn."""
        dice = Dice(seed, "choice")
        by_scenario: dict[str, list[Attack]] = {}
        for attack in dice.sample(self.attacks, len(self.attacks)):
            by_scenario.setdefault(attack.scenario, []).append(attack)
        chosen: list[Attack] = []
        while len(chosen) < min(count, len(self.attacks)):
            for scenario in sorted(by_scenario):
                if by_scenario[scenario] and len(chosen) < count:
                    chosen.append(by_scenario[scenario].pop())
        return chosen

    def survival(self, transformation: Transformation, attacks: Sequence[Attack]) -> Survival:
        """Run the last weeks with the attacks transformed."""
        deliveries = {
            attack.number: delivery
            for attack in attacks
            if (delivery := transformation.apply(attack)) is not None
        }
        stream, places = self._with(deliveries)
        found = self._run(stream)
        applied = [attack for attack in attacks if attack.number in deliveries]
        missed = [one for one in applied if not _is_flagged(found.get(places[one.number]))]
        lost: Counter[str] = Counter()
        for one in missed:
            left = found.get(places[one.number], {}).get("detectors", ())
            lost.update(set(self._as_they_are[one.number]["detectors"]) - set(left))
        harmless = [place for place, message in enumerate(self._rest) if message.kind in HARMLESS]
        false = sum(_is_flagged(found.get(places[number])) for number in harmless)
        return Survival(len(applied), tuple(missed), lost, false)

    def _with(self, deliveries: Mapping[int, Delivery]) -> tuple[list[Timed], dict[int, int]]:
        """The last weeks with these attacks replaced, and where each message is in them."""
        items: list[tuple[int, int, bool, bytes]] = []
        for number, message in enumerate(self._rest):
            delivery = deliveries.get(number)
            raw = message.raw if delivery is None else delivery.mail.raw
            items.append((message.received_at, number, True, raw))
            for one in delivery.before if delivery else ():
                items.append((one.at * 1_000, number, False, one.mail.raw))
        items.sort(key=lambda item: item[:3])
        places = {number: place for place, (_, number, own, _) in enumerate(items) if own}
        return [(at, raw) for at, _, _, raw in items], places

    def _history(self, history: Sequence[DemoMessage], seed: int) -> Verdicts:
        """Run the time before, and keep the state that it leaves."""
        with pipeline(self._place / "history") as flow:
            records = flow.topics[RAW]
            for person in people(seed):
                key, value, at, headers = person_record(
                    person, TENANT, frozenset(OWN_DOMAINS), KEYS
                )
                records.append(Record(len(records), at, key, value, headers))
            start = len(records)
            found = _fed(flow, [(message.received_at, message.raw) for message in history])
            flow.tables()
            kept = Database(self._place / "seed")
            for runner in flow.runners.values():
                merge(kept, runner.stage, runner.state)
            kept.close()
        return {offset - start: verdict for offset, verdict in found.items()}

    def _run(self, stream: Iterable[Timed]) -> Verdicts:
        """Run a stream on a copy of that state."""
        with self._copy() as flow:
            return _fed(flow, stream)

    @contextmanager
    def _copy(self) -> Iterator[Pipeline]:
        with TemporaryDirectory(dir=self._place) as scratch:
            state = shutil.copytree(self._place / "seed", Path(scratch) / "state")
            with pipeline(state) as flow:
                yield flow

    def _count(self, messages: Sequence[DemoMessage], found: Verdicts) -> None:
        for number, message in enumerate(messages):
            flagged = _is_flagged(found.get(number))
            if _is_attack(message):
                self.all_attacks += 1
                self.caught += flagged
            elif message.kind in HARMLESS:
                self.harmless += 1
                self.false += flagged


def _fed(flow: Pipeline, stream: Iterable[Timed]) -> Verdicts:
    for at, raw in stream:
        flow.feed_raw(raw, at)
    flow.run(dict.fromkeys(flow.topics, _BATCH))
    decided = {one["uid"]: one for one in map(orjson.loads, flow.values(VERDICTS))}
    found: Verdicts = {}
    for value in flow.values(SIGNALS):
        for level, columns in decode_frame(value).blocks:
            if level == "message":
                uids = zip(columns["origin_offset"], columns["uid"], strict=True)
                found |= {offset: decided[uid] for offset, uid in uids if uid in decided}
    return found


def _is_flagged(verdict: Mapping[str, Any] | None) -> bool:
    return verdict is not None and verdict["verdict"] in ATTACK_VERDICTS


def _is_attack(message: DemoMessage) -> bool:
    return message.kind not in HARMLESS and message.kind != "spam"
