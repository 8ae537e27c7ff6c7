"""A second topology for tests: what accounts do, from two sources, one of which is not mail.

::

    messages.raw ─► mail_activity ────┐
    sign-ins.raw ─► sign_in_activity ─┴► activity ─► account ─► findings
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import orjson
import xxhash

from detection_stream.model.batch import Rows, number, occurrence_rounds
from detection_stream.model.entity import entity_key
from detection_stream.model.envelope import Envelope
from detection_stream.model.origin import ORIGIN_COLUMNS, origin_columns
from detection_stream.parsing.rfc5322 import parse_message
from detection_stream.profiles import window
from detection_stream.profiles.kind import COMMON_BLOCKS, Kind, count_act
from detection_stream.profiles.observation import ObservationType
from detection_stream.profiles.plain import Count
from detection_stream.profiles.recent import Recent
from detection_stream.profiles.records import Records
from detection_stream.profiles.row import RowType
from detection_stream.runtime.inputs import PARTITION
from detection_stream.runtime.stage import PartitionInput, RecordOut, Rejected, RowsOut, Stage
from detection_stream.runtime.topic import DAY, Retention
from detection_stream.runtime.topology import Topology
from detection_stream.state.description import TableDescription
from detection_stream.state.partition import Transaction

COUNTRIES = Recent("countries", "countries of sign-ins (4 at most)", 4, "names")
MAIL_HOUR = window.hour("mail", "mail sent")
COLUMNS: Mapping[str, type] = {
    **ORIGIN_COLUMNS,
    "tenant": str,
    "account": str,
    "role": str,
    "at": int,
    "country": int,
}


def _mail(rows: Records, seen: Rows) -> None:
    MAIL_HOUR.add(rows, seen["seconds"])


def _sign_in(rows: Records, seen: Rows) -> None:
    count_act(rows, seen["seconds"])
    rows["sign_ins"] += 1
    COUNTRIES.add(rows, seen["country"])


ACCOUNT = Kind(
    "account",
    entity="an account",
    text="how an account signs in and sends mail",
    row=RowType(1, (*COMMON_BLOCKS, MAIL_HOUR, Count("sign_ins", "sign-ins"), COUNTRIES)),
    keep_days=90,
    observations=(
        ObservationType("mail", "mail that the account sent", (), _mail, signals=False),
        ObservationType("sign_in", "a sign-in", (), _sign_in),
    ),
)


def hashed(text: str) -> int:
    """A hash from 1 to 2**53 - 1."""
    return xxhash.xxh3_64_intdigest(text.encode()) >> 11 or 1


class ActivityStage(Stage):
    """Reads records of one source and says which account did what."""

    framed: ClassVar[bool] = False
    tables: Mapping[str, TableDescription] = {}
    role: ClassVar[str]

    def __init__(self, source: int, activity: str, partitions: int) -> None:
        self._source = source
        self._activity = activity
        self._partitions = partitions

    def account(self, value: bytes) -> tuple[str, int]:
        """The account that a record is about, and the hash of a country (0 for none)."""
        raise NotImplementedError

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """One row for each record."""
        for segments, transaction in inputs:
            records = segments[0].blocks["record"]
            rows = self._rows(records)
            targets = np.array([hashed(name) % self._partitions for name in rows["account"]])
            transaction.outputs.append(RowsOut(self._activity, "activity", rows, targets))

    def _rows(self, records: Rows) -> Rows:
        envelopes = [Envelope.from_headers(headers) for headers in records["headers"]]
        found = [self.account(value) for value in records["value"]]
        places = zip(records[PARTITION].tolist(), records["offset"].tolist(), strict=True)
        columns: dict[str, Any] = {
            **origin_columns([(self._source, *place) for place in places]),
            "input": records["offset"],
            "tenant": [envelope.tenant for envelope in envelopes],
            "account": [account for account, _ in found],
            "role": [self.role] * len(records),
            "at": np.array([envelope.received_at for envelope in envelopes], dtype=np.int64),
            "country": np.array([country for _, country in found], dtype=np.int64),
        }
        return Rows(len(records), columns)


class MailActivity(ActivityStage):
    """Mail that accounts sent."""

    name: ClassVar[str] = "mail_activity"
    role: ClassVar[str] = "mail"

    def account(self, value: bytes) -> tuple[str, int]:
        """The sender."""
        return parse_message(value).sender.address, 0


class SignInActivity(ActivityStage):
    """Sign-ins of accounts."""

    name: ClassVar[str] = "sign_in_activity"
    role: ClassVar[str] = "sign_in"

    def account(self, value: bytes) -> tuple[str, int]:
        """The account and where it was signed in to."""
        try:
            found = orjson.loads(value)
            return str(found["account"]), hashed(str(found["country"]))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Rejected(f"no sign-in: {error!r}", "decode") from error


class AccountStage(Stage):
    """Keeps a profile of each account, and says of each sign-in what it saw before."""

    name: ClassVar[str] = "account"
    framed: ClassVar[bool] = True
    tables: Mapping[str, TableDescription] = {
        ACCOUNT.name: TableDescription(ACCOUNT.entity, ACCOUNT.text, "90 days", by_tenant=True)
    }

    def __init__(self, findings: str) -> None:
        self._findings = findings

    def columns(self, level: str) -> Mapping[str, type]:
        """Columns of an activity."""
        return COLUMNS

    def apply(self, inputs: Sequence[PartitionInput]) -> None:
        """Apply each partition's rows in order."""
        for segments, transaction in inputs:
            for segment in segments:
                for rows in segment.blocks.values():
                    self._apply(rows, transaction)

    def _apply(self, rows: Rows, transaction: Transaction) -> None:
        codes = np.array([ACCOUNT.codes[role] for role in rows["role"]], dtype=np.int64)
        seconds = rows["at"] // 1_000
        timed = {"role": codes, "seconds": seconds, "clock": seconds}
        seen = Rows(len(rows), {**rows.columns, **timed})
        keys, entities = number(map(entity_key, rows["tenant"], rows["account"]))
        profiles = ACCOUNT.row.decode(transaction.get("account", keys))
        before = ACCOUNT.row.empty(len(rows))
        for chosen in occurrence_rounds(entities):
            current = profiles[entities[chosen]]
            before[chosen] = current
            ACCOUNT.update(current, seen.take(chosen))
            profiles[entities[chosen]] = current
        transaction.put("account", dict(zip(keys, ACCOUNT.row.encode(profiles), strict=True)))
        for place in np.flatnonzero(codes == ACCOUNT.codes["sign_in"]).tolist():
            self._say(seen.slice(place, place + 1), before[place : place + 1], transaction)

    def _say(self, one: Rows, profile: Records, transaction: Transaction) -> None:
        account, at = one["account"][0], int(one["at"][0])
        said = {
            "account": account,
            "at": at,
            "new_country": not COUNTRIES.holds(profile, one["country"])[0],
            "mail_1h": int(MAIL_HOUR.count(profile, one["seconds"])[0]),
            "sign_ins": int(profile["sign_ins"][0]),
            "origin": [int(one[name][0]) for name in ORIGIN_COLUMNS],
        }
        key = entity_key(one["tenant"][0], account)
        transaction.outputs.append(RecordOut(self._findings, key, orjson.dumps(said), at))


def build(partitions: int = 1, prefix: str = "", version: int = 1) -> Topology:
    """The topology for topics of so many partitions."""
    flow, kept = Topology("account-activity", prefix, version), Retention(7 * DAY, 1 << 30)
    mail = flow.add_source("mail", "messages.raw", id=1, retention=kept, description="messages")
    signs = flow.add_source(
        "sign_ins", "sign-ins.raw", id=2, retention=kept, description="sign-ins"
    )
    activity = flow.add_internal("activity", kept, "what accounts did")
    findings = flow.add_output(
        "findings", kept, "what was seen before each sign-in", named_by=("origin",)
    )
    flow.add_dead_letters(kept, "what could not be read", key="account-dead-letters")
    flow.add_stage(MailActivity(mail.id, activity.name, partitions), reads=mail, writes=[activity])
    flow.add_stage(
        SignInActivity(signs.id, activity.name, partitions), reads=signs, writes=[activity]
    )
    flow.add_stage(AccountStage(findings.name), reads=activity, writes=[findings])
    return flow
