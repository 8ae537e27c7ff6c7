"""Every document that is made from the code, by its path."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from click.testing import CliRunner

from detection_stream.cli.main import cli
from tests.docs.reference import PAGES
from tests.docs.schemas import framed

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs/reference"
SCHEMAS = ROOT / "detection_stream/model/schemas"


@cache
def made() -> dict[Path, bytes]:
    """What each of the files should hold."""
    pages = {REFERENCE / f"{name}.md": make().encode() for name, make in PAGES.items()}
    schemas = {SCHEMAS / f"{topic}.json": content for topic, content in framed().items()}
    settings = CliRunner().invoke(cli, ["settings", "--markdown"]).stdout.encode()
    return {**pages, **schemas, ROOT / "docs/settings.md": settings}
