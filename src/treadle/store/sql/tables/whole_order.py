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
from treadle.store.sql.database import Database, Row
from treadle.store.sql.search.compile import PREFIX, summary_column
from treadle.store.sql.search.order import Phase, split
from treadle.store.sql.search.paging import find_keys
from treadle.store.sql.tables.labels import list_by_text, split_by_start
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

    table: str
    source: str
    key: str
    """The column of the run's key."""
    first: str
    """The expression of their values; empty if they have none to sort by."""
    holds: str
    """The condition on them."""
    values: list[Any]

    @property
    def is_text(self) -> bool:
        """Whether it is along the starts of texts."""
        return self.first.startswith("substr(")

    def select(self, columns: str, order: Iterable[str]) -> str:
        """Return the text of the query."""
        return f"SELECT {columns} FROM {self.source} WHERE {self.holds} ORDER BY {', '.join(order)}"


def _walk(field: Field, phase: Phase) -> _Walk | None:
    """Return the query for the runs of a phase; None if it has all that are left."""
    if phase.guide is not None:
        first = "" if phase.first is None else phase.guide.first
        source, holds = f"{phase.guide.table} AS guide", phase.guide.holds
        return _Walk(phase.guide.table, source, "guide.run_key", first, holds.text, holds.values)
    if phase.first is None:
        return None
    if field.family == "metrics":
        column = summary_column(field.summary)
        holds_text = f"series.name = ? AND {column} IS NOT NULL"
        return _Walk("series", "series", "series.run_key", column, holds_text, [field.key])
    holds = phase.holds
    return _Walk("run", "run", "run.key", phase.first.text, holds.text, holds.values)


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
    if walk.is_text:
        # Also params that are numbers, which come earlier.
        found = list_by_text(database, walk.table, str(walk.values[0]))
        return found[::-1] if descending else found
    way = "DESC" if descending else "ASC"
    order = [f"{part} {way}" for part in (walk.first, walk.key) if part]
    return list_keys(database, walk.select(f"{walk.key} AS run_key", order), walk.values)


def _rank(database: Database, sort: Sort, keys: Iterable[int], *, is_first: bool) -> dict[int, int]:
    """Return the rank of the value of each run; equal values have the same rank."""
    ranks = dict.fromkeys(keys, NO_LIMIT)
    rank = 0
    for phase in split((sort,)):
        walk = _walk(sort.field, phase)
        if walk is None:
            continue
        rank += 1
        if walk.is_text:
            rank = _rank_texts(database, walk, ranks, rank, descending=sort.descending)
        else:
            has_text = sort.field.family == "params" and not is_first  # of equal numbers, as pages
            query = _query(walk, has_text=has_text, descending=sort.descending)
            rank = _rank_rows(database.execute(query, walk.values), ranks, rank)
    return ranks


def _query(walk: _Walk, *, has_text: bool, descending: bool) -> str:
    """Return the query for the runs of a walk with their values, in order."""
    parts = [part for part in (walk.first, _TEXT if has_text else "") if part]
    order = [f"{part} {'DESC' if descending else 'ASC'}" for part in parts] or [walk.key]
    return walk.select(", ".join([walk.key, *parts]), order)


def _rank_rows(rows: Iterable[Row], ranks: dict[int, int], rank: int) -> int:
    """Rank runs by their values, from a rank on; return the last rank."""
    previous: list[Any] | None = None
    for key, *value in rows:
        rank += value != previous
        previous = value
        if key in ranks:
            ranks[key] = rank
    return rank


def _rank_texts(
    database: Database, walk: _Walk, ranks: dict[int, int], rank: int, *, descending: bool
) -> int:
    """Rank runs that have no rank yet by their texts, from a rank on; return the last rank."""
    name = str(walk.values[0])
    listed = list_by_text(database, walk.table, name)
    left = [key for key in listed if ranks.get(key) == NO_LIMIT]
    parts = split_by_start(database, walk.table, name, left)
    for part in reversed(parts) if descending else parts:
        rank += 1
        ranks.update(dict.fromkeys(part.keys, rank))
    return rank
