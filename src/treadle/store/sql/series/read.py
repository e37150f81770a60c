"""Reading of metric series, whole or downsampled for charts.

An outline for a chart is one statement, where four queries would be four round trips. It chooses
the level by the number of points, and adds what no level has: the tail, and chunks that are
requested only in part. The coarsest level, whose rows are short, shows which chunks contain a range
of steps.
"""

import itertools
import math
from array import array
from collections.abc import Sequence
from typing import Any, Final

from treadle.records import MetricPoint, Series
from treadle.store.series_columns import LEVELS, drop_repeats, least_count, thin, unpack
from treadle.store.sql.database import Database, Row
from treadle.store.sql.series.write import CHUNK_POINTS

_CHUNK: Final = "FROM chunk WHERE run_key = ? AND name = ?"
_PART: Final = (
    "WITH place AS (SELECT run_key, name, position, CAST(SUM(count) OVER (ORDER BY position) AS "
    "BIGINT) AS upto"
    f" {_CHUNK}) SELECT (SELECT max(upto) FROM place), upto - count, count, steps, times, vals"
    # CROSS keeps SQLite from swapping the two tables; PostgreSQL treats it as a plain join.
    " FROM place CROSS JOIN chunk WHERE chunk.run_key = place.run_key AND chunk.name = place.name"
    " AND chunk.position = place.position AND upto > ? AND upto - count < ? ORDER BY chunk.position"
)

_COARSEST: Final = LEVELS[-1]  # all levels have the same chunks; its rows are the shortest
_COUNT: Final = (
    "SELECT run_key, count FROM series WHERE name = ? AND run_key = (SELECT key FROM run WHERE id "
    "= ?)"
)
_COUNT_NEAR: Final = (
    f"SELECT key AS run_key, {CHUNK_POINTS} * (SELECT count(*) FROM level WHERE run_key = run.key "
    "AND name = ?"
    f" AND size = {_COARSEST} AND high >= ? AND low <= ?) AS count FROM run WHERE id = ?"
)
_SIZE: Final = "(SELECT size FROM chosen)"
_ITS: Final = "run_key = (SELECT run_key FROM chosen) AND name = ?"
_CHUNKS: Final = (
    f" UNION ALL SELECT {_SIZE}, position, count, steps, times, vals FROM chunk WHERE {_ITS} AND "
    "position"
)


def _outline_of(
    counted: str, levelled: str, part: str = "", within: str = "", pieces: str = ""
) -> str:
    """Return the query that reads a series at a level that suits its length.

    It returns rows of the level (count 0) and of points, unsorted: sorting them in Python is
    faster than merging them in the database.
    """
    cases = " ".join("WHEN count >= ? THEN ?" for _ in LEVELS)
    chosen = (
        f"chosen AS MATERIALIZED (SELECT run_key, CASE {cases} ELSE 1 END AS size FROM "
        f"({counted}) AS counted)"
    )
    level = (
        f"SELECT {_SIZE}, position, 0 AS count, steps, times, vals FROM level WHERE {_ITS} AND "
        f"size = {_SIZE}"
    )
    # Points without a level: chunks of a store of version 1, and the tail.
    before = f"{_CHUNKS} < (SELECT min(position) {levelled})"
    behind = f"{_CHUNKS} > (SELECT COALESCE(max(position), -1) {levelled})"
    return f"WITH {chosen}{part} {level}{within}{pieces}{before}{behind}"


_WHOLE: Final = _outline_of(_COUNT, f"FROM level WHERE {_ITS} AND size = {_SIZE}")
_LEVELLED: Final = f"FROM level WHERE {_ITS} AND size = {_COARSEST}"
# Points are also read of chunks that are partly in the range, or if it is too short for levels.
_RANGE: Final = _outline_of(
    _COUNT_NEAR,
    _LEVELLED,
    f", part AS MATERIALIZED (SELECT position {_LEVELLED} AND high >= ? AND low <= ?"
    f" AND (low < ? OR high > ? OR {_SIZE} = 1))",
    " AND low >= ? AND high <= ?",
    f"{_CHUNKS} >= (SELECT min(position) FROM part) AND position <= (SELECT max(position) FROM "
    "part)"
    " AND position IN (SELECT position FROM part)",
)


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
    query, values = f"SELECT count, steps, times, vals {_CHUNK}", [run_key, key]
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
    for total, before, *row in database.execute(_PART, (run_key, key, begin, end)):  # noqa: B007 - of the last row
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


def read_outline(
    database: Database, run: str, key: str, buckets: int, steps: tuple[int, int] | None = None
) -> Series:
    """Return a downsampled series: the first, least, greatest and last point per bucket.

    It takes one statement, so that a remote database needs one round trip.

    Args:
        database: Where it is.
        run: The id of the run.
        key: The name of the metric.
        buckets: The number of buckets.
        steps: The first and last step; all steps if None.
    """
    least = [one for size in reversed(LEVELS) for one in (least_count(size, buckets), size)]
    if steps is None:
        rows = database.execute(_WHOLE, (*least, key, run, *(key,) * 5))
    else:
        rows = database.execute(
            _RANGE, (*least, key, *steps, run, key, *steps, *steps, key, *steps, *(key,) * 5)
        )
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
    if not series.steps or (min(series.steps) >= low and max(series.steps) <= high):
        return series
    wanted = [place for place, step in enumerate(series.steps) if low <= step <= high]
    return Series(
        array("q", (series.steps[place] for place in wanted)),
        array("d", (series.times[place] for place in wanted)),
        array("d", (series.values[place] for place in wanted)),
    )
