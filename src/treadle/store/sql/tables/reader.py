"""Reads tables of runs."""

from collections.abc import Sequence

from treadle.records import KeyPage, RunGroups, RunOrder, RunTable
from treadle.store.search.tables import GroupQuery, KeyQuery
from treadle.store.search.tree import Field, Search
from treadle.store.sql.database import Database
from treadle.store.sql.search.paging import find_keys
from treadle.store.sql.tables.columns import choose_fields
from treadle.store.sql.tables.groups import find_groups
from treadle.store.sql.tables.keys import find_names
from treadle.store.sql.tables.rows import read_rows, read_table
from treadle.store.sql.tables.whole_order import find_order


class SqlRunTables:
    """Tables of runs, as a page shows them: in parts, whole orders, names and groups."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, search: Search) -> RunTable:
        """Return the first runs of a search, with its columns; some are chosen if it has none."""
        keys, _ = find_keys(self._database, search)
        return self._read(keys, search.columns, search.experiments)

    def rows(
        self,
        keys: Sequence[int],
        columns: Sequence[Field] | None,
        experiments: tuple[str, ...] | None,
    ) -> RunTable:
        """Return runs by their short keys, in this order; missing ones are left out.

        Args:
            keys: The keys.
            columns: The columns; some are chosen if None.
            experiments: The ids of the experiments whose runs exist for the caller; all if None.
        """
        return self._read(keys, columns, experiments)

    def _read(
        self,
        keys: Sequence[int],
        columns: Sequence[Field] | None,
        experiments: tuple[str, ...] | None,
    ) -> RunTable:
        rows = read_rows(self._database, keys, experiments)
        if columns is None:
            columns = choose_fields(self._database, [row[0] for row in rows])
        return read_table(self._database, rows, columns, experiments)

    def order(self, search: Search) -> RunOrder:
        """Return all runs that match a search, in order."""
        return find_order(self._database, search)

    def keys(self, query: KeyQuery) -> KeyPage:
        """Return a page of the names that runs have."""
        return find_names(self._database, query)

    def groups(self, query: GroupQuery) -> RunGroups:
        """Return a page of groups of runs, with statistics over all runs of each."""
        return find_groups(self._database, query)
