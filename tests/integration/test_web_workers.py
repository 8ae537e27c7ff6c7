"""The web view of two workers: any of them shows what all have."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from detection_stream.runtime.kafka.connection import Connection
from detection_stream.runtime.kafka.outputs import Outputs
from detection_stream.web.security.access import digest
from tests.integration.cluster import Cluster, WorkerProcess
from tests.topology.harness import demo
from tests.web.site import Answer, Site, until

pytestmark = pytest.mark.slow

MESSAGES, PARTITIONS = 600, 4
TOKEN = "a token of somebody"
ACCESS = f"""
[cluster]
secret = "what workers know each other by"
[tokens.ann]
sha256 = "{digest(TOKEN)}"
role = "operate"
"""


class WorkerSite(Site):
    """The web view of a worker that runs already."""

    def __init__(self, worker: WorkerProcess, starts: int = 1) -> None:
        self.worker = worker
        self._starts = starts
        self.url = self._wait_for_url()

    def _wait_for_url(self) -> str:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found = re.findall(r"web view at (http://\S+)", self.worker.log())
            if len(found) >= self._starts:
                port = urlsplit(found[-1]).port
                return f"http://127.0.0.1:{port}"
            time.sleep(0.1)
        raise AssertionError(self.worker.log())

    def ask(self, method: str, path: str, body: bytes = b"", headers: Any = None) -> Answer:
        """With a token."""
        return super().ask(
            method, path, body, {"Authorization": f"Bearer {TOKEN}", **(headers or {})}
        )


@pytest.fixture
def workers(connection: Connection, prefix: str, tmp_path: Path) -> Iterator[list[WorkerProcess]]:
    """Two workers with mail decided and an unreadable record."""
    cluster = Cluster(connection, PARTITIONS, prefix)
    access = tmp_path / "access.toml"
    access.write_text(ACCESS)
    started = [
        WorkerProcess(
            *(connection.servers, tmp_path / f"worker-{number}", "--prefix", prefix),
            *("--web-host", "0.0.0.0", "--advertise", "127.0.0.1", "--access", str(access)),
        )
        for number in range(2)
    ]
    for worker in started:
        worker.start()
    sites = [WorkerSite(worker) for worker in started]
    until(lambda: all(_owned(site) == PARTITIONS for site in sites))
    outputs = Outputs(connection, "test")
    headers = {"tenant": b"demo", "own_domains": b"", "received_at": b"1750000000000"}
    outputs.produce(f"{prefix}messages.raw", 0, b"demo\0x", b"nothing", 0, headers)
    outputs.confirm_all()
    cluster.feed(demo(MESSAGES))
    cluster.wait_for_verdicts(MESSAGES)
    yield started
    for worker in started:
        if worker.alive:
            assert worker.stop() == 0


def _owned(site: WorkerSite) -> int:
    """Partitions of the content stage that some worker shows."""
    content = next(s for s in site.api("/flow")["stages"] if s["name"] == "content")
    return int(content["partitions"])


def listed(site: WorkerSite) -> list[str]:
    """Every verdict's uid, page by page; none while partitions are moving."""
    uids: list[str] = []
    after = ""
    while True:
        page = site.api("/verdicts", limit=100, after=after)
        if page["notes"]:
            return []
        uids += [row["uid"] for row in page["verdicts"]]
        after = page["next"]
        if not after:
            return uids


def test_any_worker_shows_what_all_have(workers: list[WorkerProcess], tmp_path: Path) -> None:
    sites = [WorkerSite(worker) for worker in workers]
    assert len(sites[0].api("/flow")["workers"]) == 2
    until(lambda: len(listed(sites[0])) == MESSAGES)
    assert listed(sites[0]) == listed(sites[1])
    assert len(set(listed(sites[0]))) == MESSAGES
    tables = [
        [(t["table"], t["partitions"]) for t in site.api("/tables")["tables"]] for site in sites
    ]
    assert tables[0] == tables[1]
    assert all(numbers == list(range(PARTITIONS)) for _, numbers in tables[0])
    rows = [site.api("/tables/address", limit=200)["rows"] for site in sites]
    assert rows[0] == rows[1]
    assert len({row["partition"] for row in rows[0]}) == PARTITIONS
    for row in rows[0][:20]:
        found = [
            site.api("/entities/address", tenant=row["tenant"], value=row["value"])
            for site in sites
        ]
        assert found[0]["fields"] == found[1]["fields"]
        assert found[0]["fields"]
    for uid in listed(sites[0])[:12]:
        decided = [site.api(f"/verdicts/{uid}") for site in sites]
        assert decided[0]["verdict"] == decided[1]["verdict"]
        assert decided[0]["attribution"]["uid"] == uid
        assert decided[0]["attribution"] == decided[1]["attribution"]
        mails = [site.api(f"/verdicts/{uid}/mail")["mail"] for site in sites]
        assert mails[0] == mails[1]
        assert mails[0]["headers"]
    _moments(sites)
    _retry(sites)
    _one_dies(workers, sites)


def _moments(sites: list[WorkerSite]) -> None:
    """A row before a message is not the one of now, wherever it is asked for."""
    newest = sites[0].api("/verdicts", limit=20)["verdicts"]
    changed = 0
    for row in newest:
        asked = {"tenant": row["tenant"], "value": row["sender"]}
        now = sites[0].api("/entities/address", **asked)["fields"]
        found = [
            site.api("/entities/address", **asked, before=row["uid"])["fields"] for site in sites
        ]
        assert found[0] == found[1]
        counts = [next((f["value"] for f in fields if f["name"] == "count"), 0) for fields in
                  (found[0], now)]  # fmt: skip
        assert counts[0] < counts[1]
        changed += 1
    assert changed == len(newest)


def _retry(sites: list[WorkerSite]) -> None:
    (letter,) = sites[0].api("/dead-letters")["letters"]
    assert letter["reason"].startswith("not a message")
    body = orjson.dumps({name: letter[name] for name in ("letter_partition", "letter_offset")})
    headers = {"Content-Type": "application/json"}
    # The worker that does not own the partition hands it on.
    for site in sites:
        sent = site.ask("POST", "/api/v1/dead-letters/retry", body, headers)
        assert sent.status == 200, sent.text
    until(lambda: len(sites[1].api("/dead-letters")["letters"]) == 3)


def _one_dies(workers: list[WorkerProcess], sites: list[WorkerSite]) -> None:
    """The other one reports what is missing, and has it after a while."""
    workers[1].kill()
    began = time.monotonic()
    missing = sites[0].api("/verdicts")
    assert time.monotonic() - began < 20
    (note,) = missing["notes"]
    assert f"at {sites[1].url}: no answer (" in note
    assert 0 < len(missing["verdicts"]) <= 50
    page = sites[0].get("/tables")
    assert page.status == 200
    assert "no answer (" in page.text
    until(lambda: _owned(sites[0]) == PARTITIONS and sites[0].api("/tables")["notes"] == [])
    until(lambda: len(listed(sites[0])) == MESSAGES)
    workers[1].start()
    again = WorkerSite(workers[1], starts=2)
    until(lambda: len(again.api("/flow")["workers"]) == 2)
    until(lambda: _owned(again) == PARTITIONS)
    until(lambda: len(listed(again)) == MESSAGES)


def test_workers_open_to_others_need_an_access_file(
    connection: Connection, prefix: str, tmp_path: Path
) -> None:
    Cluster(connection, PARTITIONS, prefix)
    worker = WorkerProcess(
        connection.servers, tmp_path / "w", "--prefix", prefix, "--web-host", "0.0.0.0"
    )
    worker.start()
    assert worker.wait() == 2
    assert worker.log().strip().count("\n") == 0
    assert "--access" in worker.log()
