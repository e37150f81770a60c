"""Credentials of servers: a token is sent to one server, which no project can change.

``treadle login`` stores a token with the address of its server. ``TREADLE_TOKEN`` goes to the
server that ``TREADLE_TOKEN_SERVER`` names, or else ``TREADLE_STORE``; without both, to the one that
the user names by ``--store`` or ``store=``, and never to one that only the settings of a project
name.
"""

import base64
import os
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from treadle.addresses import name_host, split_address
from treadle.errors import ConfigError, StoreError
from treadle.store.location import StoreLocation
from treadle.user_folder import lock_own_file, read_own_file, user_folder, write_own_file

_FILE: Final = "credentials.json"
_TOKEN: Final = "TREADLE_TOKEN"  # noqa: S105 - the name of a variable
_OF_MLFLOW: Final = (
    "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
)


class Credentials(msgspec.Struct, frozen=True):
    """Credentials for a server, and a hint if it rejects them."""

    header: str = ""
    """The value of ``Authorization``; empty if nothing is sent."""
    hint: str = ""


def name_server(address: str) -> str:
    """Return the normalized address of a server, without user and password.

    Raises:
        StoreError: It is not the address of a server.

    Examples:
        >>> name_server("HTTPS://ada:secret@Runs.example.org:443/team/")
        'https://runs.example.org/team'
    """
    parts = split_address(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StoreError(
            f"{address!r} is not the address of a server.",
            hint="Use its http:// or https:// address.",
        )
    return f"{parts.scheme}://{name_host(parts)}{parts.path.rstrip('/')}"


def bearer(token: str) -> str:
    """Return the value of ``Authorization`` for a token.

    Raises:
        ConfigError: It has characters that a header cannot contain.
    """
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(
            "The token has characters that no token has.", hint="Was it copied whole?"
        )
    return f"Bearer {token}"


def find_credentials(location: StoreLocation) -> Credentials:
    """Return the credentials for the server of a location.

    Raises:
        StoreError: It is not the address of a server.
        ConfigError: The stored tokens cannot be read.
    """
    server = name_server(location.uri)
    login = f"treadle login {server}"
    token = os.environ.get(_TOKEN, "")
    if token and _goes_to(location):
        return Credentials(bearer(token), f"Set {_TOKEN} to a token of this server, or: {login}")
    parts = urlsplit(location.uri)
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return Credentials(f"Basic {base64.b64encode(pair.encode()).decode()}")
    if stored := _read().get(server):
        return Credentials(bearer(stored), f"The stored token is not valid any more: {login}")
    if token:
        owner = _owner_of_token()
        why = f"{owner} names another" if owner else "only the settings of the project name this"
        say = f"{_TOKEN} was not sent, for {why} server. If it is a token of this one: {login}"
        return Credentials("", say)
    return Credentials(
        "", f"Log in: {login}\nOr set {_TOKEN} to a token, and TREADLE_STORE to the server."
    )


def drop_foreign_tokens(location: StoreLocation, variables: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables for a program that uses a store, without other servers' tokens.

    The program gets its store by variables or options, and cannot see who chose it.
    """
    dropped = set()
    added = {}
    if location.kind == "postgresql" and not location.is_named and "PGPASSWORD" in variables:
        added["PGREQUIREAUTH"] = variables.get("PGREQUIREAUTH") or "!password"  # never in clear
    if location.kind == "http" and not _goes_to(location):
        dropped.add(_TOKEN)
    tracking = variables.get("MLFLOW_TRACKING_URI", "")
    if not (location.kind == "http" and is_same_server(tracking, location.uri)):
        dropped.update(_OF_MLFLOW)
    return {name: value for name, value in variables.items() if name not in dropped} | added


def _goes_to(location: StoreLocation) -> bool:
    """Return whether ``TREADLE_TOKEN`` belongs to the server of a location."""
    owner = _owner_of_token()
    return is_same_server(os.environ[owner], location.uri) if owner else location.is_named


def _owner_of_token() -> str:
    """Return the variable that names the server of ``TREADLE_TOKEN``; empty if none does."""
    if os.environ.get("TREADLE_TOKEN_SERVER"):
        return "TREADLE_TOKEN_SERVER"
    store = os.environ.get("TREADLE_STORE", "")
    return "TREADLE_STORE" if store.lower().startswith(("http://", "https://")) else ""


def is_same_server(one: str, other: str) -> bool:
    """Return whether two addresses name the same server."""
    try:
        return name_server(one) == name_server(other)
    except StoreError:
        return False


def list_servers() -> list[str]:
    """List the servers with a stored token.

    Raises:
        ConfigError: The stored tokens cannot be read.
    """
    return sorted(_read())


def store_token(server: str, token: str) -> None:
    """Store the token of a server, replacing the old one; an empty token only removes it.

    Raises:
        ConfigError: The stored tokens cannot be read or written.
    """
    with lock_own_file(_FILE):
        others = {name: value for name, value in _read().items() if name != server}
        changed = {**others, server: token} if token else others
        write_own_file(_FILE, msgspec.json.format(msgspec.json.encode(changed)))


def _read() -> dict[str, str]:
    content = read_own_file(_FILE)
    try:
        return msgspec.json.decode(content, type=dict[str, str]) if content else {}
    except msgspec.MsgspecError as error:
        path = user_folder() / _FILE
        raise ConfigError(
            f"{path} cannot be read: {error}.", hint="Remove it, and log in again."
        ) from error
