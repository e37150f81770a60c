"""Records that a store returns for tables of runs: pages by column, orders, keys and groups."""

from typing import Literal

from treadle.records.base import Record, Status

Cell = str | int | float | bool | None
"""A value in a table; None if it is missing."""


class Column(Record, frozen=True, kw_only=True):
    """Column of a table of runs."""

    field: str
    """Its text in the search language, such as ``min(metrics.loss)``."""
    family: Literal["attribute", "params", "metrics", "tags"]
    key: str
    """The name of the param, metric, tag or attribute."""
    summary: Literal["last", "min", "max", "mean", "count", "at"] = "last"
    """Which value of a metric it shows; ``at`` is the one at a step."""
    step: int | None = None
    kind: Literal["number", "text"]
    """``number`` if no run has a text there. Times are numbers: seconds since the epoch."""


class RunRow(Record, frozen=True, kw_only=True):
    """Row of a run in a table."""

    key: int
    """Short key of the run in its store."""
    id: str
    name: str
    experiment: str
    experiment_id: str
    status: Status
    started: float
    ended: float | None
    user: str
    kind: str
    parent: str
    """Id of the run that it is part of; empty if there is none."""
    children: int
    """Number of the runs that are directly part of it and not deleted."""
    deleted: float | None
    """When it was deleted."""


class RunTable(Record, frozen=True, kw_only=True):
    """Part of a table of runs, with its values by column."""

    columns: list[Column]
    rows: list[RunRow]
    cells: list[list[Cell]]
    """The values of each column, one for each row; NaN and the infinities are texts in JSON."""


class RunOrder(Record, frozen=True, kw_only=True):
    """All runs that match a search, in order."""

    total: int
    keys: list[int]
    """Their short keys, as in `RunRow`; the first million."""


class RunKey(Record, frozen=True, kw_only=True):
    """Name of a param, metric or tag that runs have."""

    family: Literal["params", "metrics", "tags"]
    name: str
    kind: Literal["number", "text"]
    """``number`` if no run has a text there."""
    count: int
    """Number of the runs that have it; 0 if it was not asked for."""
    min: float | None
    """Least number, of metrics the least last value; None if there is none."""
    max: float | None


class KeyPage(Record, frozen=True, kw_only=True):
    """Page of the names that runs have."""

    keys: list[RunKey]
    total: int
    """Number of the names that match, on all pages."""
    next: str
    """Token of the next page; empty on the last one."""


class GroupCell(Record, frozen=True, kw_only=True):
    """Statistics of the numbers that the runs of a group have in a column; NaN does not count."""

    count: int
    mean: float
    median: float
    deviation: float | None
    """Standard deviation of the sample; None for a single number."""
    min: float
    max: float


class RunGroup(Record, frozen=True, kw_only=True):
    """Runs that have the same values."""

    values: list[Cell]
    """The value of each field that the runs are grouped by."""
    count: int
    cells: list[GroupCell | None]
    """Statistics of each column; None if no run of the group has a number there."""


class RunGroups(Record, frozen=True, kw_only=True):
    """Page of groups of runs."""

    columns: list[Column]
    groups: list[RunGroup]
    total: int
    """Number of groups on all pages."""
    next: str
    """Token of the next page; empty on the last one."""
