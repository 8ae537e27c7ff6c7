"""The service behind ``serve``: engine, intake, results and ticks."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import click

from detection_stream.cli.until_stopped import until_stopped
from detection_stream.ingest.intake import EngineIntake
from detection_stream.ingest.smtp import Listener, serve_smtp
from detection_stream.ingest.watch import watch_maildir
from detection_stream.model.organisation import Organisation
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.embedded.running import running
from detection_stream.runtime.processor import TICK_SECONDS
from detection_stream.web.service import answer_on_socket
from topologies import blueprint

CHECKPOINT_SECONDS = 0.5
"""Time between checkpoints; a sender's message is accepted at the next one."""


async def run_service(
    organisation: Organisation,
    data: Path,
    out: Path,
    listener: Listener | None,
    maildir: Path | None,
) -> None:
    """Serve until stopped.

    Raises:
        InputError: a directory, port, certificate or Maildir cannot be used.
        StageError: a stage stopped.
    """
    topology = blueprint().topology()
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(
            running(data, topology, out, checkpoint_seconds=CHECKPOINT_SECONDS, readers=1)
        )
        intake = EngineIntake(engine, topology.source("mail").name, organisation, out)
        work: list[Coroutine[Any, Any, Any]] = [_pass_time(engine)]
        await stack.enter_async_context(answer_on_socket(engine))
        if listener is not None:
            address = await stack.enter_async_context(serve_smtp(intake, listener))
            click.echo(f"SMTP at {address}", err=True)
        if maildir is not None:
            work.append(watch_maildir(maildir, intake))
            click.echo(f"watching {maildir}", err=True)
        click.echo(f"writing verdicts to {out / 'verdicts.jsonl'}", err=True)
        await until_stopped(*work)


async def _pass_time(engine: Engine) -> None:
    """Send one tick per second while messages wait for a level and nothing else is left to do."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        engine.check()
        if engine.pending() and engine.idle():
            engine.tick()
