"""Opening of stores; each kind of store is imported only when it is used."""

from typing import TYPE_CHECKING

from treadle.errors import StoreError
from treadle.store.base import Store
from treadle.store.location import StoreLocation

if TYPE_CHECKING:
    from treadle.store.sql import SqlStore


def connect_store(location: StoreLocation) -> Store:
    """Open a store without delivering the journals of dead processes.

    Raises:
        StoreError: It cannot be opened or reached.
        MissingExtraError: The library for this kind of store is not installed.
    """
    if location.kind == "http":
        from treadle.store.http.store import HttpStore

        return HttpStore(location)
    return connect_team_store(location)


def connect_team_store(location: StoreLocation) -> "SqlStore":
    """Open a store that can be the database of a server.

    Raises:
        StoreError: It cannot be opened, or is itself a server.
        MissingExtraError: The library for this kind of store is not installed.
    """
    if location.kind == "sqlite":
        from treadle.store.sql.sqlite import SqliteStore

        return SqliteStore(location)
    if location.kind == "postgresql":
        from treadle.store.sql.postgresql.database import PostgresStore

        return PostgresStore(location)
    raise StoreError(
        f"The store {location} is a server; this needs the database itself.",
        hint="Run it where the server runs, with the server's --store.",
    )
