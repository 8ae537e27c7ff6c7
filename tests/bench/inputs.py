"""The mail that a benchmark runs on."""

from __future__ import annotations

from pathlib import Path

from detection_stream.demo import OWN_DOMAINS, generate, write_mbox


def given_or_demo(
    arguments: list[str], place: Path, messages: int
) -> tuple[list[Path], frozenset[str]]:
    """Files and own domains: PATH... and the domain as the last argument, else the demo's.

    The demo's mail, so many messages, is written to a file in ``place``.
    """
    if arguments:
        return [Path(path) for path in arguments[:-1]], frozenset(arguments[-1:])
    write_mbox(place / "demo.mbox", generate(messages, seed=1))
    return [place / "demo.mbox"], frozenset(OWN_DOMAINS)
