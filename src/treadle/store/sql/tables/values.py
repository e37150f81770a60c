"""Values of all runs that match a search, each from one index."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from treadle.records import Cell
from treadle.store.search.tree import Field
from treadle.store.sql.database import Database, Row
from treadle.store.sql.in_lists import in_parts
from treadle.store.sql.search.compile import (
    INDEXED_SUMMARIES,
    PREFIX,
    TABLES,
    run_column,
    summary_column,
)

_FEW: Final = 10_000
"""Runs whose values are looked up one by one, where the index has those of all runs."""


def read_numbers(
    database: Database, field: Field, keys: Collection[int]
) -> Iterator[tuple[int, float]]:
    """Yield runs, perhaps others than those with the keys, and their numbers, the least first."""
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
    if len(keys) <= _FEW:
        rows = _of_some(database, query, values, own, keys)
        rows.sort(key=_second)
    elif is_sorted:
        rows = database.execute(f"{query} ORDER BY {column}", values)
    else:
        rows = database.execute(query, values)
        rows.sort(key=_second)
    yield from rows


def _second(row: Row) -> Any:
    return row[1]


def _of_some(
    database: Database, query: str, values: Sequence[Any], own: str, keys: Collection[int]
) -> list[Row]:
    rows: list[Row] = []
    for marks, some in in_parts(list(keys)):
        rows += database.execute(f"{query} AND {own} IN ({marks})", [*values, *some])
    return rows


def read_labels(database: Database, field: Field, keys: Collection[int]) -> Mapping[int, Cell]:
    """Return the values to group runs by; perhaps also those of others."""
    if field.family == "attribute":
        query = f"SELECT key, {run_column(field.key)} FROM run WHERE TRUE"
        rows = (
            _of_some(database, query, [], "key", keys)
            if len(keys) <= _FEW
            else database.execute(query)
        )
        return dict(rows)
    table = TABLES[field.family]
    column = "text" if field.family == "params" else "value"
    whole = f"SELECT run_key, {column} FROM {table} WHERE name = ?"
    if len(keys) <= _FEW:
        texts = dict(_of_some(database, whole, [field.key], "run_key", keys))
    else:
        texts = _read_all(database, table, column, field.key)
    if field.family == "tags":
        return texts
    known = {text: _as_cell(text) for text in set(texts.values())}
    return {key: known[text] for key, text in texts.items()}


def _read_all(database: Database, table: str, column: str, name: str) -> dict[int, str]:
    """Read the texts of all runs from the index of their starts; longer ones from the table."""
    start = f"substr({column}, 1, {PREFIX})"
    query = f"SELECT run_key, {start} FROM {table} WHERE name = ?"
    texts: dict[int, str] = dict(database.execute(query, [name]))
    long = [key for key, text in texts.items() if len(text) >= PREFIX]
    if long:
        whole = f"SELECT run_key, {column} FROM {table} WHERE name = ?"
        texts |= dict(_of_some(database, whole, [name], "run_key", long))
    return texts


def _as_cell(text: str) -> Cell:
    """Return the number, boolean or None that the text of a param is; else the text."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return text
    if isinstance(value, float) and not math.isfinite(value):
        return text
    found: Cell = value if isinstance(value, int | float) or value is None else text
    return found
