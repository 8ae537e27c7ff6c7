"""``/healthz``, ``/readyz`` and ``/metrics`` of a worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from detection_stream.runtime.kafka.worker import Worker
from detection_stream.runtime.listening import listen


@asynccontextmanager
async def serve_status(worker: Worker, host: str, port: int) -> AsyncIterator[str]:
    """Serve the status of a worker; gives its URL. Port 0 takes a free one.

    Raises:
        InputError: the port is taken.
    """
    app = web.Application()
    status = _Status(worker)
    app.add_routes(
        [
            web.get("/healthz", status.health),
            web.get("/readyz", status.ready),
            web.get("/metrics", status.metrics),
        ]
    )
    async with listen(app, host, port) as url:
        yield url


class _Status:
    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def health(self, _: web.Request) -> web.Response:
        """Alive means that records are applied whenever there are any, not that a process runs."""
        stuck = self._worker.stuck()
        return web.json_response({"stuck": stuck}, status=503 if stuck else 200)

    async def ready(self, _: web.Request) -> web.Response:
        """Ready means that every partition given to this worker is restored and read."""
        ownership = self._worker.ownership
        body = {
            "partitions": len(ownership.partitions),
            "restoring": ownership.restoring,
            "ready": ownership.ready,
        }
        return web.json_response(body, status=200 if ownership.ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """All metrics in the Prometheus text format."""
        self._observe()
        body = generate_latest(self._worker.metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _observe(self) -> None:
        worker, metrics = self._worker, self._worker.metrics
        totals: Counter[tuple[str, str]] = Counter()
        sizes: Counter[tuple[str, str]] = Counter()
        rows: Counter[tuple[str, str]] = Counter()
        owned: Counter[str] = Counter()
        pending = 0
        metrics.lag.clear()
        for tp, partition in worker.ownership.partitions.items():
            runner = partition.runner
            stage = runner.stage.name
            owned[stage] += 1
            pending += runner.stage.pending(runner.state)
            metrics.lag.labels(stage, tp.partition).set(worker.lag(*tp))
            for what, count in runner.state.progress.counts.items():
                totals[stage, what] += count
            for name, table in runner.state.tables.items():
                sizes[stage, name] += table.family.size()
                rows[stage, name] += table.family.estimated_rows()
        for labels, gauge in ((totals, metrics.totals), (sizes, metrics.table_bytes)):
            for key, value in labels.items():
                gauge.labels(*key).set(value)
        for key, value in rows.items():
            metrics.table_rows.labels(*key).set(value)
        for node in worker.topology.stages:
            metrics.owned.labels(node.name).set(owned[node.name])
        metrics.pending.set(pending)
        metrics.restoring.set(worker.ownership.restoring)
        standbys = worker.ownership.standbys
        metrics.standby.set(len(standbys.replicas) if standbys else 0)
        metrics.unconfirmed.set(worker.outputs.waiting())
