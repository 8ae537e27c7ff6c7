"""Share of attacks and of harmless mail flagged, after a warm-up with mail of the same tenant."""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import orjson

from detection_stream.cli.job import run_job
from detection_stream.cli.summary import latest
from detection_stream.evaluation.quality import ATTACK_VERDICTS
from detection_stream.ingest.inputs import open_inputs


def main(arguments: list[str]) -> None:
    """``--ham PATH... --attacks PATH... --own-domain DOMAIN [--warm-up SHARE]``."""
    parser = argparse.ArgumentParser(prog="efficacy")
    parser.add_argument("--ham", nargs="+", type=Path, required=True)
    parser.add_argument("--attacks", nargs="+", type=Path, required=True)
    parser.add_argument("--own-domain", required=True)
    parser.add_argument("--warm-up", type=float, default=0.3, help="share of ham not counted")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        with open_inputs(chosen.ham, place / "spool", "bench") as inputs:
            ham = [message.uid for message in inputs.messages({})]
        domains = frozenset([chosen.own_domain])
        paths = [*chosen.ham, *chosen.attacks]
        run_job(paths, "bench", domains, [], place / "data", place / "out")
        verdicts = {verdict["uid"]: verdict for verdict in latest(place / "out/verdicts.jsonl")}
    counted = [verdicts[uid] for uid in ham[int(len(ham) * chosen.warm_up) :] if uid in verdicts]
    attacks = [verdict for uid, verdict in verdicts.items() if uid not in set(ham)]
    figures: dict[str, object] = {"ham": len(counted), "attacks": len(attacks)}
    for name, group in (("ham_flagged", counted), ("attacks_flagged", attacks)):
        flagged = [verdict for verdict in group if verdict["verdict"] in ATTACK_VERDICTS]
        figures[name] = round(len(flagged) / max(1, len(group)), 4)
        fired = Counter(rule for verdict in flagged for rule in verdict["detectors"])
        print(f"{name:18} {len(flagged):6,} of {len(group):6,}  {figures[name]:.2%}")
        for rule, count in fired.most_common(20):
            print(f"    {rule:32} {count:6,}")
    print(orjson.dumps(figures).decode())
