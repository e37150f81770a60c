"""Syntax trees of searches, which each store evaluates."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

import msgspec

Kind = Literal["text", "time", "number"]

ATTRIBUTES: Final[dict[str, Kind]] = {
    "id": "text",
    "name": "text",
    "experiment": "text",
    "status": "text",
    "kind": "text",
    "command": "text",
    "user": "text",
    "parent": "text",
    "started": "time",
    "ended": "time",
    "duration": "number",
}
"""The attributes of a run to search and sort by, and their types."""

DATASET_KEYS: Final = ("name", "digest", "context")
"""The keys of datasets to search by."""

Family = Literal["attribute", "params", "metrics", "tags", "datasets"]

Summary = Literal["last", "min", "max", "mean", "count"]

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "like", "ilike", "in", "null"]

Value = str | int | float | bool

Lifecycle = Literal["active", "deleted", "all"]


class Field(msgspec.Struct, frozen=True):
    """Field to compare or sort by."""

    family: Family
    key: str
    summary: Summary = "last"
    step: int | None = None
    """The step whose value to show, of a column; the summary does not matter then."""


class Comparison(msgspec.Struct, frozen=True):
    """Comparison of a field with a value; ``in`` has several values, ``null`` none."""

    field: Field
    operator: Operator
    values: tuple[Value, ...] = ()


class And(msgspec.Struct, frozen=True):
    """Conjunction: all conditions hold."""

    parts: tuple["Tree", ...]


class Or(msgspec.Struct, frozen=True):
    """Disjunction: at least one condition holds."""

    parts: tuple["Tree", ...]


class Not(msgspec.Struct, frozen=True):
    """Negation: the condition does not hold."""

    part: "Tree"


Tree = And | Or | Not | Comparison


class Attribute(msgspec.Struct, frozen=True):
    """Attribute in a vocabulary: the store's name for it, and how its values are written."""

    key: str
    kind: Kind = "text"
    convert: Callable[[Value], Value] | None = None
    """Converts a value in a search to the stored form."""


class Vocabulary(msgspec.Struct, frozen=True):
    """Names that a search may use: the store's own, or those of another API."""

    attributes: Mapping[str, Attribute]
    families: frozenset[Family] = frozenset({"params", "metrics", "tags", "datasets"})


class Sort(msgspec.Struct, frozen=True):
    """Sort key; runs without a value come last in both directions."""

    field: Field
    descending: bool = False


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Query for a page of runs."""

    where: Tree | None = None
    sort: tuple[Sort, ...] = (Sort(Field("attribute", "started"), descending=True),)
    limit: int = 100
    experiments: tuple[str, ...] | None = None
    """Ids of the experiments to search in; all if None."""
    lifecycle: Lifecycle = "active"
    """Whether to return active runs, deleted ones, or both."""
    after: str = ""
    """Token of the page: the ``next`` of the page before."""
    columns: tuple[Field, ...] | None = None
    """Params, last metrics and tags to read; all if None. Attributes are always read."""
