"""Reads series of points, whole or as the outline that a chart draws."""

import math
from array import array
from typing import Any

from treadle.records import MetricPoint, Series
from treadle.store.series import LEVELS, choose_level, drop_repeats, thin, unpack
from treadle.store.sql.database import Database, Row
from treadle.store.sql.points import CHUNK_POINTS

__all__ = ["read_outline", "read_points", "read_series"]


def read_points(database: Database, run_key: int, key: str) -> list[MetricPoint]:
    """Read a whole series in the order in which it was logged."""
    series = read_series(database, run_key, key)
    return list(map(MetricPoint, series.steps, series.times, series.values))


def read_series(database: Database, run_key: int, key: str) -> Series:
    """Read a whole series as columns, in the order in which it was logged."""
    query = "SELECT count, steps, times, vals FROM chunk WHERE run_key = ? AND name = ? ORDER BY position"
    series = Series(array("q"), array("d"), array("d"))
    for row in database.execute(query, (run_key, key)):
        _extend(series, row)
    return series


def _extend(series: Series, row: Row) -> None:
    count, *columns = row
    for column, data in zip(_columns(series), columns, strict=True):
        column.extend(unpack(column.typecode, data, count))


def _columns(series: Series) -> "tuple[array[Any], array[Any], array[Any]]":
    return series.steps, series.times, series.values


def read_outline(
    database: Database, run_key: int, key: str, buckets: int, steps: tuple[int, int] | None = None
) -> Series:
    """Read a series with at most four points for each of so many groups, extremes among them.

    Args:
        database: Where it is.
        run_key: Its run.
        key: Its name.
        buckets: How many groups.
        steps: The first and the last step to look at; all if not given.
    """
    low, high = steps or (-(2**63), 2**63 - 1)
    counted = database.execute("SELECT count FROM series WHERE run_key = ? AND name = ?", (run_key, key))
    size = choose_level(counted[0][0] if counted else 0, buckets)
    if steps is not None:
        query = "SELECT count(*) FROM level WHERE run_key = ? AND name = ? AND size = ? AND high >= ? AND low <= ?"
        near = database.execute(query, (run_key, key, LEVELS[0], low, high))[0][0]
        size = choose_level(near * CHUNK_POINTS, buckets)
    series = _read_level(database, run_key, key, size, (low, high))
    groups = len(series.steps) // 4 if size > 1 else len(series.steps)
    most = buckets if size > 1 else buckets * 4
    if groups > most:
        series = thin(series, math.ceil(len(series.steps) / buckets))
    return drop_repeats(series)


def _read_level(database: Database, run_key: int, key: str, size: int, steps: tuple[int, int]) -> Series:
    """Read one level, and thin to it what has none: chunks that are not full yet, or not wholly asked for."""
    if size == 1:
        return _cut(read_series(database, run_key, key), *steps)
    query = "SELECT position, high, low, steps, times, vals FROM level WHERE run_key = ? AND name = ? AND size = ?"
    series = Series(array("q"), array("d"), array("d"))
    tail = 0
    for position, high, low, *columns in database.execute(f"{query} ORDER BY position", (run_key, key, size)):
        if position != tail:
            # Chunks of a store of version 1 have no levels.
            _append(series, thin(_cut(_read_chunks(database, run_key, key, tail, position), *steps), size))
        tail = position + 1
        if low >= steps[0] and high <= steps[1]:
            for column, data in zip(_columns(series), columns, strict=True):
                column.frombytes(data)  # levels are not packed
        elif high >= steps[0] and low <= steps[1]:
            _append(series, thin(_cut(_read_chunks(database, run_key, key, position, tail), *steps), size))
    _append(series, thin(_cut(_read_chunks(database, run_key, key, tail, 2**62), *steps), size))
    return series


def _append(series: Series, more: Series) -> None:
    for column, other in zip(_columns(series), _columns(more), strict=True):
        column.extend(other)


def _read_chunks(database: Database, run_key: int, key: str, begin: int, end: int) -> Series:
    """Read the points from one place of a series up to another."""
    query = (
        "SELECT count, steps, times, vals FROM chunk WHERE run_key = ? AND name = ? AND position >= ? AND position < ?"
        " ORDER BY position"
    )
    series = Series(array("q"), array("d"), array("d"))
    for row in database.execute(query, (run_key, key, begin, end)):
        _extend(series, row)
    return series


def _cut(series: Series, low: int, high: int) -> Series:
    if not series.steps or (min(series.steps) >= low and max(series.steps) <= high):
        return series
    wanted = [place for place, step in enumerate(series.steps) if low <= step <= high]
    return Series(
        array("q", (series.steps[place] for place in wanted)),
        array("d", (series.times[place] for place in wanted)),
        array("d", (series.values[place] for place in wanted)),
    )
