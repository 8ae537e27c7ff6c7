"""State tables and their rows."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from msgspec import Meta, Struct

from detection_stream.profiles.block import Block
from detection_stream.profiles.kinds import KINDS
from detection_stream.runtime.topology import Topology
from detection_stream.state.description import TableDescription
from detection_stream.web.members import queries as q
from detection_stream.web.problems import bad_request, forbidden, not_found
from detection_stream.web.view import (
    Parameters,
    Result,
    Visit,
    decode_cursor,
    encode_cursor,
    first_rows,
    view,
)


class NoParameters(Parameters):
    """No parameters."""


class TableSummary(Struct):
    """A table over all partitions; rows and bytes are RocksDB's estimates."""

    stage: str
    table: str
    rows: int
    bytes: int
    partitions: list[int]
    owners: list[str]
    key: str
    text: str
    kept: str


class Tables(Result):
    """Every table."""

    tables: list[TableSummary]


@view("/tables", "tables.html", NoParameters, Tables)
async def tables(visit: Visit, asked: NoParameters) -> Tables:
    """All state tables with their rows, bytes, partitions, owners and retention."""
    answers = await visit.ask(q.Status(), q.StatusAnswer)
    found: dict[str, TableSummary] = {}
    for answer in answers:
        for part in answer.tables:
            summary = found.setdefault(
                part.table,
                _summary(part, _described(visit.topology, part.table)),
            )
            summary.rows += part.rows
            summary.bytes += part.bytes
            summary.partitions = sorted({*summary.partitions, part.partition})
            summary.owners = sorted({*summary.owners, answer.name})
    return Tables(tables=list(found.values()))


def _described(topology: Topology, table: str) -> TableDescription | None:
    node = topology.keeper(table)
    return node.stage.tables[table] if node else None


def _summary(part: q.TablePart, described: TableDescription | None) -> TableSummary:
    """A worker of another release may have tables unknown to this one."""
    known = described or TableDescription("", "a table of another release", "")
    return TableSummary(part.stage, part.table, 0, 0, [], [], known.row, known.text, known.kept)


class TableParameters(Parameters):
    """Rows of a tenant whose names start with ``prefix``; ``after`` is a cursor."""

    table: str
    tenant: str = ""
    prefix: Annotated[str, Meta(max_length=400)] = ""
    after: Annotated[str, Meta(max_length=4_000)] = ""
    limit: Annotated[int, Meta(ge=1, le=q.MAX_ROWS)] = 50


class TableColumn(Struct):
    """A plain number of each row: its name, what it means, and its unit."""

    name: str
    words: str
    unit: str


class TableRow(Struct):
    """A row; ``fields`` are its plain numbers, times in milliseconds since 1970."""

    tenant: str
    value: str
    partition: int
    fields: dict[str, Any]


class TableRows(Result):
    """``next`` is the cursor of the next page, empty at the end."""

    table: str
    key: str
    text: str
    kept: str
    entity: bool
    columns: list[TableColumn]
    rows: list[TableRow]
    next: str


@view("/tables/{table}", "table.html", TableParameters, TableRows)
async def table(visit: Visit, asked: TableParameters) -> TableRows:
    """Rows of one table by tenant and prefix."""
    described = _described(visit.topology, asked.table)
    if described is None:
        known = [name for node in visit.topology.stages for name in node.stage.tables]
        raise not_found(f"unknown table {asked.table}; the tables are {', '.join(known)}")
    entity = asked.table in KINDS
    prefix = _prefix(visit, asked, entity)
    after = decode_cursor(asked.after, tuple[bytes, int]) if asked.after else None
    shown = await first_rows(visit, q.Scan(asked.table, prefix, after, asked.limit))
    return TableRows(
        table=asked.table,
        key=described.row,
        text=described.text,
        kept=described.kept,
        entity=entity,
        columns=_columns(asked.table) if entity else [TableColumn("row", "row as stored", "")],
        rows=[_row(asked.table, entry) for entry in shown],
        next=encode_cursor(*shown[-1].place) if len(shown) == asked.limit else "",
    )


def _prefix(visit: Visit, asked: TableParameters, entity: bool) -> bytes:
    """The key prefix; entity keys start with their tenant."""
    visit.tenants(asked.tenant)
    tenant = asked.tenant
    if visit.who.tenants is not None:
        if asked.table in {"tenants", "profiles"}:
            raise forbidden("this table spans all tenants; see the tenant's page")
        if not entity:
            raise forbidden("this table spans all tenants, but your token covers only some")
        if not tenant and len(visit.who.tenants) > 1:
            raise bad_request(f"choose one of your tenants: {', '.join(sorted(visit.who.tenants))}")
        tenant = tenant or min(visit.who.tenants)
    if not entity:
        return asked.prefix.encode()
    if asked.prefix and not tenant:
        raise bad_request("entity rows are keyed by tenant; choose a tenant too")
    return f"{tenant}\0{asked.prefix}".encode() if tenant else b""


def _listed(kind: str) -> list[Block]:
    """Plain numbers of a row that lists show."""
    return [block for block in KINDS[kind].row.blocks if block.listed]


def _columns(kind: str) -> list[TableColumn]:
    return [TableColumn(block.name, block.words, block.unit) for block in _listed(kind)]


def _row(name: str, entry: q.StoredRow) -> TableRow:
    if name not in KINDS:
        key = entry.key.decode("utf-8", "replace")
        return TableRow("", key, entry.partition, {"row": _stored(entry.value)})
    tenant, _, value = entry.key.decode("utf-8", "replace").partition("\0")
    row = KINDS[name].row.decode([entry.value])
    values = {block.name: block.describe(row, 0).value for block in _listed(name)}
    fields = {column: int(number or 0) for column, number in values.items()}
    return TableRow(tenant, value, entry.partition, fields)


def _stored(value: bytes) -> Any:
    """JSON if valid, else text."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value[:200].decode("utf-8", "replace")
