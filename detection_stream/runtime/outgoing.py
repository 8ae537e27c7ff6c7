"""Turns a stage's outputs into records: frames with ranges, and single events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from detection_stream.errors import StageError
from detection_stream.model.batch import Rows, concatenate
from detection_stream.runtime.frames import INPUT, encode_frame
from detection_stream.runtime.policies import Policies, Policy, dead_letter
from detection_stream.runtime.stage import RecordOut, RowsOut
from detection_stream.state.partition import Transaction

MAX_FRAME_INPUTS = 256
"""Maximum input rows per frame; keeps frames below a broker's 1 MiB."""
MAX_RECORD_BYTES = 16 << 20
"""Maximum record that a stage sends."""


class Outgoing(NamedTuple):
    """One record to send."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes
    timestamp: int


@dataclass(slots=True)
class Packing:
    """Turns one stage's outputs for one partition into records."""

    stage: str
    topic: str
    dead_letters: str
    policies: Policies
    frame_inputs: int

    def records(self, transaction: Transaction, last: int) -> list[Outgoing]:
        """The records of a batch that ends at input offset ``last``.

        Raises:
            StageError: a record is too large and the produce policy is fail.
        """
        sent: list[Outgoing] = []
        targets: dict[tuple[str, int], dict[str, list[Rows]]] = {}
        for output in transaction.outputs:
            if isinstance(output, RecordOut):
                sent += self._event(transaction, output)
            else:
                for partition, rows in by_target(output, transaction.partition):
                    target = targets.setdefault((output.topic, partition), {})
                    target.setdefault(output.level, []).append(rows)
        sender = f"{self.topic}/{transaction.partition}"
        for (topic, partition), levels in targets.items():
            blocks = {level: concatenate(parts) for level, parts in levels.items()}
            start = transaction.progress.sent.get(f"{topic}/{partition}", -1)
            for end, chunk in cut(blocks, last, self.frame_inputs):
                value = encode_frame(sender, start, end, chunk)
                sent.append(Outgoing(topic, partition, sender.encode(), value, 0))
                start = end
            transaction.progress.sent[f"{topic}/{partition}"] = last
        return sent

    def _event(self, transaction: Transaction, output: RecordOut) -> Iterator[Outgoing]:
        partition, value = transaction.partition, output.value
        if len(value) <= MAX_RECORD_BYTES:
            yield Outgoing(output.topic, partition, output.key, value, output.timestamp)
            return
        reason = f"a record of {len(value)} bytes for {output.topic} exceeds {MAX_RECORD_BYTES}"
        if self.policies.produce is Policy.FAIL:
            raise StageError(f"{self.stage}: {reason}; the produce policy is fail")
        transaction.progress.count("produce_failures")
        if self.policies.produce is Policy.DEAD_LETTER:
            letter = dead_letter(
                self.topic,
                partition,
                -1,
                stage=self.stage,
                phase="produce",
                reason=reason,
                value=value,
            )
            yield Outgoing(self.dead_letters, partition, output.key, letter, output.timestamp)


def by_target(output: RowsOut, own: int) -> list[tuple[int, Rows]]:
    """The rows for each target partition, in order; ``own`` is the default."""
    if output.partitions is None:
        return [(own, output.rows)]
    order = np.argsort(output.partitions, kind="stable")
    targets = output.partitions[order].tolist()
    if targets[0] == targets[-1]:
        return [(targets[0], output.rows)]
    rows = output.rows.take(order)
    starts = [n for n, target in enumerate(targets) if n == 0 or target != targets[n - 1]]
    stops = [*starts[1:], len(targets)]
    return [(targets[a], rows.slice(a, b)) for a, b in zip(starts, stops, strict=True)]


def cut(
    blocks: Mapping[str, Rows], last: int, most: int
) -> list[tuple[int, list[tuple[str, Rows]]]]:
    """Split blocks into pieces of at most ``most`` inputs, each with its last input."""
    first = min(int(rows[INPUT][0]) for rows in blocks.values())
    if max(int(rows[INPUT][-1]) for rows in blocks.values()) - first < most:
        return [(last, list(blocks.items()))]
    found = np.unique(np.concatenate([rows[INPUT] for rows in blocks.values()]))
    ends = found[most - 1 :: most].tolist()
    if not ends or ends[-1] != found[-1]:
        ends.append(int(found[-1]))
    pieces: list[tuple[int, list[tuple[str, Rows]]]] = []
    start = -1
    for end in ends:
        piece = []
        for level, rows in blocks.items():
            low, high = np.searchsorted(rows[INPUT], [start, end], side="right").tolist()
            if high > low:
                piece.append((level, rows.slice(low, high)))
        pieces.append((end, piece))
        start = end
    pieces[-1] = (last, pieces[-1][1])
    return pieces
