"""Raw records: mail or JSON through parsing, signals, observations and frames."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from detection_stream.model.envelope import Envelope
from detection_stream.model.signature import OperatorKeys
from detection_stream.parsing.identity import identify, identify_json
from detection_stream.runtime.frames import encode_frame
from detection_stream.runtime.inputs import from_records
from detection_stream.runtime.records import Record
from detection_stream.runtime.stage import Rejected
from detection_stream.stages.reading import read
from tests.fuzz.mutation.chance import Chance
from tests.fuzz.mutation.documents import mutate_document
from tests.fuzz.mutation.mail import mutate_mail

_TENANT = "fuzz"
_OWN = frozenset({"harborlight.example"})
_AT = 1_736_157_600_000


class RecordTarget:
    """The stateless part of the content stage, and what it sends."""

    batch = 64

    def __init__(self, form: str) -> None:
        self._form = form
        self._make = mutate_mail if form == "mail" else mutate_document
        kind = "rfc5322" if form == "mail" else "json"
        self._headers = Envelope(_TENANT, _OWN, _AT, kind, "fuzz").headers()

    def make(self, chance: Chance) -> bytes:
        """A mail, or a JSON message."""
        return self._make(chance)

    def run(self, inputs: Sequence[bytes]) -> int:
        """Identify and read records; one that is rejected is left out, as the runner does."""
        for value in inputs:
            self._identify(value)
        return self._read(inputs)

    def saved(self, made: bytes) -> bytes:
        """As it is."""
        return made

    def close(self) -> None:
        """Holds nothing."""

    def _identify(self, value: bytes) -> None:
        if self._form == "mail":
            identify(value, _TENANT)
            return
        try:
            document = orjson.loads(value)
        except orjson.JSONDecodeError:
            return
        if isinstance(document, dict):
            identify_json(document, value, _TENANT)

    def _read(self, values: Sequence[bytes]) -> int:
        records = [
            Record(offset, _AT, b"", value, self._headers) for offset, value in enumerate(values)
        ]
        try:
            reading = read(1, OperatorKeys(), from_records(0, records))
        except Rejected:
            if len(values) == 1:
                return 1
            half = len(values) // 2
            return self._read(values[:half]) + self._read(values[half:])
        if reading.messages is not None and reading.observations is not None:
            blocks = [("message", reading.messages), ("observation", reading.observations)]
            encode_frame("fuzz/0", -1, len(records) - 1, blocks)
        return 0
