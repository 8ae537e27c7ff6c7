"""Fuzzes for so many minutes; ends with 1 if anything failed, and saves what did."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import orjson

from tests.fuzz.finding import Finding, Tally, save
from tests.fuzz.measure import measured
from tests.fuzz.mutation.chance import chance
from tests.fuzz.run import Run
from tests.fuzz.targets import TARGETS


def main() -> None:
    """``[--minutes N] [--mutations N] [--seed N] [--workers N] [--targets A,B] [--out DIR]``."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--mutations", type=int, default=1 << 40, help="of each target at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--targets", default=",".join(TARGETS))
    parser.add_argument("--out", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--only", default="", metavar="TARGET-NUMBER", help="make and feed one")
    chosen = parser.parse_args()
    if chosen.only:
        _only(chosen.only, chosen.seed, chosen.out)
        return
    begin = time.monotonic()
    run = Run(chosen.seed, chosen.targets.split(","), chosen.workers)
    run.go(chosen.minutes * 60, chosen.mutations)
    for finding in run.findings:
        print(f"{save(finding, chosen.out)}: {finding.text.strip().splitlines()[-1][:200]}")
    _tell(run, time.monotonic() - begin)
    sys.exit(1 if run.findings else 0)


def _tell(run: Run, seconds: float) -> None:
    print("target     mutations  a CPU second   refused   slowest   largest")
    for name, tally in run.tallies.items():
        print(
            f"{name:8} {tally.mutations:11,} {tally.mutations / max(tally.seconds, 1e-9):13,.0f} "
            f"{tally.refused:9,} {tally.slowest.value:7.2f} s "
            f"{int(tally.largest.value) >> 20:5,} MiB"
        )
    for (target, kind), count in sorted(run.kinds.items()):
        print(f"{target}: {count:,} {kind}")
    print(orjson.dumps(_figures(run, seconds)).decode())


def _figures(run: Run, seconds: float) -> dict[str, object]:
    failed = {"error", "death", "endless"}
    return {
        "seconds": round(seconds),
        "mutations": sum(tally.mutations for tally in run.tallies.values()),
        "crashes": sum(count for (_, kind), count in run.kinds.items() if kind in failed),
        "over_budget": sum(count for (_, kind), count in run.kinds.items() if kind not in failed),
        "targets": {name: _worst(tally) for name, tally in run.tallies.items()},
    }


def _worst(tally: Tally) -> dict[str, object]:
    return {
        "mutations": tally.mutations,
        "slowest_s": round(tally.slowest.value, 3),
        "slowest": tally.slowest.number,
        "largest_mib": int(tally.largest.value) >> 20,
        "largest": tally.largest.number,
    }


def _only(named: str, seed: int, out: Path) -> None:
    """Make one input again and feed it in this process."""
    name, _, number = named.rpartition("-")
    target = TARGETS[name]()
    made = target.make(chance(seed, name, int(number)))
    path = save(Finding(name, int(number), "input", "made again", target.saved(made)), out)
    print(path, flush=True)
    cost = measured(lambda: print(f"refused: {target.run([made])}"))
    print(f"{cost.seconds:.3f} s, {cost.memory >> 20} MiB")
    target.close()
    if cost.error is not None:
        raise cost.error


if __name__ == "__main__":
    main()
