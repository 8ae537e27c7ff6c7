"""Takes mail delivered to a Maildir."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from detection_stream.errors import InputError, StageError
from detection_stream.ingest.intake import Intake
from detection_stream.ingest.shown import shown

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
MAX_PENDING_FILES = 500
"""Maximum files in flight."""


async def watch_maildir(maildir: Path, intake: Intake) -> None:
    """Take every message in ``new/`` and move it to ``cur/`` once stored, forever.

    Raises:
        InputError: the folder is not a Maildir.
    """
    new, current = maildir / "new", maildir / "cur"
    if not (new.is_dir() and current.is_dir()):
        raise InputError(f"--watch {maildir}: is not a Maildir: it lacks new/ or cur/")
    while True:
        files = sorted(path for path in new.iterdir() if path.is_file())[:MAX_PENDING_FILES]
        if files:
            await asyncio.gather(*(_take(path, current, intake) for path in files))
        else:
            await asyncio.sleep(POLL_SECONDS)


async def _take(path: Path, current: Path, intake: Intake) -> None:
    try:
        await intake.take(path.read_bytes(), shown(path))
        path.rename(current / f"{path.name}:2,")
    except (OSError, StageError) as error:
        log.warning("%s stays in new/: %s", shown(path), error)
        await asyncio.sleep(POLL_SECONDS)
