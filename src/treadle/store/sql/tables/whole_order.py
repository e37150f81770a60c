"""The whole order of the runs that match a search, as their short keys.

The index of the order lists the keys of all runs, and those that do not match are left out: no row
of a run is read, and no value is looked up. The phases are those of pages (`search.order`), so that
both agree, also on runs with equal values and without a value.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from treadle.records import RunOrder
from treadle.store.search.tree import Field, Search, Sort
from treadle.store.sql.database import Database
from treadle.store.sql.search.compile import PREFIX, summary_column
from treadle.store.sql.search.order import Phase, split
from treadle.store.sql.search.paging import find_keys
from treadle.store.sql.tables.matching import NO_LIMIT, find_set, is_rare, list_keys

_MOST: Final = 1_000_000
_TEXT: Final = f"substr(guide.text, 1, {PREFIX})"


def find_order(database: Database, search: Search) -> RunOrder:
    """Return all runs that match a search, in the order of its pages."""
    has_datasets = any(sort.field.family == "datasets" for sort in search.sort)
    if has_datasets or is_rare(database, search):
        everything = msgspec.structs.replace(search, limit=NO_LIMIT, after="")
        keys, _ = find_keys(database, everything)
    else:
        keys = _arrange(database, search.sort, find_set(database, search))
    return RunOrder(total=len(keys), keys=keys[:_MOST])


def _arrange(database: Database, sorts: tuple[Sort, ...], wanted: set[int]) -> list[int]:
    """Return runs in order."""
    order = _arrange_by_first(database, sorts, set(wanted))
    if len(sorts) > 1:
        # The order of runs that are equal in all fields is known by now; each sort preserves it.
        for place in reversed(range(len(sorts))):
            ranks = _rank(database, sorts[place], wanted, is_first=place == 0)
            order.sort(key=ranks.__getitem__)
    return order


class _Walk(msgspec.Struct, frozen=True):
    """Query for the runs of one phase of an order."""

    source: str
    key: str
    """The column of the run's key."""
    first: str
    """The expression of their values; empty if they have none to sort by."""
    holds: str
    """The condition on them."""
    values: list[Any]

    def select(self, columns: str, order: Iterable[str]) -> str:
        """Return the text of the query."""
        return f"SELECT {columns} FROM {self.source} WHERE {self.holds} ORDER BY {', '.join(order)}"


def _walk(field: Field, phase: Phase) -> _Walk | None:
    """Return the query for the runs of a phase; None if it has all that are left."""
    if phase.guide is not None:
        first = "" if phase.first is None else phase.guide.first
        source, holds = f"{phase.guide.table} AS guide", phase.guide.holds
        return _Walk(source, "guide.run_key", first, holds.text, holds.values)
    if phase.first is None:
        return None
    if field.family == "metrics":
        column = summary_column(field.summary)
        holds_text = f"series.name = ? AND {column} IS NOT NULL"
        return _Walk("series", "series.run_key", column, holds_text, [field.key])
    holds = phase.holds
    return _Walk("run", "run.key", phase.first.text, holds.text, holds.values)


def _arrange_by_first(database: Database, sorts: tuple[Sort, ...], left: set[int]) -> list[int]:
    """Return runs in the order of the first field; the others have none of the runs left."""
    order: list[int] = []
    for phase in split(sorts):
        walk = _walk(sorts[0].field, phase) if sorts else None
        if walk is None or not left:
            continue
        found = _list(database, walk, descending=not walk.first or sorts[0].descending)
        kept = [key for key in found if key in left]
        order += kept
        left.difference_update(kept)
    return order + sorted(left, reverse=True)


def _list(database: Database, walk: _Walk, *, descending: bool) -> list[int]:
    """List the runs of a walk, perhaps among others that earlier ones had."""
    if walk.first == _TEXT and database.params_by_text:
        # Also params that are numbers, which come earlier.
        named = f"SELECT run_key FROM {database.params_by_text} WHERE name = ?"
        found = list_keys(database, named, walk.values)
        return found[::-1] if descending else found
    way = "DESC" if descending else "ASC"
    order = [f"{part} {way}" for part in (walk.first, walk.key) if part]
    return list_keys(database, walk.select(f"{walk.key} AS run_key", order), walk.values)


def _rank(database: Database, sort: Sort, keys: Iterable[int], *, is_first: bool) -> dict[int, int]:
    """Return the rank of the value of each run; equal values have the same rank."""
    ranks = dict.fromkeys(keys, 2**62)
    way = "DESC" if sort.descending else "ASC"
    rank = 0
    for phase in split((sort,)):
        walk = _walk(sort.field, phase)
        if walk is None:
            continue
        parts = [walk.first] if walk.first else []
        if parts and sort.field.family == "params" and not is_first:
            parts.append(_TEXT)  # of equal numbers, as in pages
        order = [f"{part} {way}" for part in parts] or [walk.key]
        rank += 1
        previous: list[Any] | None = None
        query = walk.select(", ".join([walk.key, *parts]), order)
        for key, *value in database.execute(query, walk.values):
            rank += value != previous
            previous = value
            if key in ranks:
                ranks[key] = rank
    return ranks
