"""Formatting of searches as text that the parser parses to the same search."""

import re
from typing import Final

from treadle.store.search.tree import And, Comparison, Field, Not, Or, Sort, Tree, Value

_PLAIN: Final = re.compile(r"[A-Za-z_][\w/\-]*(?:\.[A-Za-z_][\w/\-]*)*")


def word(tree: Tree | None) -> str:
    """Format a syntax tree as text.

    Examples:
        >>> from treadle.store.search.grammar import parse
        >>> word(parse("metrics.r2 > 0.8 and not tags.stage in ('dev', 'test')"))
        'metrics."r2" > 0.8 and not (tags."stage" in ("dev", "test"))'
    """
    if tree is None:
        return ""
    if isinstance(tree, And | Or):
        return (" and " if isinstance(tree, And) else " or ").join(
            f"({word(part)})" if isinstance(part, And | Or) else word(part) for part in tree.parts
        )
    if isinstance(tree, Not):
        return f"not ({word(tree.part)})"
    return _comparison(tree)


def _comparison(comparison: Comparison) -> str:
    field = _field(comparison.field)
    if comparison.operator == "null":
        return f"{field} is null"
    if comparison.operator == "in":
        return f"{field} in ({', '.join(map(_value, comparison.values))})"
    return f"{field} {comparison.operator} {_value(comparison.values[0])}"


def word_sort(sorts: tuple[Sort, ...]) -> str:
    """Format sort keys as text."""
    return ", ".join(f"{'-' if sort.descending else ''}{_field(sort.field)}" for sort in sorts)


def word_columns(columns: tuple[Field, ...]) -> str:
    """Format the columns to read of each run as text."""
    return ", ".join(map(_field, columns))


def word_field(field: Field) -> str:
    """Format a column as text, with quotes only where its key needs them.

    Examples:
        >>> from treadle.store.search.grammar import parse_columns
        >>> list(map(word_field, parse_columns("min(metrics.loss), params.'a b'")))
        ['min(metrics.loss)', 'params."a b"']
    """
    return _field(field, is_plain=_PLAIN.fullmatch(field.key) is not None)


def _field(field: Field, *, is_plain: bool = False) -> str:
    if field.family == "attribute":
        return field.key
    name = f"{field.family}.{field.key if is_plain else _quote(field.key)}"
    if field.step is not None:
        return f"at({name}, {field.step})"
    return name if field.summary == "last" else f"{field.summary}({name})"


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quote(value) if isinstance(value, str) else repr(value)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
