"""Where runs and metrics are kept: the journal, the search grammar, and the embedded store."""

from treadle.store.artifacts import ArtifactStore, check_artifact_path
from treadle.store.base import EntrySink, RunReader, Store, TeamStore
from treadle.store.identifiers import new_id
from treadle.store.journal import JournalReader, JournalWriter, read_header
from treadle.store.location import StoreLocation, locate_store
from treadle.store.process import describe, identify, is_dead
from treadle.store.search import ATTRIBUTES, Search, parse, parse_sort

__all__ = [
    "ATTRIBUTES",
    "ArtifactStore",
    "EntrySink",
    "JournalReader",
    "JournalWriter",
    "RunReader",
    "Search",
    "Store",
    "StoreLocation",
    "TeamStore",
    "check_artifact_path",
    "describe",
    "identify",
    "is_dead",
    "locate_store",
    "new_id",
    "open_store",
    "parse",
    "parse_sort",
    "read_header",
]


def open_store(location: StoreLocation) -> Store:
    """Open a store, with everything in it that processes which have died could not deliver.

    Raises:
        StoreError: It cannot be opened.
    """
    from treadle.store.recovery import open_store as opened  # apsw is loaded only here

    return opened(location)
