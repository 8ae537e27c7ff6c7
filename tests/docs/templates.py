"""Runs a copy of the package in which every template is where it belongs.

It is a program of its own: whoever imports the package first has it without them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

import detection_stream
from detection_stream.demo import OWN_DOMAINS, TENANT, generate, write_mbox
from detection_stream.detectors.registry import load_detectors
from detection_stream.ingest.feed import feed
from detection_stream.ingest.inputs import open_inputs
from detection_stream.model.organisation import Organisation
from detection_stream.profiles.kinds import KINDS
from detection_stream.runtime.embedded.running import running
from detection_stream.signals.registry import all_signals
from detection_stream.web.security.access import Access
from detection_stream.web.service import WebSettings, serve_engine
from topologies import blueprint

MESSAGES = 60


async def _run(place: Path) -> dict[str, Any]:
    topology = blueprint().topology()
    write_mbox(place / "mail.mbox", generate(MESSAGES, seed=2))
    async with running(place / "data", topology, place / "out", readers=1) as engine:
        with open_inputs([place / "mail.mbox"], place / "spool", TENANT) as inputs:
            organisation = Organisation(TENANT, frozenset(OWN_DOMAINS), [])
            raw = topology.source("mail").name
            await feed(engine, inputs, organisation, raw, lambda *_: None)
        async with (
            serve_engine(engine, WebSettings("127.0.0.1", 0, Access())) as url,
            ClientSession() as web,
        ):
            page = await web.get(f"{url}/my-page")
            answer = await web.get(f"{url}/api/v1/my-page", params={"limit": 3})
            return {
                "page": [page.status, await page.text()],
                "answer": [answer.status, await answer.json()],
                "tables": list(topology.stage("entity").stage.tables),
            }


def main(place: Path) -> None:
    """Say what was found, as JSON."""
    found = asyncio.run(_run(place))
    attributions = (place / "out/attributions.jsonl").read_text().splitlines()
    found["package"] = str(Path(detection_stream.__file__).parent)
    found["kinds"] = KINDS.names
    found["signals"] = [signal.name for signal in all_signals()]
    found["detectors"] = list(load_detectors(signals=found["signals"]).ids)
    found["known"] = [json.loads(line)["signals"] for line in attributions]
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
