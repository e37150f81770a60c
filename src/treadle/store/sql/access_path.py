"""Decides from where the runs of a page are found: the database knows no statistics of what users log.

Two ways lead to a page. Where a condition is fulfilled by few runs, those are gathered by its index,
and sorted. Otherwise the index of the order is walked from its beginning, and what does not fulfil the
conditions is passed over, until the page is full: common conditions fill it soon. Which of them is rare
is counted by the index, up to a bound.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from treadle.store.search import And, Comparison, Search, Sort
from treadle.store.sql.compile import Fragment, compile_test, value_column
from treadle.store.sql.database import Database

__all__ = ["AccessPath", "choose_path"]

_TABLES: Final = {"params": "param", "metrics": "series", "tags": "tag"}
_RANGES: Final = frozenset({"=", "<", "<=", ">", ">=", "in"})
_INDEXED: Final = {"id": "run.id", "name": "run.name", "status": "run.status", "user": "run.user_name"}


class AccessPath(msgspec.Struct, frozen=True):
    """Where runs come from, as SQL behind FROM, and what must hold so that each is joined to itself."""

    source: Fragment
    join: Fragment | None = None
    first: Fragment | None = None
    """What stands for the first value of the order, where its index is walked."""


_PLAIN: Final = AccessPath(Fragment("run", []))


def choose_path(database: Database, search: Search) -> tuple[AccessPath, AccessPath]:
    """Decide how runs are found that have the first value of the order, and those that lack it."""
    rarest: Fragment | None = None
    least = database.few + 1
    for keys in _candidates(database, search):
        query = f"SELECT count(*) FROM (SELECT 1 FROM {keys.text} LIMIT ?) AS found"
        count = database.execute(query, [*keys.values, least])[0][0]
        if count < least:
            rarest, least = keys, count
    if rarest is not None:
        # CROSS keeps SQLite from turning the two around; PostgreSQL takes it for a plain join.
        source = Fragment(f"(SELECT DISTINCT run_key FROM {rarest.text}) AS hit CROSS JOIN run", rarest.values)
        join = Fragment("run.key = hit.run_key", [])
        return _gather(source, join, search.sort), AccessPath(source, join)
    return _walk(search.sort), _PLAIN


def _guide(sorts: tuple[Sort, ...]) -> tuple[str, Fragment, Fragment] | None:
    """Give the table and column that hold the first value of the order, where those are a row of their own."""
    if not sorts or sorts[0].field.family not in ("params", "metrics") or sorts[0].field.summary != "last":
        return None
    table = _TABLES[sorts[0].field.family]
    column = "number" if table == "param" else "last"
    join = Fragment("guide.name = ? AND run.key = guide.run_key", [sorts[0].field.key])
    return f"{table} AS guide", join, Fragment(f"guide.{column}", [])


def _gather(source: Fragment, join: Fragment, sorts: tuple[Sort, ...]) -> AccessPath:
    """Sort the few runs that fulfil a condition."""
    guide = _guide(sorts)
    if guide is None:
        return AccessPath(source, join)
    table, own, first = guide
    joined = Fragment(f"{source.text} CROSS JOIN {table}", source.values)
    return AccessPath(joined, Fragment(f"{join.text} AND {own.text}", own.values), first)


def _walk(sorts: tuple[Sort, ...]) -> AccessPath:
    """Walk the index of the order, where there is one."""
    guide = _guide(sorts)
    if guide is None:
        return _PLAIN
    table, join, first = guide
    return AccessPath(Fragment(f"{table} CROSS JOIN run", []), join, first)


def _candidates(database: Database, search: Search) -> Iterator[Fragment]:
    """Give what an index finds that must hold: a source of ``run_key``."""
    if search.experiments is not None and len(search.experiments) == 1 and search.experiments[0].isdigit():
        key = int(search.experiments[0]) if len(search.experiments[0]) <= 18 else -1  # noqa: PLR2004
        yield Fragment("(SELECT key AS run_key FROM run WHERE experiment_key = ?) AS own", [key])
    tops = search.where.parts if isinstance(search.where, And) else (search.where,)
    for top in tops:
        if isinstance(top, Comparison) and top.operator in _RANGES:
            yield from _candidate(database, top)


def _candidate(database: Database, comparison: Comparison) -> Iterator[Fragment]:
    field = comparison.field
    if field.family == "attribute" and field.key in _INDEXED and comparison.operator in ("=", "in"):
        test = compile_test(_INDEXED[field.key], comparison, database, is_text=True)
        yield Fragment(f"(SELECT run.key AS run_key FROM run WHERE {test.text}) AS own", test.values)
    if field.family in _TABLES and field.summary == "last":
        column, is_text = value_column(field, comparison)
        if is_text and comparison.operator != "=":
            return  # only the start of a text is indexed
        test = compile_test(column, comparison, database, is_text=is_text)
        table = _TABLES[field.family]
        yield Fragment(f"{table} WHERE {table}.name = ? AND {test.text}", [field.key, *test.values])
