"""``tenants``: lists organisations."""

from __future__ import annotations

from pathlib import Path

import click

from detection_stream.cli.options import data_option, printable


@click.command()
@click.argument("tenant", required=False)
@data_option
def tenants(tenant: str | None, data: Path) -> None:
    """List onboarded tenants, or print one's profile.

    With TENANT, print its profile. Tenants are those onboarded in the data directory.
    """
    import orjson

    from detection_stream.errors import InputError
    from detection_stream.stages.tenants import stored_profiles
    from detection_stream.state.database import Database

    database = Database(data, create=False)
    try:
        profiles = stored_profiles(database)
    finally:
        database.close()
    if tenant is None:
        for name, profile in profiles.items():
            domains = ", ".join(sorted(profile.own_domains))
            click.echo("\t".join(map(printable, (name, profile.policy.status, domains))))
    elif tenant in profiles:
        found = orjson.loads(profiles[tenant].record())
        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    else:
        raise InputError(f"{data} has no profile of {tenant}; create one with `onboard {tenant}`")
