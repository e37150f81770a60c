"""The whole order of the runs that match a search, as their short keys."""

from typing import Final

import msgspec

from treadle.records import RunOrder
from treadle.store.search.tree import Search
from treadle.store.sql.database import Database
from treadle.store.sql.search.compile import compile_conditions
from treadle.store.sql.search.paging import find_keys

_MOST: Final = 1_000_000


def find_order(database: Database, search: Search) -> RunOrder:
    """Return all runs that match a search, in the order of its pages."""
    keys, more = find_keys(database, msgspec.structs.replace(search, limit=_MOST, after=""))
    return RunOrder(total=_count(database, search) if more else len(keys), keys=keys)


def _count(database: Database, search: Search) -> int:
    parts = compile_conditions(search, database)
    text = " AND ".join(part.text for part in parts)
    values = [value for part in parts for value in part.values]
    return int(database.execute(f"SELECT count(*) FROM run WHERE {text}", values)[0][0])
