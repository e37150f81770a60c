"""Filters, sorts and pages what a store lists whole: experiments, logged models and the registry."""

import base64
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from treadle.server.mlflow.errors import invalid
from treadle.store.search import And, Comparison, Field, Not, Or, Sort, Tree, Value

__all__ = ["check_limit", "fulfils", "is_about", "page", "sort_by"]

T = TypeVar("T")
Look = Callable[[Field], Value | None]


def fulfils(tree: Tree | None, look: Look) -> bool:
    """Tell whether something fulfils a filter, by its values."""
    if tree is None:
        return True
    if isinstance(tree, And):
        return all(fulfils(part, look) for part in tree.parts)
    if isinstance(tree, Or):
        return any(fulfils(part, look) for part in tree.parts)
    if isinstance(tree, Not):
        return not fulfils(tree.part, look)
    return _compare(tree, look(tree.field))


def _compare(comparison: Comparison, value: Value | None) -> bool:
    operator = comparison.operator
    if operator == "null":
        return value is None
    if value is None:
        return False
    if isinstance(value, str):
        wanted: list[Value] = [str(one) for one in comparison.values]
    else:
        wanted = list(comparison.values)
        if any(isinstance(one, str) for one in wanted):
            return False
    if operator in ("like", "ilike"):
        return _like(str(value), str(wanted[0]), ignore_case=operator == "ilike")
    if operator == "in":
        return value in wanted
    return _ORDERS[operator](value, wanted[0])


_ORDERS: dict[str, Callable[[Value, Value], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,  # type: ignore[operator]
    "<=": lambda one, other: one <= other,  # type: ignore[operator]
    ">": lambda one, other: one > other,  # type: ignore[operator]
    ">=": lambda one, other: one >= other,  # type: ignore[operator]
}


def _like(value: str, pattern: str, *, ignore_case: bool) -> bool:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    expression = "".join({"%": ".*", "_": "."}.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(expression, value, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def sort_by(items: Iterable[T], sorts: Sequence[Sort], look: Callable[[T], Look]) -> list[T]:
    """Sort by several fields in turn; what lacks a value comes last either way."""
    found = list(items)
    for sort in reversed(sorts):
        values = [(look(item)(sort.field), item) for item in found]
        lacking = [item for value, item in values if _is_lacking(value)]
        having = [(value, item) for value, item in values if not _is_lacking(value)]
        having.sort(key=lambda pair: (isinstance(pair[0], str), pair[0]), reverse=sort.descending)
        found = [item for _, item in having] + lacking
    return found


def _is_lacking(value: Value | None) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: behind which item, and at which place in case that is gone."""

    item: str
    offset: int


def page(items: Sequence[T], token: str, limit: int, name: Callable[[T], str]) -> tuple[list[T], str]:
    """Cut out one page; give it, and what asks for the next one (empty at the end)."""
    start = 0
    if token:
        try:
            place = msgspec.json.decode(base64.urlsafe_b64decode(token), type=_Place)
        except (msgspec.MsgspecError, ValueError) as error:
            raise invalid(f"Invalid page token: '{token[:100]}'") from error
        known = next((number for number, item in enumerate(items) if name(item) == place.item), None)
        start = known + 1 if known is not None else max(0, place.offset)
    chosen = list(items[start : start + limit])
    if not chosen or start + limit >= len(items):
        return chosen, ""
    following = msgspec.json.encode(_Place(name(chosen[-1]), start + limit))
    return chosen, base64.urlsafe_b64encode(following).decode()


def check_limit(limit: int, most: int) -> int:
    """Refuse a page of nothing, or of more than there may be."""
    if not 1 <= limit <= most:
        raise invalid(
            f"Invalid value {limit} for parameter 'max_results' supplied: It must be at least 1 and at most {most}."
        )
    return limit


def is_about(tree: Tree, field: Field) -> bool:
    """Tell whether a filter mentions a field."""
    if isinstance(tree, And | Or):
        return any(is_about(part, field) for part in tree.parts)
    return is_about(tree.part, field) if isinstance(tree, Not) else tree.field == field
