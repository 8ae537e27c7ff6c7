"""Runs one benchmark by name; lists them without one."""

from __future__ import annotations

import importlib
import sys

BENCHMARKS = {
    "noop": "an agent that does nothing: batches beside one event at a time",
    "stages": "microseconds a message of every stage",
    "throughput": "messages per second of the demo organisation, or of files given",
    "kafka": "throughput and latency of workers on a local broker",
    "replay": "a replay, and a verification, beside live workers",
    "failover": "silence when a worker is killed, and in a rolling restart",
    "web": "page times over a million entities",
    "webcost": "processor time of a busy worker with and without somebody who looks at it",
    "peers": "one job in five stream frameworks, side by side",
    "efficacy": "share of attacks and of harmless mail that is flagged, on files given",
    "leave_out": "recall of attack types that a model was not trained with",
    "evasion": "share of flagged attacks that stay flagged whatever their sender adds",
}


def main() -> None:
    """Run ``tests.bench.NAME.main(arguments)``."""
    if len(sys.argv) < 2 or sys.argv[1] not in BENCHMARKS:
        for name, line in BENCHMARKS.items():
            print(f"  {name:12} {line}")
        sys.exit(0 if len(sys.argv) < 2 else 2)
    importlib.import_module(f"tests.bench.{sys.argv[1]}").main(sys.argv[2:])


main()
