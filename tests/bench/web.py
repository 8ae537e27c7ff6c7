"""Server-side times of pages over a million entities.

Arguments: entities (1,000,000 by default) and verdicts (200,000).
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from aiohttp import ClientSession

from detection_stream.cli.job import run_job
from detection_stream.demo import OWN_DOMAINS, TENANT, generate, people, write_mbox
from detection_stream.model.entity import entity_key
from detection_stream.profiles.kinds import KINDS
from detection_stream.runtime.embedded.log import Logs
from detection_stream.runtime.embedded.running import running
from detection_stream.runtime.topic import Retention
from detection_stream.state.database import Database, new_batch
from detection_stream.state.partition import table_family
from detection_stream.web.security.access import Access
from detection_stream.web.service import WebSettings, serve_engine
from topologies import blueprint

ENTITIES, VERDICTS, DEMO = 1_000_000, 200_000, 5_000
ASKED = 40
"""Requests per page."""
STEP = 20_000


def main(arguments: list[str]) -> None:
    """Fill a directory, then ask for every page."""
    entities = int(arguments[0]) if arguments else ENTITIES
    verdicts = int(arguments[1]) if len(arguments) > 1 else VERDICTS
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        write_mbox(place / "demo.mbox", generate(DEMO, seed=1))
        run_job(
            [place / "demo.mbox"], TENANT, frozenset(OWN_DOMAINS), people(1), place / "data",
            place / "out",
        )  # fmt: skip
        _fill(place / "data", entities, verdicts)
        asyncio.run(_measure(place / "data"))


def _fill(data: Path, entities: int, verdicts: int) -> None:
    """Copies of the demo's rows and verdicts under other names."""
    database = Database(data, create=False)
    for kind in ("address", "pair"):
        family = database.family(table_family("entity", kind, 0))
        (row,) = KINDS[kind].row.encode(KINDS[kind].row.decode([_one(family.items())]))
        for start in range(0, entities // 2, STEP):
            batch = new_batch()
            for number in range(start, min(start + STEP, entities // 2)):
                value = f"person{number:07d}@company{number % 5_000}.example"
                value = f"{value} z@harborlight.example" if kind == "pair" else value
                batch.put(entity_key(TENANT, value), row, family.handle)
            database.write(batch, sync=False)
    kept = Retention(1 << 30, 1 << 50)
    logs = Logs(database, {"verdicts": kept, "attributions": kept})
    log, beside = logs.partition("verdicts", 0), logs.partition("attributions", 0)
    written = [log.read(offset)[0] for offset in range(0, 500)]
    other = [beside.read(offset)[0] for offset in range(0, 500)]
    for start in range(0, verdicts, STEP):
        batch = new_batch()
        for number in range(start, min(start + STEP, verdicts)):
            uid = f"{number:032x}".encode()
            for one, target in ((written, log), (other, beside)):
                record = one[number % 500]
                old = orjson.loads(record.value)["uid"].encode()
                target.append(record.key, record.value.replace(old, uid), record.timestamp)
        for target in (log, beside):
            target.write(batch, applied=target.end)
        database.write(batch, sync=False)
        for target in (log, beside):
            target.settle(target.end)
    database.close()


def _one(items: Any) -> bytes:
    _, value = next(iter(items))
    return bytes(value)


@asynccontextmanager
async def _running(data: Path) -> AsyncIterator[str]:
    async with (
        running(data, blueprint().topology(), readers=1) as engine,
        serve_engine(engine, WebSettings("127.0.0.1", 0, Access())) as url,
    ):
        yield url


async def _measure(data: Path) -> None:
    async with _running(data) as url, ClientSession() as session:
        begin = time.perf_counter()
        while True:
            found = await _json(session, f"{url}/api/v1/verdicts?limit=1")
            if found["index"]["done"] >= found["index"]["total"]:
                break
        indexed = time.perf_counter() - begin
        total = found["index"]["total"]
        print(f"{'verdicts indexed':44} {total:>9,}   {total / indexed:,.0f}/s")
        tables = await _json(session, f"{url}/api/v1/tables")
        print(f"{'entities':44} {sum(t['rows'] for t in tables['tables']):>9,}")
        figures = {}
        for name, path in (await _paths(session, url)).items():
            taken = sorted([await _time(session, url + path) for _ in range(ASKED)])
            figures[name] = round(statistics.median(taken), 1)
            print(f"{name:44} {figures[name]:>9.1f} ms median, {taken[-3]:.1f} ms slow")
        print(f"{'all pages':44} {statistics.median(figures.values()):>9.1f} ms median")
        print(orjson.dumps(figures).decode())


async def _paths(session: ClientSession, url: str) -> dict[str, str]:
    flagged = await _json(session, f"{url}/api/v1/verdicts?verdict=malicious&limit=1")
    row = flagged["verdicts"][0]
    person = "tenant=demo&value=person0123456@company3456.example"
    known = f"tenant=demo&value={row['sender']}"
    return {
        "overview": "/",
        "verdicts": "/verdicts",
        "verdicts, flagged": "/verdicts?verdict=flagged",
        "verdicts of a sender": f"/verdicts?sender={row['sender']}",
        "verdicts to a recipient": f"/verdicts?recipient={row['recipients'][0]}",
        "verdicts by detector": f"/verdicts?detector={row['detectors'][0]}",
        "verdicts, subject that many have": "/verdicts?subject=invoice",
        "verdicts, subject that nobody has": "/verdicts?subject=nobody+wrote+this",
        "message": f"/verdicts/{row['uid']}",
        "message text": f"/verdicts/{row['uid']}/mail",
        "tables": "/tables",
        "rows of a table": "/tables/address?tenant=demo",
        "rows by prefix": "/tables/address?tenant=demo&prefix=person05",
        "profile, one of many": f"/entities/address?{person}",
        "profile with mail": f"/entities/address?{known}",
        "tenant": "/tenants/demo",
        "tenants": "/tenants",
        "detectors": "/detectors",
        "detector": f"/detectors/{row['detectors'][0]}",
        "flow": "/flow",
        "dead letters": "/dead-letters",
    }


async def _json(session: ClientSession, url: str) -> dict[str, Any]:
    async with session.get(url) as answer:
        assert answer.status == 200, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found


async def _time(session: ClientSession, url: str) -> float:
    begin = time.perf_counter()
    async with session.get(url) as answer:
        await answer.read()
        assert answer.status == 200, url
    return 1_000 * (time.perf_counter() - begin)
