"""``operator-key``: creates and changes the key that signs tenant profiles and people."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("operator-key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def operator_key(file: Path) -> None:
    """Create a key that signs tenant profiles and people.

    It becomes the first line of FILE, created if missing. The first key signs, all are believed:
    to change keys, give the file to the workers first, then to `onboard` and `ingest`, and remove
    the old line when its records have expired.
    """
    from detection_stream.runtime.operator_keys import add_key

    keys = add_key(file)
    click.echo(f"{file} has {len(keys.keys)} key{'s' * (len(keys.keys) > 1)}; the first one signs")
