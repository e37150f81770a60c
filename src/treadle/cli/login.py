"""``treadle login``."""

import sys
from typing import TYPE_CHECKING

import click

from treadle.cli.render import echo, visible
from treadle.errors import AccessError, ConfigError, StoreError

if TYPE_CHECKING:
    from treadle.store.http.credentials import Credentials


def server_argument(given: str) -> str:
    """Return the server that a command names, or else the server of the current store.

    Raises:
        StoreError: The current store is not a server.
    """
    from treadle.store.http.credentials import name_server
    from treadle.tracking import choose_location

    if given:
        return name_server(given)
    location = choose_location()
    if location.kind != "http":
        raise StoreError(
            f"Runs go to {location}, which is not a server.",
            hint="Name the server: treadle login https://runs.example.org",
        )
    return name_server(location.uri)


@click.command("login")
@click.argument("server", required=False, default="", metavar="[SERVER]")
@click.option("--list", "shows", is_flag=True, help="List the servers that a token is stored for.")
def command(server: str, *, shows: bool) -> None:
    """Store a token for SERVER; it is sent to no other server.

    Without SERVER, the server of the current store. The token is prompted for, or read from stdin.
    """
    from treadle.store.http.credentials import Credentials, bearer, list_servers, store_token

    if shows:
        for one in list_servers():
            echo(one)
        return
    address = server_argument(server)
    if _lets_in(address, Credentials()):
        echo(f"{address} lets everybody in: no token is needed.")
        return
    token = _read_token(address)
    if not _lets_in(address, Credentials(bearer(token))):
        raise AccessError(
            f"{address} does not take this token.",
            hint="Was it copied whole, and is it of this server? Nothing was stored.",
        )
    store_token(address, token)
    echo(f"Logged in to {address}.")


def _read_token(address: str) -> str:
    is_typed = sys.stdin.isatty()
    token = (
        click.prompt(visible(f"Token of {address}"), hide_input=True)
        if is_typed
        else sys.stdin.readline()
    )
    if not token.strip():
        raise ConfigError(
            "There is no token.", hint=f"For example: treadle login {address} < token.txt"
        )
    return str(token).strip()


def _lets_in(address: str, credentials: "Credentials") -> bool:
    from treadle.store.http.connection import ServerConnection, UnknownUserError

    connection = ServerConnection(address, credentials)
    try:
        connection.request("GET", "/running")
    except UnknownUserError:
        return False
    finally:
        connection.close()
    return True
