"""Split of a sort order into phases: runs with a value of the first field, and those without.

The first field determines the cost of a page, so each kind of value gets a separate phase, in
which an index has the values and the runs. A parameter has two: numbers come first, then texts in
alphabetical order. Runs whose metric is NaN come after the numbers. Runs without the value come
last. Runs without a value to sort by are sorted by age, newest first.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from treadle.store.search.tree import Field, Sort
from treadle.store.sql.search.compile import (
    DATASETS,
    INDEXED_SUMMARIES,
    PREFIX,
    TABLES,
    Fragment,
    dataset_sources,
    run_column,
    summary_column,
)

_NULLABLE: Final = frozenset({"ended", "duration"})
# Without a range of the column, SQLite would sort all runs instead of walking its index if there
# are several sort keys.
_LEAST: Final = {"started": "-1e300", "ended": "-1e300", "duration": "-1e300", "name": "''"}
_INDEXED: Final = frozenset({"id", "name", "status", "user", "started", "ended", "duration"})


class Guide(msgspec.Struct, frozen=True):
    """Table of the values to sort by, whose index has the runs in order."""

    table: str
    first: str
    """The sort expression on the table alias ``guide``."""
    holds: Fragment
    """The condition on its rows."""


class Phase(msgspec.Struct, frozen=True):
    """Runs with one kind of the first sort value, or without it."""

    first: Fragment | None
    """The sort expression on ``run``; None if they have no value to sort by."""
    holds: Fragment
    """The condition on ``run``."""
    guide: Guide | None = None
    is_walkable: bool = True
    """Whether an index has these runs in sort order."""


_ALL: Final = Phase(None, Fragment("TRUE", []))


def split(sorts: tuple[Sort, ...]) -> list[Phase]:
    """Return the phases of an order."""
    if not sorts:
        return [_ALL]
    field = sorts[0].field
    if field.family == "attribute":
        return _of_attribute(field.key)
    if field.family == "metrics":
        return _of_metric(field)
    if field.family == "datasets":
        return _of_datasets(field.key)
    return _of_param(field.key) if field.family == "params" else _of_tag(field.key)


def _of_attribute(key: str) -> list[Phase]:
    column = run_column(key)
    holds = Fragment(f"{column} >= {_LEAST[key]}" if key in _LEAST else "TRUE", [])
    phases = [Phase(Fragment(column, []), holds, is_walkable=key in _INDEXED)]
    return [*phases, Phase(None, Fragment(f"{column} IS NULL", []))] if key in _NULLABLE else phases


def _of_metric(field: Field) -> list[Phase]:
    value = _looked_up(field, summary_column(field.summary))
    numbers = Fragment(f"{value.text} IS NOT NULL", value.values)
    lacking = Phase(None, Fragment(f"{value.text} IS NULL", value.values))
    if field.summary not in INDEXED_SUMMARIES:
        return [Phase(value, numbers, is_walkable=False), lacking]
    column = f"guide.{field.summary}"
    of_number, of_nan = (
        Guide("series", column, Fragment(f"guide.name = ? AND {column} {test}", [field.key]))
        for test in ("IS NOT NULL", "IS NULL")
    )
    if field.summary != "last":
        return [Phase(value, numbers, of_number), lacking]
    own = "SELECT 1 FROM series WHERE run_key = run.key AND name = ?"
    return [
        Phase(value, numbers, of_number),
        Phase(None, Fragment(f"EXISTS ({own} AND last IS NULL)", [field.key]), of_nan),
        Phase(None, Fragment(f"NOT EXISTS ({own})", [field.key])),
    ]


def _of_param(key: str) -> list[Phase]:
    field = Field("params", key)
    number, text = _looked_up(field, "number"), _looked_up(field, f"substr(text, 1, {PREFIX})")
    return [
        Phase(
            number,
            Fragment(f"{number.text} IS NOT NULL", number.values),
            Guide(
                "param",
                "guide.number",
                Fragment("guide.name = ? AND guide.number IS NOT NULL", [key]),
            ),
        ),
        Phase(
            text,
            Fragment(
                f"({number.text} IS NULL AND {text.text} IS NOT NULL)",
                [*number.values, *text.values],
            ),
            Guide(
                "param",
                f"substr(guide.text, 1, {PREFIX})",
                Fragment("guide.name = ? AND guide.number IS NULL", [key]),
            ),
        ),
        Phase(None, Fragment(f"{text.text} IS NULL", text.values)),
    ]


def _of_tag(key: str) -> list[Phase]:
    value = _looked_up(Field("tags", key), f"substr(value, 1, {PREFIX})")
    guide = Guide("tag", f"substr(guide.value, 1, {PREFIX})", Fragment("guide.name = ?", [key]))
    return [
        Phase(value, Fragment(f"{value.text} IS NOT NULL", value.values), guide),
        Phase(None, Fragment(f"{value.text} IS NULL", value.values)),
    ]


def _of_datasets(key: str) -> list[Phase]:
    value = _first_dataset(key)
    return [
        Phase(value, Fragment(f"{value.text} IS NOT NULL", []), is_walkable=False),
        Phase(None, Fragment(f"{value.text} IS NULL", [])),
    ]


def _first_dataset(key: str) -> Fragment:
    """Return the first value in alphabetical order among the datasets of a run."""
    either = " UNION ALL ".join(
        f"SELECT {column} AS value FROM {source}"
        for column, source in zip(DATASETS[key], dataset_sources("run.key"), strict=True)
    )
    return Fragment(f"(SELECT min(value) FROM ({either}) AS used)", [])


def _looked_up(field: Field, column: str) -> Fragment:
    return Fragment(
        f"(SELECT {column} FROM {TABLES[field.family]} WHERE run_key = run.key AND name = ?)",
        [field.key],
    )


class Column(msgspec.Struct, frozen=True):
    """Sort expression after the first one."""

    fragment: Fragment
    descending: bool


def compile_rest(sorts: tuple[Sort, ...]) -> list[Column]:
    """Return the expressions of all sort keys but the first; each may be NULL, which comes last."""
    columns = []
    for sort in sorts[1:]:
        field = sort.field
        if field.family == "attribute":
            parts = [Fragment(run_column(field.key), [])]
        elif field.family == "params":
            parts = [_looked_up(field, "number"), _looked_up(field, f"substr(text, 1, {PREFIX})")]
        elif field.family == "datasets":
            parts = [_first_dataset(field.key)]
        elif field.family == "metrics":
            parts = [_looked_up(field, summary_column(field.summary))]
            if field.summary == "last":
                parts.append(_looked_up(field, "1"))  # NaN comes before missing values
        else:
            parts = [_looked_up(field, f"substr(value, 1, {PREFIX})")]
        columns += [Column(part, sort.descending) for part in parts]
    return columns


def behind(
    columns: Sequence[Column],
    values: Sequence[str | float | None],
    tail: Fragment,
    sure: Fragment | None = None,
) -> Fragment:
    """Compile the condition that a row comes after a cursor, in an order with NULLs last.

    Args:
        columns: The sort expressions.
        values: The values of the cursor.
        tail: The condition on later rows that are equal in all expressions.
        sure: The expression of a column that is never NULL.
    """
    for column, value in reversed(list(zip(columns, values, strict=True))):
        text, own = column.fragment.text, column.fragment.values
        sign = "<" if column.descending else ">"
        if value is None:
            tail = Fragment(f"({text} IS NULL AND {tail.text})", [*own, *tail.values])
        elif column.fragment is sure:
            tail = Fragment(
                f"({text} {sign} ? OR ({text} = ? AND {tail.text}))",
                [*own, value, *own, value, *tail.values],
            )
        else:
            tail = Fragment(
                f"({text} {sign} ? OR {text} IS NULL OR ({text} = ? AND {tail.text}))",
                [*own, value, *own, *own, value, *tail.values],
            )
    return tail
