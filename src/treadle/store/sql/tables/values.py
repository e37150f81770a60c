"""Numbers of many runs, from one index."""

import operator
from collections.abc import Collection, Sequence
from typing import Any, Final

from treadle.store.search.tree import Field
from treadle.store.sql.database import Database, Row
from treadle.store.sql.in_lists import in_parts
from treadle.store.sql.search.compile import (
    INDEXED_SUMMARIES,
    TABLES,
    run_column,
    summary_column,
)

_MOST: Final = 10_000
_LOOKUP: Final = 10  # rows that an index lists in the time of one lookup


def is_few(database: Database, keys: Collection[int]) -> bool:
    """Return whether values of some runs are looked up sooner than those of all are listed."""
    highest = database.execute("SELECT max(key) FROM run")[0][0] or 0  # about the number of runs
    return len(keys) <= _MOST and len(keys) * _LOOKUP <= highest


def read_numbers(database: Database, field: Field, keys: Collection[int]) -> list[Row]:
    """Return runs, perhaps others than those with the keys, and their numbers, the least first."""
    if field.family == "attribute":
        column = run_column(field.key)
        query, values = f"SELECT key, {column} FROM run WHERE {column} IS NOT NULL", list[Any]()
        own, is_sorted = "key", False
    else:
        table = TABLES[field.family]
        column = "number" if field.family == "params" else summary_column(field.summary)
        query = f"SELECT run_key, {column} FROM {table} WHERE name = ? AND {column} IS NOT NULL"
        values, own = [field.key], "run_key"
        is_sorted = field.family == "params" or field.summary in INDEXED_SUMMARIES
    if is_few(database, keys):
        rows = read_some(database, query, values, own, keys)
    elif is_sorted:
        return database.execute(f"{query} ORDER BY {column}", values)
    else:
        rows = database.execute(query, values)
    return sorted(rows, key=operator.itemgetter(1))


def read_some(
    database: Database, query: str, values: Sequence[Any], own: str, keys: Collection[int]
) -> list[Row]:
    """Return the rows of a query for some runs.

    Args:
        database: The database.
        query: A SELECT that ends with a condition.
        values: Its values.
        own: The column of the run's key.
        keys: The keys of the runs.
    """
    rows: list[Row] = []
    for marks, some in in_parts(list(keys)):
        rows += database.execute(f"{query} AND {own} IN ({marks})", [*values, *some])
    return rows
