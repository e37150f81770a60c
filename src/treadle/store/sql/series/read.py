"""Reading of metric series, whole or downsampled for charts.

An outline for a chart is one statement, where four queries would be four round trips. It chooses
the level by the number of points, and adds what no level has: the tail, and chunks that are
requested only in part. The coarsest level, whose rows are short, shows which chunks contain a range
of steps.
"""

import itertools
import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any, Final

from treadle.records import MetricPoint, Series
from treadle.store.series_columns import LEVELS, drop_repeats, least_count, thin, unpack
from treadle.store.sql.database import Database, Row
from treadle.store.sql.statements import SQL

_TOGETHER: Final = 50  # outlines that are in memory as rows at once
_COARSEST: Final = LEVELS[-1]  # all levels have the same chunks; its rows are the shortest


def read_points(
    database: Database, run_key: int, key: str, steps: tuple[int, int] | None = None
) -> list[MetricPoint]:
    """Return the points of a series, in logging order: all of them, or a range of steps."""
    series = read_series(database, run_key, key, steps)
    return list(map(MetricPoint, series.steps, series.times, series.values))


def read_series(
    database: Database, run_key: int, key: str, steps: tuple[int, int] | None = None
) -> Series:
    """Return a series as columns, in logging order: all of it, or a range of steps."""
    query = "SELECT count, steps, times, vals FROM chunk WHERE run_key = ? AND name = ?"
    values = [run_key, key]
    if steps is not None:  # chunks outside of the range are not read
        elsewhere = (
            f"SELECT position FROM level WHERE run_key = ? AND name = ? AND size = {_COARSEST}"
        )
        query += f" AND position NOT IN ({elsewhere} AND (high < ? OR low > ?))"
        values += [run_key, key, *steps]
    series = Series(array("q"), array("d"), array("d"))
    for row in database.execute(f"{query} ORDER BY position", values):
        _extend(series, row)
    return series if steps is None else _cut(series, *steps)


def read_part(
    database: Database, run_key: int, key: str, begin: int, end: int
) -> tuple[Series, int]:
    """Return a slice of a series, and its total number of points; 0 if the slice is empty."""
    series, total, skipped = Series(array("q"), array("d"), array("d")), 0, begin
    for total, before, *row in database.execute(SQL["part_of_series"], (run_key, key, begin, end)):  # noqa: B007 - of the last row
        skipped = min(skipped, before)
        _extend(series, row)
    part = slice(begin - skipped, end - skipped)
    return Series(series.steps[part], series.times[part], series.values[part]), total


def _extend(series: Series, row: Sequence[Any]) -> None:
    count, *columns = row
    for column, data in zip(_columns(series), columns, strict=True):
        column.extend(unpack(column.typecode, data, count))


def _columns(series: Series) -> "tuple[array[Any], array[Any], array[Any]]":
    return series.steps, series.times, series.values


def read_outlines(
    database: Database,
    series: Sequence[tuple[str, str]],
    buckets: int,
    steps: tuple[int, int] | None = None,
) -> list[Series]:
    """Return downsampled series: the first, least, greatest and last point per bucket.

    Each takes one statement, and all are sent at once: a remote database needs one round trip.

    Args:
        database: Where they are.
        series: The id of the run and the name of the metric of each.
        buckets: The number of buckets.
        steps: The first and last step; all steps if None.
    """
    least = [one for size in reversed(LEVELS) for one in (least_count(size, buckets), size)]
    found: list[Series] = []
    for begin in range(0, len(series), _TOGETHER):
        questions = [_ask(least, *one, steps) for one in series[begin : begin + _TOGETHER]]
        found += [_reduce(rows, buckets, steps) for rows in database.execute_all(questions)]
    return found


def _ask(
    least: Sequence[int], run: str, key: str, steps: tuple[int, int] | None
) -> tuple[str, Sequence[Any]]:
    if steps is None:
        return SQL["outline_of_series"], (*least, key, run, *(key,) * 3)
    values = (*least, key, *steps, run, key, *steps, *steps, key, *steps, *(key,) * 3)
    return SQL["outline_of_range"], values


def _reduce(rows: Sequence[Row], buckets: int, steps: tuple[int, int] | None) -> Series:
    """Return the series of the rows of an outline, reduced further to the number of buckets."""
    size = rows[0][0] if rows else 1
    series = _join(rows, size, *(steps or (-(2**63), 2**63 - 1)))
    groups = len(series.steps) // 4 if size > 1 else len(series.steps)
    most = buckets if size > 1 else buckets * 4
    if groups > most:
        series = thin(series, math.ceil(len(series.steps) / buckets))
    return drop_repeats(series)


def _join(rows: Sequence[Row], size: int, low: int, high: int) -> Series:
    """Join rows of a level with points, which are cut to the range and downsampled to the level."""
    series = Series(array("q"), array("d"), array("d"))
    for is_raw, pieces in itertools.groupby(
        sorted(rows, key=lambda row: row[1]), lambda row: row[2] > 0
    ):
        if is_raw:
            points = Series(array("q"), array("d"), array("d"))
            for _, _, *row in pieces:
                _extend(points, row)
            points = _cut(points, low, high)
            _append(series, thin(points, size) if size > 1 else points)
        else:
            for _, _, _, *columns in pieces:
                for column, data in zip(_columns(series), columns, strict=True):
                    column.frombytes(data)  # levels are not compressed
    return series


def _append(series: Series, more: Series) -> None:
    for column, other in zip(_columns(series), _columns(more), strict=True):
        column.extend(other)


def _cut(series: Series, low: int, high: int) -> Series:
    steps = series.steps.tolist()  # converted once, not at each access
    if not steps or (min(steps) >= low and max(steps) <= high):
        return series
    if steps == sorted(steps):  # as most are; sorting sorted steps is only comparing them
        part = slice(bisect_left(steps, low), bisect_right(steps, high))
        return Series(series.steps[part], series.times[part], series.values[part])
    wanted = [place for place, step in enumerate(steps) if low <= step <= high]
    return Series(
        array("q", (series.steps[place] for place in wanted)),
        array("d", (series.times[place] for place in wanted)),
        array("d", (series.values[place] for place in wanted)),
    )
