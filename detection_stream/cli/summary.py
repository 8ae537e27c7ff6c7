"""Prints the summary of a run."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from detection_stream.cli.job import RunResult
from detection_stream.decision.policy import VERDICTS
from detection_stream.evaluation.labels import read_labels
from detection_stream.evaluation.quality import ATTACK_VERDICTS, measure

COLOURS = {"malicious": "bold red", "suspicious": "yellow", "spam": "magenta", "graymail": "cyan"}
MAX_DETECTIONS_SHOWN = 8
"""Detections shown with reasons."""


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects in a JSON-lines file."""
    with path.open("rb") as lines:
        for line in lines:
            yield orjson.loads(line)


def latest(path: Path) -> list[dict[str, Any]]:
    """Verdicts in a file, highest revision per message; only those of attacks with details."""
    found: dict[str, dict[str, Any]] = {}
    for verdict in read_lines(path):
        kept = verdict
        if verdict["verdict"] not in ATTACK_VERDICTS:
            kept = {name: verdict[name] for name in ("uid", "message_id", "score", "attack_type")}
            kept["verdict"] = sys.intern(verdict["verdict"])
        found[verdict["uid"]] = kept
    return list(found.values())


def print_run(result: RunResult) -> list[dict[str, Any]]:
    """Print counts by verdict and attack type, top detections and rate; returns the verdicts."""
    console = Console()
    verdicts = latest(result.out / "verdicts.jsonl")
    _counts(console, verdicts)
    _top(console, verdicts)
    fed, seconds = result.fed.messages, result.fed.seconds
    rate = f", {fed / seconds:,.0f} messages/s" if fed else ""
    console.print(f"\n{fed:,} messages in {seconds:.1f} s{rate}.", highlight=False)
    if result.fed.before:
        console.print(f"{result.fed.before:,} messages were skipped: known from earlier runs.")
    content = result.counts["content"]
    if repeats := content.get("repeats"):
        console.print(f"{repeats:,} repeated messages were dropped.")
    failures = sum(
        count
        for counts in result.counts.values()
        for name, count in counts.items()
        if name.endswith("_failures")
    )
    if failures:
        letters = result.out / "dead-letters.jsonl"
        console.print(f"{failures:,} records could not be read: see {letters}.", highlight=False)
    return verdicts


def _counts(console: Console, verdicts: list[dict[str, Any]]) -> None:
    by_verdict = Counter(verdict["verdict"] for verdict in verdicts)
    types: dict[str, Counter[str]] = {name: Counter() for name in VERDICTS}
    for verdict in verdicts:
        if verdict["attack_type"]:
            types[verdict["verdict"]][verdict["attack_type"]] += 1
    table = Table("verdict", "messages", "share", "by attack type", box=None, pad_edge=False)
    table.columns[1].justify = table.columns[2].justify = "right"
    for name in VERDICTS:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in types[name].most_common())
        share = f"{by_verdict[name] / max(1, len(verdicts)):.1%}"
        table.add_row(Text(name, COLOURS.get(name, "green")), f"{by_verdict[name]:,}", share, kinds)
    console.print(table)


def _top(console: Console, verdicts: list[dict[str, Any]]) -> None:
    flagged = [v for v in verdicts if v["verdict"] in ATTACK_VERDICTS]
    if not flagged:
        return
    flagged.sort(key=lambda v: (-v["score"], v["uid"]))
    kinds: dict[str, dict[str, Any]] = {}
    for verdict in flagged:
        kinds.setdefault(verdict["attack_type"], verdict)
    chosen = [*kinds.values(), *(v for v in flagged if v not in kinds.values())][
        :MAX_DETECTIONS_SHOWN
    ]
    console.print("\nTop detections")
    for verdict in sorted(chosen, key=lambda v: -v["score"]):
        line = Text(f"  {verdict['score']:.2f}  ", COLOURS[verdict["verdict"]])
        line.append(f"{verdict['attack_type']}: ", "bold")
        line.append(f"{verdict['subject'][:60]!r} from {verdict['sender'][:50]}", "default")
        named = ", ".join(verdict["detectors"]) or "by the decision model alone"
        line.append(f"\n        {named}  ({verdict['uid'][:12]})", "dim")
        console.print(line, highlight=False, soft_wrap=True)


def print_quality(verdicts: list[dict[str, Any]], labels: Path, result: RunResult) -> None:
    """Print precision and recall against labels, and next commands."""
    console = Console()
    kinds = read_labels(labels)
    quality = measure(verdicts, kinds)
    table = Table("attack type", "caught", "of", box=None, pad_edge=False)
    table.columns[1].justify = table.columns[2].justify = "right"
    for kind, (caught, total) in sorted(quality.by_type.items()):
        table.add_row(kind, f"{caught:,}", f"{total:,}")
    console.print("\nAgainst the generator's labels")
    console.print(table)
    console.print(
        f"precision {quality.precision:.1%}, recall {quality.recall:.1%}, "
        f"{quality.false} of {quality.harmless:,} harmless messages flagged "
        f"({quality.false_rate:.2%})",
        highlight=False,
    )
    worst = max(verdicts, key=lambda verdict: verdict["score"], default=None)
    if worst:
        console.print("\nNext", style="bold")
        data = f" --data {result.data}"
        program = sys.argv[0] if sys.argv[0].endswith("detection-stream") else "detection-stream"
        console.print(f"  {program} explain {worst['uid'][:12]}{data}", highlight=False)
        console.print(f"  {program} tables list{data}", highlight=False)
        console.print(
            f"  {program} run mail.mbox --tenant acme --own-domain acme.com "
            "--data acme-data --out acme-out",
            highlight=False,
            soft_wrap=True,
        )
        # Last, so that it appears right above the prompt.
        console.print(f"  {program} web{data}", highlight=False)
