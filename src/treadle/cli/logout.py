"""``treadle logout``."""

import click

from treadle.cli.render import echo
from treadle.errors import StoreError, nearest


@click.command("logout")
@click.argument("server", required=False, default="", metavar="[SERVER]")
def command(server: str) -> None:
    """Remove the stored token of SERVER; without SERVER, of the current store's server."""
    from treadle.cli.login import server_argument
    from treadle.store.http.credentials import list_servers, store_token

    address = server_argument(server)
    known = list_servers()
    if address not in known:
        raise StoreError(f"No token is stored for {address}.", hint=nearest(address, known))
    store_token(address, "")
    echo(f"Logged out of {address}. The token itself is valid until it is revoked.")
