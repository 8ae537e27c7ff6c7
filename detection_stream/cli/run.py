"""``run``: mail files in, verdicts and attributions out."""

from __future__ import annotations

from pathlib import Path

import click

from detection_stream.cli.options import (
    data_option,
    directory_option,
    journal_option,
    known_domains,
    out_option,
    own_domains_option,
    tenant_option,
)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@tenant_option
@own_domains_option
@directory_option
@journal_option
@data_option
@out_option
def run(
    *,
    paths: tuple[Path, ...],
    tenant: str,
    own_domains: tuple[str, ...],
    directory: Path | None,
    journal: bool,
    data: Path,
    out: Path,
) -> None:
    """Read mail files, write verdicts and attributions.

    PATHS are .eml files, directories of them, Maildirs, mbox files, tar archives or JSON lines,
    each optionally compressed (.gz, .xz, .zst). Messages are processed in time order.
    """
    from detection_stream.cli.job import run_job
    from detection_stream.cli.summary import print_run
    from detection_stream.ingest.directory import read_directory

    people = read_directory(directory) if directory else []
    result = run_job(
        paths, tenant, known_domains(own_domains, data, tenant), people, data, out, journal=journal
    )
    print_run(result)
