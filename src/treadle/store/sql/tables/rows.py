"""Part of a table of runs: some of its rows, with their values by column."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from treadle.records import Cell, Column, RunRow, RunTable
from treadle.store.search.tree import Field
from treadle.store.sql.database import Database, Row
from treadle.store.sql.in_lists import in_parts
from treadle.store.sql.statements import SQL
from treadle.store.sql.tables.columns import describe_columns
from treadle.store.sql.tables.steps import values_at_step

_ATTRIBUTES: Final = {
    "id": 1,
    "name": 2,
    "experiment": 3,
    "status": 4,
    "started": 5,
    "ended": 6,
    "kind": 7,
    "command": 8,
    "user": 9,
    "parent": 10,
}
"""The place of each attribute in the rows of the statement ``runs``."""
_QUERIES: Final = {
    "params": "SELECT name, run_key, value, number FROM param",
    "tags": "SELECT name, run_key, value FROM tag",
    "metrics": (
        "SELECT name, run_key, last, min, max, total, finite, count, last_step FROM series"
    ),
}

Values = Mapping[str, Mapping[int, Sequence[Any]]]
"""The rows of one table by name and run."""


def read_rows(
    database: Database, keys: Sequence[int], experiments: tuple[str, ...] | None
) -> list[Row]:
    """Return the rows of runs in the order of their keys, except of other experiments."""
    found: dict[int, Row] = {}
    for marks, some in in_parts(keys):
        rows = database.execute(f"{SQL['runs']} WHERE run.key IN ({marks})", some)
        found |= {row[0]: row for row in rows}
    seen = None if experiments is None else set(experiments)
    rows = [found[key] for key in dict.fromkeys(keys) if key in found]
    return [row for row in rows if seen is None or str(row[14]) in seen]


def read_table(
    database: Database,
    rows: Sequence[Row],
    fields: Sequence[Field],
    experiments: tuple[str, ...] | None,
) -> RunTable:
    """Return the table of some runs.

    Args:
        database: The database.
        rows: The rows of the runs.
        fields: The columns.
        experiments: The ids of the experiments that the caller may see; all if None.
    """
    keys = [row[0] for row in rows]
    columns = describe_columns(database, fields, experiments)
    values = _read_values(database, keys, fields)
    cells = [
        list(_cells(database, rows, keys, column, values.get(column.family, {})))
        for column in columns
    ]
    children = _count_children(database, [row[1] for row in rows], experiments)
    return RunTable(
        columns=columns, rows=[_row(row, children.get(row[1], 0)) for row in rows], cells=cells
    )


def _row(row: Row, children: int) -> RunRow:
    return RunRow(
        key=row[0],
        id=row[1],
        name=row[2],
        experiment=row[3],
        experiment_id=str(row[14]),
        status=row[4],
        started=row[5],
        ended=row[6],
        user=row[9],
        kind=row[7],
        parent=row[10],
        children=children,
        deleted=row[13],
    )


def _count_children(
    database: Database, runs: Sequence[str], experiments: tuple[str, ...] | None
) -> dict[str, int]:
    """Count the runs that are part of each run, not deleted, and visible."""
    seen = None if experiments is None else set(experiments)
    found: dict[str, int] = defaultdict(int)
    for marks, some in in_parts(runs):
        query = (
            "SELECT parent, experiment_key, count(*) FROM run WHERE parent <> '' AND deleted IS "
            f"NULL AND parent IN ({marks}) GROUP BY parent, experiment_key"
        )
        for parent, experiment, count in database.execute(query, some):
            if seen is None or str(experiment) in seen:
                found[parent] += count
    return found


def _read_values(
    database: Database, keys: Sequence[int], fields: Sequence[Field]
) -> dict[str, Values]:
    """Read the values of runs that the columns need, by family."""
    asked: list[tuple[str, str, Sequence[Any]]] = []
    for family, query in _QUERIES.items():
        names = list(dict.fromkeys(one.key for one in fields if one.family == family))
        for marks, some in in_parts(keys) if names else ():
            for places, wanted in in_parts(names):
                text = f"{query} WHERE run_key IN ({marks}) AND name IN ({places})"
                asked.append((family, text, [*some, *wanted]))
    answers = database.execute_all([(text, values) for _, text, values in asked])
    found: dict[str, dict[str, dict[int, Sequence[Any]]]] = {}
    for (family, _, _), rows in zip(asked, answers, strict=True):
        by_name = found.setdefault(family, defaultdict(dict))
        for name, key, *rest in rows:
            by_name[name][key] = rest
    return dict(found)


def _cells(
    database: Database, rows: Sequence[Row], keys: Sequence[int], column: Column, values: Values
) -> Iterator[Cell]:
    """Yield the values of a column, one for each run."""
    if column.family == "attribute":
        yield from (_attribute(row, column.key) for row in rows)
        return
    own = values.get(column.key, {})
    if column.step is not None:
        at_step = values_at_step(database, column.key, column.step, own)
        yield from (at_step.get(key) for key in keys)
        return
    for key in keys:
        found = own.get(key)
        yield None if found is None else _value(found, column)


def _attribute(row: Row, key: str) -> Cell:
    if key == "duration":
        return None if row[6] is None else float(row[6] - row[5])
    found: Cell = row[_ATTRIBUTES[key]]
    return found


def _value(found: Sequence[Any], column: Column) -> Cell:
    """Return the value of a column in the row of a run."""
    if column.family == "tags":
        return str(found[0])
    if column.family == "params":
        return read_param(found[0], found[1], is_number=column.kind == "number")
    last, low, high, total, finite, count, _ = found
    if column.summary == "last":
        return math.nan if last is None else float(last)
    if column.summary == "mean":
        return float(total) / finite if finite else None
    chosen: Cell = {"min": low, "max": high, "count": count}[column.summary]
    return chosen


def read_param(value: str, number: float | None, *, is_number: bool) -> Cell:
    """Return the value of a param; a text that is a number is one in a column of numbers.

    Args:
        value: Its JSON.
        number: The number in it, if there is one.
        is_number: Whether its column has numbers only.
    """
    found: Cell = msgspec.json.decode(value)
    if is_number and isinstance(found, str):
        return number
    return found
