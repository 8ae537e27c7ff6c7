"""A worker's metrics, following Prometheus naming."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_LATENCY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600)
_CHECKPOINT = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ROWS = (1, 4, 16, 64, 256, 1_024, 4_096, 16_384)


class Metrics:
    """One registry per worker, so that several can run in one process (as in tests)."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        name = "detection_stream_"
        self.records = Counter(f"{name}records", "Records applied", ["stage"], registry=registry)
        self.latency = Histogram(
            f"{name}latency_seconds",
            "From a record's append to its application, of the last record of each batch",
            ["stage"],
            buckets=_LATENCY,
            registry=registry,
        )
        self.apply = Histogram(
            f"{name}apply_seconds", "Time per application of batches", ["stage"], registry=registry
        )
        self.batch = Histogram(
            f"{name}batch_records",
            "Records per application, over partitions",
            ["stage"],
            buckets=_ROWS,
            registry=registry,
        )
        self.checkpoint = Histogram(
            f"{name}checkpoint_seconds",
            "Time to commit a checkpoint",
            buckets=_CHECKPOINT,
            registry=registry,
        )
        self.checkpoint_rows = Counter(
            f"{name}checkpoint_rows", "Rows written by checkpoints", registry=registry
        )
        self.totals = Gauge(
            f"{name}stage_count",
            "Totals of a stage over the partitions owned: verdicts, dead letters, repeats, ...",
            ["stage", "what"],
            registry=registry,
        )
        self.lag = Gauge(
            f"{name}lag_records", "Unapplied records", ["stage", "partition"], registry=registry
        )
        self.pending = Gauge(
            f"{name}pending_messages", "Messages waiting for a level", registry=registry
        )
        self.restoring = Gauge(
            f"{name}restore_left_records", "Changelog records left to restore", registry=registry
        )
        self.owned = Gauge(
            f"{name}owned_partitions", "Partitions owned", ["stage"], registry=registry
        )
        self.standby = Gauge(f"{name}standby_partitions", "Standby partitions", registry=registry)
        self.table_bytes = Gauge(
            f"{name}table_bytes", "Bytes of a table", ["stage", "table"], registry=registry
        )
        self.table_rows = Gauge(
            f"{name}table_rows",
            "Rows of a table, as RocksDB estimates them",
            ["stage", "table"],
            registry=registry,
        )
        self.unconfirmed = Gauge(
            f"{name}unconfirmed_records", "Outputs not yet acknowledged", registry=registry
        )
