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

FEW: Final = 10_000
"""Runs whose values are looked up one by one, where the index has those of all runs."""


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
    if len(keys) > FEW and is_sorted:
        return database.execute(f"{query} ORDER BY {column}", values)
    rows = (
        database.execute(query, values)
        if len(keys) > FEW
        else read_some(database, query, values, own, keys)
    )
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
