"""Several topologies in one worker process: each has its own group; they meet through topics."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from detection_stream.errors import InputError
from detection_stream.runtime.kafka.worker import Worker
from detection_stream.runtime.topology import Topology


def check_together(topologies: Sequence[Topology]) -> None:
    """Refuse topologies whose directories and metrics would be the same.

    Raises:
        InputError: two have a stage of the same name.
    """
    names = [node.name for flow in topologies for node in flow.stages]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(
            f"--topology: two of them have a stage {', '.join(twice)}; run them in processes of "
            "their own, each with another --data"
        )


async def run_together(workers: Sequence[Worker]) -> None:
    """Run workers until they are stopped; when one fails, the others stop in order.

    Raises:
        StageError: what stopped the first one.
    """
    running = [asyncio.create_task(worker.run()) for worker in workers]
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for worker in workers:
        worker.stop()
    for outcome in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
