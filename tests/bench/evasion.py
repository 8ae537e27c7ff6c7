"""Share of the demo's flagged attacks that stay flagged whatever their sender adds."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from tests.metamorphic.attack import Attack
from tests.metamorphic.registry import Transformation, transformations
from tests.metamorphic.rehearsal import Rehearsal, Survival

MESSAGES = 10_000


def main(arguments: list[str]) -> None:
    """``[--attacks N] [--transformations A,B] [--seed N] [--messages N] [--alone] [--missed]``.

    A transformation takes some seconds, and less than one with ``--alone``.
    """
    parser = argparse.ArgumentParser(prog="evasion", description=__doc__)
    parser.add_argument("--attacks", type=int, default=1_000, help="at most so many")
    parser.add_argument("--transformations", default="", help="names or families; else all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--messages", type=int, default=MESSAGES, help="of the organisation")
    parser.add_argument("--alone", action="store_true", help="no ordinary mail beside: faster")
    parser.add_argument(
        "--missed", action="store_true", help="what was missed, and the detectors lost"
    )
    chosen = parser.parse_args(arguments)
    named = _named(chosen.transformations)
    begin = time.perf_counter()
    with TemporaryDirectory() as scratch:
        place, ordinary = Path(scratch), not chosen.alone
        rehearsal = Rehearsal(place, chosen.messages, chosen.seed, ordinary=ordinary)
        attacks = rehearsal.choose(chosen.attacks, chosen.seed)
        print(
            f"as they are: {rehearsal.caught} of {rehearsal.all_attacks:,} attacks flagged, "
            f"{rehearsal.false} of {rehearsal.harmless:,} harmless mails flagged;\n"
            f"transformed are {len(attacks)} of the {len(rehearsal.attacks)} flagged attacks of "
            "the last 30 days\n",
            flush=True,
        )
        print(f"{'transformation':34} {'flagged':>7} {'still':>6} {'share':>7}  false", flush=True)
        found = {one.name: _tell(rehearsal, one, attacks, chosen.missed) for one in named}
    applied = sum(one.applied for one in found.values())
    missed = sum(len(one.missed) for one in found.values())
    share = 1 - missed / max(1, applied)
    print(f"{'all':34} {applied:7,} {applied - missed:6,} {share:7.1%}")
    print(f"{time.perf_counter() - begin:.0f} s")
    figures = {
        "share": round(share, 4),
        "recall": round(rehearsal.caught / rehearsal.all_attacks, 4),
        "false": rehearsal.false,
        "harmless": rehearsal.harmless,
        "attacks": len(attacks),
        "transformations": {name: round(one.share, 4) for name, one in found.items()},
    }
    print(orjson.dumps(figures).decode())


def _named(wanted: str) -> list[Transformation]:
    names = set(wanted.split(",")) - {""}
    every = transformations().values()
    known = {one.name for one in every} | {one.family for one in every}
    if unknown := names - known:
        raise SystemExit(
            f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}"
        )
    return [one for one in every if not names or {one.name, one.family} & names]


def _tell(
    rehearsal: Rehearsal, one: Transformation, attacks: list[Attack], missed: bool
) -> Survival:
    survival = rehearsal.survival(one, attacks)
    kept = survival.applied - len(survival.missed)
    print(
        f"{one.name:34} {survival.applied:7,} {kept:6,} {survival.share:7.1%}  {survival.false}",
        flush=True,
    )
    if missed and survival.missed:
        scenarios = Counter(attack.scenario for attack in survival.missed)
        print(
            f"    attacks: {_counted(scenarios)}\n    lost: {_counted(survival.lost)}", flush=True
        )
    return survival


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())
