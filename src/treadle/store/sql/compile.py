"""Turns a search into SQL with every value bound; names come from a closed list."""

from typing import Any, Final

from treadle.store.search import And, Comparison, Field, Not, Or, Search, Sort, Tree

__all__ = ["compile_search"]

_COLUMNS: Final = {
    "id": "run.id",
    "name": "run.name",
    "experiment": "experiment.name",
    "status": "run.status",
    "kind": "run.kind",
    "command": "run.command",
    "user": "run.user_name",
    "parent": "run.parent",
    "started": "run.started",
    "ended": "run.ended",
    "duration": "(run.ended - run.started)",
}
_SUMMARIES: Final = {
    "last": "series.last",
    "min": "series.min",
    "max": "series.max",
    "mean": "series.total / NULLIF(series.finite, 0)",
    "count": "series.count",
}
_TABLES: Final = {"params": "param", "metrics": "series", "tags": "tag"}


def compile_search(search: Search) -> tuple[str, list[Any]]:
    """Compile the part behind ``SELECT … FROM run JOIN experiment``.

    Returns:
        The SQL, from ``WHERE`` to ``LIMIT``, and its values in order.
    """
    values: list[Any] = []
    clauses = [_condition(search.where, values)] if search.where is not None else []
    where = f"WHERE {' AND '.join(clauses)} " if clauses else ""
    order = ", ".join(_order(sort, values) for sort in search.sort)
    values.append(search.limit)
    return f"{where}ORDER BY {order + ', ' if order else ''}run.key DESC LIMIT ?", values


def _condition(tree: Tree, values: list[Any]) -> str:
    if isinstance(tree, And):
        return "(" + " AND ".join(_condition(part, values) for part in tree.parts) + ")"
    if isinstance(tree, Or):
        return "(" + " OR ".join(_condition(part, values) for part in tree.parts) + ")"
    if isinstance(tree, Not):
        # A run without the value does not fulfil a comparison, and so fulfils its opposite.
        return f"NOT COALESCE({_condition(tree.part, values)}, FALSE)"
    return _comparison(tree, values)


def _comparison(comparison: Comparison, values: list[Any]) -> str:
    field = comparison.field
    if field.family == "attribute":
        return _test(_COLUMNS[field.key], comparison, values)
    table = _TABLES[field.family]
    own = f"FROM {table} WHERE {table}.run_key = run.key AND {table}.name = ?"
    values.append(field.key)
    if comparison.operator == "null":
        return f"NOT EXISTS (SELECT 1 {own})"
    return f"EXISTS (SELECT 1 {own} AND {_test(_value_column(field, comparison), comparison, values)})"


def _value_column(field: Field, comparison: Comparison) -> str:
    if field.family == "metrics":
        return _SUMMARIES[field.summary]
    if field.family == "tags":
        return "tag.value"
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in comparison.values)
    return "param.number" if numbers else "param.text"


def _test(column: str, comparison: Comparison, values: list[Any]) -> str:
    bound = [_bound(value) for value in comparison.values]
    if comparison.operator == "null":
        return f"{column} IS NULL"
    if column.endswith((".text", ".value", ".name", ".id", ".status", ".kind", ".command", "user_name", "parent")):
        bound = [value if isinstance(value, str) else str(value) for value in bound]
    values.extend(bound)
    if comparison.operator == "in":
        return f"{column} IN ({', '.join('?' * len(bound))})"
    if comparison.operator == "like":
        # SQLite's own LIKE ignores case; GLOB does not, and takes other wildcards.
        values[-1] = _as_glob(str(bound[0]))
        return f"{column} GLOB ?"
    if comparison.operator == "ilike":
        return f"{column} LIKE ? ESCAPE '\\'"
    return f"{column} {comparison.operator} ?"


def _bound(value: object) -> object:
    """Compare truth values with the JSON text that a parameter's has."""
    return str(value).lower() if isinstance(value, bool) else value


def _as_glob(pattern: str) -> str:
    glob = []
    escaped = False
    for character in pattern:
        if escaped or character not in "%_\\":
            glob.append(f"[{character}]" if character in "*?[" else character)
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            glob.append("*" if character == "%" else "?")
    return "".join(glob)


def _order(sort: Sort, values: list[Any]) -> str:
    field = sort.field
    direction = "DESC" if sort.descending else "ASC"
    if field.family == "attribute":
        return f"{_COLUMNS[field.key]} {direction} NULLS LAST"
    table = _TABLES[field.family]
    own = f"FROM {table} WHERE {table}.run_key = run.key AND {table}.name = ?"
    if field.family == "params":
        # Numbers by size, and what is not a number behind them by its letters.
        values.extend((field.key, field.key))
        return f"(SELECT number {own}) {direction} NULLS LAST, (SELECT text {own}) {direction} NULLS LAST"
    values.append(field.key)
    column = _SUMMARIES[field.summary] if field.family == "metrics" else "tag.value"
    return f"(SELECT {column} {own}) {direction} NULLS LAST"
