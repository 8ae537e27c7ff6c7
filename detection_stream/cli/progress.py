"""Progress on standard error; silent unless it is a terminal."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any


class ProgressBar:
    """One bar for reading the inputs, then one for feeding them."""

    def __init__(self) -> None:
        self._progress: Any = None
        self._reading: dict[str, Any] = {}
        self._feeding: Any = None

    def __enter__(self) -> ProgressBar:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} % {task.fields[detail]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress:
            self._progress.stop()

    def reading(self, name: str, done: int, total: int) -> None:
        """Report bytes checked of one input."""
        if not self._progress:
            return
        if name not in self._reading:
            self._reading[name] = self._progress.add_task(f"reading {name}", detail="")
        self._progress.update(self._reading[name], completed=done, total=max(total, done, 1))

    def feeding(self, done: int, total: int, at: int) -> None:
        """Report messages fed and the time reached."""
        if not self._progress:
            return
        if self._feeding is None:
            self._feeding = self._progress.add_task("messages", total=total, detail="")
        speed = self._progress.tasks[self._feeding].speed or 0.0
        day = f"{datetime.fromtimestamp(at / 1_000, UTC):%Y-%m-%d}" if at else ""
        detail = f"{done:,} of {total:,}, {speed:,.0f}/s, at {day}, {total - done:,} left"
        self._progress.update(self._feeding, completed=done, detail=detail)
