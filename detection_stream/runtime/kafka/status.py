"""``/healthz``, ``/readyz`` and ``/metrics`` of a worker process."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from detection_stream.runtime.kafka.worker import Worker
from detection_stream.runtime.listening import listen

MAX_CONNECTIONS = 50
"""Connections at once to the status page; probes and scrapers need a few."""


@asynccontextmanager
async def serve_status(workers: Sequence[Worker], host: str, port: int) -> AsyncIterator[str]:
    """Serve the status of the workers of a process, which share their metrics; yields its URL.

    Port 0 picks a free one.

    Raises:
        InputError: the port is in use.
    """
    app = web.Application()
    status = _StatusHandlers(workers)
    app.add_routes(
        [
            web.get("/healthz", status.health),
            web.get("/readyz", status.ready),
            web.get("/metrics", status.metrics),
        ]
    )
    async with listen(app, host, port, MAX_CONNECTIONS) as url:
        yield url


class _StatusHandlers:
    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers
        self._metrics = workers[0].metrics

    async def health(self, _: web.Request) -> web.Response:
        """Healthy means that pending records are being applied, not just that the process runs."""
        stuck = [name for worker in self._workers for name in worker.stuck()]
        return web.json_response({"stuck": stuck}, status=503 if stuck else 200)

    async def ready(self, _: web.Request) -> web.Response:
        """Ready means that every assigned partition is restored and being read."""
        owners = [worker.ownership for worker in self._workers]
        ready = all(owner.ready for owner in owners)
        body = {
            "partitions": sum(len(owner.partitions) for owner in owners),
            "restoring": sum(owner.restoring for owner in owners),
            "ready": ready,
        }
        return web.json_response(body, status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """All metrics in the Prometheus text format."""
        self._observe()
        body = generate_latest(self._metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _observe(self) -> None:
        workers, metrics = self._workers, self._metrics
        metrics.lag.clear()
        for worker in workers:
            for name, found in _tables(worker).items():
                metrics.table_bytes.labels(*name).set(found.bytes)
                metrics.table_rows.labels(*name).set(found.rows)
            for stage, totals in worker.counts().items():
                for what, count in totals.items():
                    metrics.totals.labels(stage, what).set(count)
            for topic, number, runner in worker.held():
                lag = worker.lag(topic, number)
                metrics.lag.labels(runner.stage.name, number).set(lag)
            owned = Counter(runner.stage.name for _, _, runner in worker.held())
            for node in worker.topology.stages:
                metrics.owned.labels(node.name).set(owned[node.name])
        metrics.pending.set(sum(worker.pending() for worker in workers))
        metrics.restoring.set(sum(worker.ownership.restoring for worker in workers))
        metrics.standby.set(sum(_copies(worker) for worker in workers))
        metrics.unconfirmed.set(sum(worker.outputs.waiting() for worker in workers))


@dataclass(slots=True)
class _Size:
    bytes: int = 0
    rows: int = 0


def _tables(worker: Worker) -> dict[tuple[str, str], _Size]:
    """What the tables of each stage hold over the partitions owned."""
    sizes: dict[tuple[str, str], _Size] = {}
    for _, _, runner in worker.held():
        for name, table in runner.state.tables.items():
            size = sizes.setdefault((runner.stage.name, name), _Size())
            size.bytes += table.family.size()
            size.rows += table.family.estimated_rows()
    return sizes


def _copies(worker: Worker) -> int:
    standbys = worker.ownership.standbys
    return len(standbys.replicas) if standbys else 0
