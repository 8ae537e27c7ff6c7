"""The service behind ``serve``: engine, ways in, results, and the passing of time."""

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
from detection_stream.runtime.embedded.engine import Engine
from detection_stream.runtime.embedded.running import running
from detection_stream.runtime.processor import TICK_SECONDS
from detection_stream.web.service import answer_on_socket
from topologies import blueprint

CHECKPOINT_SECONDS = 0.5
"""Time between checkpoints; a sender waits for one until its message is accepted."""


async def run_service(
    tenant: str,
    own_domains: frozenset[str],
    data: Path,
    out: Path,
    listener: Listener | None,
    maildir: Path | None,
) -> None:
    """Serve until told to stop.

    Raises:
        InputError: a directory, port, certificate or Maildir cannot be used.
        StageError: a stage stopped.
    """
    topology = blueprint().topology()
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(
            running(data, topology, out, checkpoint_seconds=CHECKPOINT_SECONDS, helpers=0)
        )
        intake = EngineIntake(engine, topology.source("mail").name, tenant, own_domains)
        work: list[Coroutine[Any, Any, Any]] = [_pass_time(engine)]
        await stack.enter_async_context(answer_on_socket(engine))
        if listener is not None:
            address = await stack.enter_async_context(serve_smtp(intake, listener))
            click.echo(f"SMTP at {address}", err=True)
        if maildir is not None:
            work.append(watch_maildir(maildir, intake))
            click.echo(f"watching {maildir}", err=True)
        click.echo(f"verdicts go to {out / 'verdicts.jsonl'}", err=True)
        await until_stopped(*work)


async def _pass_time(engine: Engine) -> None:
    """A tick a second while messages wait for a level and all else is done."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        engine.check()
        if engine.pending() and engine.idle():
            engine.tick()
