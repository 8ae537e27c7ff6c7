"""Selects the messages of a replay."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from detection_stream.errors import InputError
from detection_stream.model.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Selection:
    """A range of time or of offsets, and a tenant.

    ``start`` and ``until`` are milliseconds since 1970 (until: excluded), ``first`` and ``last``
    offsets of every partition (last: excluded); None means no bound. Messages received from
    ``warm_up`` up to ``start`` update the state but produce no output.
    Without ``profiles``, tenant profiles are skipped.
    """

    tenant: str | None = None
    start: int | None = None
    until: int | None = None
    warm_up: int | None = None
    first: int | None = None
    last: int | None = None
    profiles: bool = True

    @classmethod
    def parse(
        cls, tenant: str | None, start: str | None, until: str | None, warm_up: str | None
    ) -> Selection:
        """Parse a selection: times like 2026-01-31T08:00, or offsets.

        Raises:
            InputError: one is neither, or the range is empty.
        """
        bounds = {"--from": start, "--until": until}
        offsets = {name: int(text) for name, text in bounds.items() if text and text.isdigit()}
        times = {
            name: _milliseconds(name, text)
            for name, text in {**bounds, "--warm-up": warm_up}.items()
            if text and name not in offsets
        }
        if offsets and times:
            raise InputError("--from, --until and --warm-up: use times or offsets, not both")
        for found in (offsets, times):
            if found.get("--from", 0) >= found.get("--until", 1 << 62):
                raise InputError("--from is not before --until: the range is empty")
        if "--warm-up" in times and times["--warm-up"] >= times.get("--from", 0):
            raise InputError("--warm-up must be before --from")
        return cls(
            tenant or None,
            times.get("--from"),
            times.get("--until"),
            times.get("--warm-up"),
            offsets.get("--from"),
            offsets.get("--until"),
        )

    def offsets(self, extent: range) -> range:
        """The offsets to read in a partition."""
        first = extent.start if self.first is None else max(self.first, extent.start)
        last = extent.stop if self.last is None else min(self.last, extent.stop)
        return range(first, max(first, last))

    @property
    def lowest(self) -> int | None:
        """Time of the first messages taken, including the warm-up."""
        return self.start if self.warm_up is None else self.warm_up

    def refuses(self, envelope: Envelope) -> str | None:
        """Why a message is skipped; None if it is taken.

        Directory entries have no time: they are always taken. Profiles of
        tenants from before the range still apply in it.
        """
        if self.tenant is not None and envelope.tenant != self.tenant:
            return "other tenant"
        at = envelope.received_at
        if envelope.format == "tenant" and not self.profiles:
            return "a profile"
        if self.lowest is not None and 0 < at < self.lowest and envelope.format != "tenant":
            return "before the range"
        if at and self.until is not None and at >= self.until:
            return "after the range"
        return None

    def described(self) -> dict[str, Any]:
        """As written to the manifest."""
        return asdict(self)


def _milliseconds(name: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"{name} {text}: use a time like 2026-01-31 or 2026-01-31T08:00, or an offset"
        ) from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)
