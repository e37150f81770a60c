"""Storage of runs and metrics: the journal, the search grammar, and the embedded store.

Stores have one interface: SQLite, PostgreSQL, or a server over HTTP.

    base                                     the interfaces of a store
    location, connect                        where a store is, and its opening
    sql/                                     stores in SQLite and PostgreSQL
    http/                                    a store on a server
    journal, recovery, process               the journal of a process; journals of dead ones
    search/                                  the search language
    series_columns                           metrics as columns: compression and downsampling
    artifacts/, integrity, renewal           files by digest, verified when read
    tokens, identifiers, control_characters  page tokens, ids and names
"""

from pathlib import Path

from treadle.store.artifacts.base import ContentStore, check_artifact_path, no_artifact, part_name
from treadle.store.artifacts.local import ArtifactStore
from treadle.store.artifacts.opening import open_artifacts
from treadle.store.base import EntrySink, RunReader, Store
from treadle.store.control_characters import has_control_characters
from treadle.store.identifiers import new_id
from treadle.store.journal import (
    JournalReader,
    JournalWriter,
    finish_journal,
    list_damaged,
    read_header,
)
from treadle.store.location import StoreLocation, explain_read_only, locate_store
from treadle.store.process import describe, identify, is_dead
from treadle.store.search.grammar import parse, parse_columns, parse_sort
from treadle.store.search.tables import GroupQuery, KeyQuery
from treadle.store.search.tree import ATTRIBUTES, Field, Search

__all__ = [
    "ATTRIBUTES",
    "ArtifactStore",
    "ContentStore",
    "EntrySink",
    "Field",
    "GroupQuery",
    "JournalReader",
    "JournalWriter",
    "KeyQuery",
    "RunReader",
    "Search",
    "Store",
    "StoreLocation",
    "check_artifact_path",
    "check_store",
    "describe",
    "finish_journal",
    "has_control_characters",
    "identify",
    "is_dead",
    "list_damaged",
    "locate_store",
    "new_id",
    "no_artifact",
    "open_artifacts",
    "open_store",
    "parse",
    "parse_columns",
    "parse_sort",
    "part_name",
    "read_header",
    "waiting",
]


def open_store(location: StoreLocation) -> Store:
    """Open a store and deliver to it the journals of dead processes.

    Raises:
        StoreError: It cannot be opened.
    """
    from treadle.store.recovery import open_store as opened  # apsw is loaded only here

    return opened(location)


def check_store(location: StoreLocation) -> None:
    """Check that a store is writable and deliver waiting journals; a server may be unreachable.

    Raises:
        StoreError: It cannot be opened, or is read-only.
    """
    from treadle.errors import StoreUnreachableError

    try:
        store = open_store(location)
        store.close()
        if store.is_read_only:
            raise explain_read_only(str(location))
    except StoreUnreachableError as error:
        import logging

        logging.getLogger(__name__).warning(
            '%s What is logged waits in %s; "treadle sync" delivers it.',
            error.message,
            location.journals,
        )


def waiting(location: StoreLocation) -> list[Path]:
    """List the undelivered journals of dead processes, oldest first."""
    from treadle.store.recovery import waiting as listed

    return listed(location)
