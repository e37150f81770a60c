"""Translation of MLflow's comparisons to the store's: whole milliseconds, tags for attributes."""

import math
from collections.abc import Callable, Collection
from typing import Final

from treadle.store.search.tree import And, Comparison, Field, Not, Or, Tree

ATTRIBUTE_TAGS: Final = {
    "mlflow.runName": "name",
    "mlflow.user": "user",
    "mlflow.parentRunId": "parent",
    "mlflow.source.name": "command",
    "mlflow.source.type": "source_type",
}
"""Tags as which a run of Treadle's own client shows an attribute, if no tag of that key is set."""

_OWNER: Final = Field("attribute", "owner")
_NEVER: Final[tuple[float, ...]] = ()


def by_milliseconds(tree: Tree, times: Collection[str]) -> Tree:
    """Compare times as they are shown: in whole milliseconds, though stored ones may be finer.

    Args:
        tree: Comparisons whose values are milliseconds.
        times: The attributes that are times, in seconds.
    """

    def convert(one: Comparison) -> Tree:
        is_time = one.field.family == "attribute" and one.field.key in times
        return _in_seconds(one) if is_time and one.values else one

    return _each(tree, convert)


def _in_seconds(one: Comparison) -> Tree:
    field, (value, *more) = one.field, map(float, one.values)
    if one.operator == "in":
        return Or(tuple(_in_seconds(Comparison(field, "=", (each,))) for each in (value, *more)))
    if one.operator not in ("=", "!=", "<", "<=", ">", ">=") or not math.isfinite(value):
        return Comparison(field, one.operator, one.values)
    above = Comparison(field, ">=", (_begin(math.floor(value) + 1),))
    at_least = Comparison(field, ">=", (_begin(math.ceil(value)),))
    below = Comparison(field, "<", (_begin(math.ceil(value)),))
    at_most = Comparison(field, "<", (_begin(math.floor(value) + 1),))
    equal: Tree = (
        And((at_least, at_most)) if value.is_integer() else Comparison(field, "in", _NEVER)
    )
    unequal = Or((below, above)) if value.is_integer() else Not(Comparison(field, "null"))
    every = {"=": equal, "!=": unequal, "<": below, "<=": at_most, ">": above, ">=": at_least}
    return every[one.operator]


def _begin(milliseconds: int) -> float:
    """Return the first time that rounds to a millisecond, in seconds."""
    return (milliseconds - 0.5) / 1000


def by_tags(tree: Tree) -> Tree:
    """Compare tags as runs show them: set tags, else attributes of runs of Treadle's own client."""
    return _each(tree, _by_tag)


def _by_tag(one: Comparison) -> Tree:
    attribute = as_attribute(one.field)
    if attribute == one.field:
        return one
    shown = And((Not(Comparison(_OWNER, "null")), Comparison(attribute, "!=", ("",))))
    lacks_tag = Comparison(one.field, "null")
    if one.operator == "null":
        return And((lacks_tag, Not(shown)))
    compared = Comparison(attribute, one.operator, one.values)
    return Or((one, And((*shown.parts, compared, lacks_tag))))


def as_attribute(field: Field) -> Field:
    """Return the attribute that a tag represents; any other field as it is."""
    known = ATTRIBUTE_TAGS.get(field.key) if field.family == "tags" else None
    return Field("attribute", known) if known else field


def _each(tree: Tree, convert: Callable[[Comparison], Tree]) -> Tree:
    if isinstance(tree, And | Or):
        return type(tree)(tuple(_each(part, convert) for part in tree.parts))
    if isinstance(tree, Not):
        return Not(_each(tree.part, convert))
    return convert(tree)
