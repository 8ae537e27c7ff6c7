"""``web`` and ``web-token``: serve a data directory's web view and create tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detection_stream.cli.options import data_option

if TYPE_CHECKING:
    from detection_stream.web.service import WebSettings

PORT = 6066


def web_options(port: int | None) -> Callable[[Any], Any]:
    """Options of commands that serve the web view: without a port, a free one is picked."""
    options = [
        click.option(
            "--web-host" if port is None else "--host",
            "web_host",
            default="127.0.0.1",
            show_default=True,
            help="Address of the web view; any but loopback needs --access.",
        ),
        click.option(
            "--web-port" if port is None else "--port",
            "web_port",
            type=click.IntRange(0, 65_535),
            default=port or 0,
            show_default=port is not None,
            help="Port of the web view; 0 picks a free one.",
        ),
        click.option(
            "--access",
            type=click.Path(path_type=Path),
            help="TOML file of tokens, roles and tenants; see docs/web.md.",
        ),
        click.option(
            "--snapshots",
            type=click.Path(path_type=Path),
            help="Folder of snapshots used to look up earlier times.",
        ),
    ]

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def web_settings(host: str, port: int, access: Path | None, snapshots: Path | None) -> WebSettings:
    """Settings of the web view.

    Raises:
        InputError: others can reach the address without signing in.
    """
    from detection_stream.web.service import WebSettings
    from detection_stream.web.serving import open_access

    return WebSettings(host, port, open_access(host, access), snapshots)


@click.command()
@data_option
@web_options(PORT)
def web(
    data: Path, web_host: str, web_port: int, access: Path | None, snapshots: Path | None
) -> None:
    """Show state tables, verdicts and the flow in a browser.

    They are those of a data directory; the command runs until stopped (SIGTERM, Ctrl-C). A
    directory that `serve` is using is shown through that process.
    """
    import asyncio

    from detection_stream.cli.broker import start_logging

    start_logging()
    where = web_settings(web_host, web_port, access, snapshots or data / "snapshots")
    asyncio.run(_show(data, where))


async def _show(data: Path, where: WebSettings) -> None:
    from detection_stream.cli.until_stopped import until_stopped
    from detection_stream.errors import DataDirectoryError
    from detection_stream.runtime.embedded.running import running
    from detection_stream.state.database import Database
    from detection_stream.web.service import serve_engine, serve_through_socket, socket_path
    from topologies import blueprint

    topology = blueprint().topology()
    try:
        Database(data, create=False).close()
    except DataDirectoryError:
        if not (data / "db").is_dir() or not socket_path(data).exists():
            raise
        async with serve_through_socket(data, topology, where) as url:
            click.echo(f"web view at {url}", err=True)
            await until_stopped()
        return
    async with (
        running(data, topology, readers=1) as engine,
        serve_engine(engine, where) as url,
    ):
        click.echo(f"web view at {url}", err=True)
        await until_stopped()


@click.command("web-token")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["view", "operate"]),
    default="view",
    show_default=True,
    help="Whether the token is read-only or can also retry dead letters.",
)
@click.option(
    "--tenant", "tenants", multiple=True, help="A visible tenant; repeatable. [default: all]"
)
@click.option(
    "--access",
    type=click.Path(path_type=Path),
    help="Access file to add it to, created if missing. [default: print the lines]",
)
def web_token(name: str, role: str, tenants: tuple[str, ...], access: Path | None) -> None:
    """Create a token for the web view.

    The access-file entry of NAME is printed, or added to the file. The token is printed once and
    never stored.
    """
    from detection_stream.web.security.tokens import add_to, new_token

    token, lines = new_token(name, role, tenants)
    if access is None:
        click.echo(lines, nl=False)
    else:
        add_to(access, name, lines)
    click.echo(f"token for {name}, shown only once: {token}", err=True)
