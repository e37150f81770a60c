"""Groups of runs that have the same values, with statistics over all runs of each."""

import hashlib
import itertools
import math
import operator
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from treadle.errors import SearchError
from treadle.records import Cell, GroupCell, RunGroup, RunGroups
from treadle.store.search.tables import GroupQuery
from treadle.store.search.text import word_field
from treadle.store.search.tree import Field, Search
from treadle.store.sql.database import Database, Row
from treadle.store.sql.tables.columns import describe_columns
from treadle.store.sql.tables.labels import read_labels
from treadle.store.sql.tables.matching import find_all
from treadle.store.sql.tables.values import read_numbers
from treadle.store.tokens import read_token, write_token

_FIRST: Final = operator.itemgetter(0)
_SPARSE: Final = 100
"""Keys for each run that matches, above which an array would be too large."""


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Cursor: the last group of a page."""

    question: str
    """Digest of the query it belongs to."""
    values: list[Cell]
    """The values of the group."""
    number: int
    """The number of groups up to it, in case that it no longer exists."""


class _Groups(msgspec.Struct, frozen=True):
    """The groups of all runs that match."""

    values: list[tuple[Cell, ...]]
    """The values of each group."""
    counts: list[int]
    """The number of runs in each group."""
    of_run: "array[int] | dict[int, int]"
    """The number of the group of each run by its key; that of other runs is one too large."""

    def divide(self, rows: Sequence[Row]) -> list[list[float]]:
        """Return the numbers of the runs of each group, in the order of the rows."""
        none = len(self.values)
        parts: list[list[float]] = [[] for _ in range(none + 1)]
        adding = [part.append for part in parts]
        groups: Iterable[int]
        if isinstance(self.of_run, dict):
            groups = map(self.of_run.get, map(_FIRST, rows), itertools.repeat(none))
        else:
            if max(map(_FIRST, rows), default=0) >= len(self.of_run):
                rows = [row for row in rows if row[0] < len(self.of_run)]
            groups = map(self.of_run.__getitem__, map(_FIRST, rows))
        for group, number in zip(groups, map(operator.itemgetter(1), rows), strict=True):
            adding[group](number)
        return parts[:-1]


def find_groups(database: Database, query: GroupQuery) -> RunGroups:
    """Return a page of groups of runs, with statistics over all runs of each.

    Raises:
        SearchError: A field cannot be used for that, or ``query.after`` belongs to another query.
    """
    columns = describe_columns(database, query.columns, query.experiments)
    _check(query)
    search = Search(where=query.where, experiments=query.experiments, lifecycle=query.lifecycle)
    keys = find_all(database, search)
    groups = _divide(database, query, keys)
    kinds = zip(query.columns, columns, strict=True)
    numbers = {
        field: groups.divide(read_numbers(database, field, keys))
        for field, column in kinds
        if column.kind == "number"
    }
    order = _sort(query, groups, numbers)
    begin = _find_begin(query, groups, order)
    page = order[begin : begin + query.limit]
    end = begin + len(page)
    found = [
        RunGroup(
            values=list(groups.values[one]),
            count=groups.counts[one],
            cells=[_summarise(numbers[f][one]) if f in numbers else None for f in query.columns],
        )
        for one in page
    ]
    following = ""
    if end < len(order):
        place = _Place(_question(query), list(groups.values[page[-1]]), end)
        following = write_token(place)
    return RunGroups(columns=columns, groups=found, total=len(order), next=following)


def _check(query: GroupQuery) -> None:
    for one in query.by:
        if one.family in ("metrics", "datasets"):
            raise SearchError(
                f'Runs cannot be grouped by "{word_field(one)}".',
                hint="Group them by params, tags or attributes.",
            )
    for one in query.columns:
        if one.step is not None:
            raise SearchError(
                f'Groups have no values at a step: "{word_field(one)}".',
                hint="Use the last, min, max or mean of a metric.",
            )


def _divide(database: Database, query: GroupQuery, keys: Sequence[int]) -> _Groups:
    """Divide all runs that match into groups."""
    labels = [read_labels(database, one, keys) for one in query.by]
    codes = [map(one.codes.get, keys, itertools.repeat(0)) for one in labels]
    combined = list(zip(*codes, strict=True))
    counts = Counter(combined)
    numbers = {one: number for number, one in enumerate(counts)}
    values = [
        tuple(label.cells[code] for label, code in zip(labels, one, strict=True)) for one in counts
    ]
    groups = map(numbers.__getitem__, combined)
    return _Groups(values, list(counts.values()), _index(keys, groups, len(values)))


def _index(keys: Sequence[int], groups: Iterable[int], none: int) -> "array[int] | dict[int, int]":
    """Return the group of each run by its key, in an array if keys have no large gaps.

    Values come in an order in which the keys are random: a dict of 100,000 runs is in no cache of
    the CPU, an array is.
    """
    highest = max(keys, default=0)
    if highest > _SPARSE * (len(keys) + _SPARSE):
        return dict(zip(keys, groups, strict=True))
    found = array("q", [none]) * (highest + 1)
    for key, group in zip(keys, groups, strict=True):
        found[key] = group
    return found


def _sort(query: GroupQuery, groups: _Groups, numbers: dict[Field, list[list[float]]]) -> list[int]:
    """Return the groups in order; those without a value come last in both directions."""
    order = list(range(len(groups.values)))
    _sort_by_values(order, groups, descending=query.sort == "by" and query.descending)
    if query.sort == "count":
        order.sort(key=groups.counts.__getitem__, reverse=query.descending)
    elif isinstance(query.sort, Field):
        parts = numbers.get(query.sort, [[] for _ in order])
        means = [sum(part) / len(part) if part else math.nan for part in parts]
        sign = -1.0 if query.descending else 1.0
        order.sort(key=lambda one: (math.isnan(means[one]), _zero_if_nan(sign * means[one])))
    return order


def _zero_if_nan(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def _sort_by_values(order: list[int], groups: _Groups, *, descending: bool) -> None:
    """Sort by each value in turn: numbers, booleans, then texts."""
    for place in reversed(range(len(groups.values[0]) if order else 0)):
        cells = [values[place] for values in groups.values]
        order.sort(key=lambda one, cells=cells: _rank(cells[one]), reverse=descending)  # type: ignore[misc]
        order.sort(key=lambda one, cells=cells: cells[one] is None)  # type: ignore[misc]


def _rank(cell: Cell) -> tuple[int, float, str]:
    if isinstance(cell, str):
        return 2, 0.0, cell
    return int(isinstance(cell, bool)), float(cell or 0), ""


def _find_begin(query: GroupQuery, groups: _Groups, order: list[int]) -> int:
    """Return the place of the first group of the page."""
    if not query.after:
        return 0
    place = read_token(query.after, _Place)
    if place.question != _question(query):
        raise SearchError(
            "The requested page does not belong to this search.",
            hint="Begin again with the first page.",
        )
    wanted = [(type(one) is bool, one) for one in place.values]
    for number, one in enumerate(order):
        if [(type(cell) is bool, cell) for cell in groups.values[one]] == wanted:
            return number + 1
    return place.number


def _question(query: GroupQuery) -> str:
    asked = msgspec.json.encode(msgspec.structs.replace(query, after="", limit=0))
    return hashlib.sha256(asked).hexdigest()[:16]


def _summarise(numbers: Sequence[float]) -> GroupCell | None:
    """Return the statistics of sorted numbers."""
    count = len(numbers)
    if not count:
        return None
    low, high = numbers[0], numbers[-1]
    is_finite = math.isfinite(low) and math.isfinite(high)
    mean = (math.fsum(numbers) if is_finite else sum(numbers)) / count
    middle = numbers[count // 2]
    median = middle if count % 2 else (numbers[count // 2 - 1] + middle) / 2
    deviation = None
    if count > 1:
        away = [one - mean for one in numbers]
        squares = sum(map(operator.mul, away, away)) if is_finite else math.nan
        deviation = math.sqrt(squares / (count - 1))
    return GroupCell(count=count, mean=mean, median=median, deviation=deviation, min=low, max=high)
