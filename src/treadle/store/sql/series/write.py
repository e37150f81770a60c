"""Storage of metric points: one row per batch of a series, and full chunks of 4,096 points.

The rows after the last full chunk of a series are its tail. Writing such a row costs as much as its
points, independent of those before it. When the tail has enough points for a chunk, or too many
rows, it is read and rewritten, and full chunks are compressed and get their levels. Appending to
one growing row instead would rewrite its content: at 4,096 points, and a few points per request,
that was most of PostgreSQL's work.

On PostgreSQL, the length of a tail is known only after the commit, so it is compressed then. If the
process dies in between, the next points do it; until then the tail is read uncompressed. A thread
for it would take as long on the same interpreter, and keep requests waiting. PostgreSQL itself does
not compress points: it spent more time on trying than on everything else in a batch.
"""

import functools
import math
from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from treadle.records import Series
from treadle.store.series_columns import find_range, make_levels, pack, unpack
from treadle.store.sql.database import Database, Row
from treadle.store.sql.postgresql.multirow import widen
from treadle.store.sql.statements import SQL

CHUNK_POINTS: Final = 4096
"""Number of points in a full chunk of a series."""

_TAIL_ROWS: Final = 64
_MERGED: Final = 32  # tails that are merged at a time, in memory
_MAX_TOTAL: Final = 1e300
_LEAST: Final = (-math.inf,) * 4  # value of NaN in comparisons at the same step and time

_SUMMARY: Final = (
    "name, last, last_step, min, max, total, finite, count, nan_count, last_time, tail_points"
)
_INTO: Final = f"INSERT INTO series (run_key, experiment_key, {_SUMMARY}, next_position, tail_rows)"
_NUMBER: Final = "CAST(? AS DOUBLE PRECISION)"  # NULL has no type by itself
_INSERT: Final = "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?)"
_LEVEL: Final = "INSERT INTO level VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

Question = tuple[str, Sequence[Any]]
Batch = tuple[int, int, str, Series]  # key of the run, key of its experiment, name, points


@functools.cache
def _add_summary() -> str:
    """Return the statement that adds a batch to the summary of its series."""
    values = ", ".join("?" * 13)
    return f"{_INTO} VALUES ({values}, 1, 1) {SQL['merge_summary']}"


@functools.cache
def _store_of_run() -> str:
    """Return PostgreSQL's statement that stores points of a run by its id, unless repeated."""
    given = ", ".join(f"given.{column}" for column in _SUMMARY.split(", "))
    return (
        f"WITH given ({_SUMMARY}, steps, times, vals)"
        f" AS (VALUES (?, {_NUMBER}, ?, {_NUMBER}, {_NUMBER}, ?, ?, ?, ?, ?, ?, ?, ?, ?)),"
        f" counted AS ({_INTO} SELECT run.key, run.experiment_key, {given}, 1, 1"
        " FROM given CROSS JOIN run WHERE run.id = ? AND current_setting('treadle.noted') = ?"
        f" {SQL['merge_summary']}),"
        " stored AS (INSERT INTO chunk"
        " SELECT run_key, counted.name, next_position - 1, count, steps, times, vals"
        " FROM counted JOIN given ON given.name = counted.name)"
        " SELECT * FROM counted"
    )


def store_points(database: Database, batches: Sequence[Batch]) -> None:
    """Append one batch of points to each series, in the caller's transaction."""
    own = [
        (key, experiment, *_summary(name, series), *_LEAST)
        for key, experiment, name, series in batches
    ]
    places = {
        (key, name): place for key, name, *place in database.execute_each(_add_summary(), own)
    }
    rows: list[Sequence[Any]] = []
    full: list[_Tail] = []
    for key, _, name, series in batches:
        position, tail_rows, tail_points = places[key, name]
        if _is_long(tail_rows, tail_points):
            full.append(
                _Tail(key, name, position - tail_rows, is_stored=tail_rows > 1, more=series)
            )
        else:
            rows.append((key, name, position - 1, len(series.steps), *_raw(series)))
    database.executemany(_INSERT, rows)
    for begin in range(0, len(full), _MERGED):
        _merge(database, full[begin : begin + _MERGED])


def ask_points(run: str, series: Mapping[str, Series], digest: str) -> list[Question]:
    """Return statements that store points of a run by its id, with results for `find_long`.

    Each batch becomes a row of the tail, which may get longer than after `store_points`.

    Args:
        run: Its id.
        series: The points.
        digest: The digest of the request. Nothing is stored if ``note_request_of_run`` noted
            another: the request is a repeated one.
    """
    rows = [
        (*_summary(name, one), *_raw(one), run, digest, *_LEAST) for name, one in series.items()
    ]
    return list(widen(_store_of_run(), rows))


def find_long(counted: Sequence[Row]) -> list[str]:
    """Return the names of the series whose tails are long enough to be packed."""
    return [
        name for _, name, _, tail_rows, tail_points in counted if _is_long(tail_rows, tail_points)
    ]


def _is_long(rows: int, points: int) -> bool:
    return points >= CHUNK_POINTS or rows >= _TAIL_ROWS


def pack_tails(database: Database, run: int, names: Sequence[str]) -> None:
    """Pack the long tails of a run in the caller's transaction, unless that is already done.

    Args:
        database: The database.
        run: The run's key.
        names: The names of its series.
    """
    # Lock the run's row first, as all writers do, so that no deadlock occurs.
    lock = f"SELECT key FROM run WHERE key = ?{database.row_lock}"
    query = (
        "SELECT name, next_position - tail_rows, tail_rows, tail_points FROM series WHERE run_key "
        "= ? AND name = ?"
    )
    _, *found = database.execute_all([(lock, (run,)), *((query, (run, name)) for name in names)])
    long = [
        _Tail(run, name, begin, is_stored=True)
        for answer in found
        for name, begin, tail_rows, tail_points in answer
        if _is_long(tail_rows, tail_points)
    ]
    for begin in range(0, len(long), _MERGED):
        _merge(database, long[begin : begin + _MERGED])


class _Tail(msgspec.Struct, frozen=True):
    """Rows of a series after its last full chunk."""

    key: int
    name: str
    begin: int
    """The position of its first row."""
    is_stored: bool
    """Whether it has rows that are already stored."""
    more: Series | None = None
    """Points to append to the stored ones."""


def _merge(database: Database, tails: Sequence[_Tail]) -> None:
    """Rewrite tails as full chunks and one row for the rest."""
    place = "WHERE run_key = ? AND name = ? AND position >= ?"
    places = [(tail.key, tail.name, tail.begin) for tail in tails if tail.is_stored]
    query = f"SELECT count, steps, times, vals FROM chunk {place} ORDER BY position"
    stored = iter(database.execute_all([(query, one) for one in places]))
    database.executemany(f"DELETE FROM chunk {place}", places)
    rows: list[Sequence[Any]] = []
    levels: list[Sequence[Any]] = []
    ends: list[Sequence[Any]] = []
    for tail in tails:
        whole = _whole(next(stored) if tail.is_stored else [], tail.more)
        position = tail.begin
        for start in range(0, len(whole.steps), CHUNK_POINTS):
            part = slice(start, start + CHUNK_POINTS)
            own = Series(whole.steps[part], whole.times[part], whole.values[part])
            if len(own.steps) == CHUNK_POINTS:
                columns = pack(own.steps), pack(own.times), pack(own.values)
                steps = find_range(own.steps, columns[0])
                levels += [
                    (tail.key, tail.name, size, position, *steps, *_raw(level))
                    for size, level in make_levels(own)
                ]
            else:
                columns = _raw(own)
            rows.append((tail.key, tail.name, position, len(own.steps), *columns))
            position += 1
        rest = len(whole.steps) % CHUNK_POINTS
        ends.append((position, 1 if rest else 0, rest, tail.key, tail.name))
    database.executemany(_INSERT, rows)
    database.executemany(_LEVEL, levels)
    database.executemany(
        "UPDATE series SET next_position = ?, tail_rows = ?, tail_points = ? WHERE run_key = ? "
        "AND name = ?",
        ends,
    )


def _whole(rows: Sequence[Row], more: Series | None) -> Series:
    """Return the points of a tail, including the ones to append."""
    whole = Series(array("q"), array("d"), array("d"))
    kept: tuple[array[Any], array[Any], array[Any]] = (whole.steps, whole.times, whole.values)
    for size, *columns in rows:
        for column, data in zip(kept, columns, strict=True):
            column.extend(unpack(column.typecode, data, size))
    if more is not None:
        whole.steps.extend(more.steps)
        whole.times.extend(more.times)
        whole.values.extend(more.values)
    return whole


def _raw(series: Series) -> tuple[bytes, bytes, bytes]:
    return series.steps.tobytes(), series.times.tobytes(), series.values.tobytes()


def _summary(name: str, series: Series) -> tuple[Any, ...]:
    values = series.values.tolist()  # converted once, not at each access
    finite = numbers = values
    total = sum(values)
    if not math.isfinite(total):  # else all values are finite
        numbers = [value for value in values if value == value]  # noqa: PLR0124 - only NaN differs from itself
        finite = [value for value in numbers if not math.isinf(value)]
        total = sum(finite)
    last = _last(series)
    return (
        name,
        null_if_nan(values[last]),
        series.steps[last],
        min(numbers, default=None),
        max(numbers, default=None),
        _bounded(total),
        len(finite),
        len(values),
        len(values) - len(numbers),
        series.times[last],
        len(values),
    )


def _last(series: Series) -> int:
    """Return the index of the last point: at the highest step the newest, then the largest."""
    steps, times, values = series.steps.tolist(), series.times, series.values
    end = len(steps) - 1
    highest = max(steps)
    if steps[end] == highest and steps.count(highest) == 1:
        return end
    return max(
        (place for place, step in enumerate(steps) if step == highest),
        key=lambda place: (
            times[place],
            -math.inf if math.isnan(values[place]) else values[place],
            place,
        ),
    )


def _bounded(total: float) -> float:
    """Clip a sum, so that adding to it never overflows, which is an error in PostgreSQL."""
    return max(-_MAX_TOTAL, min(total, _MAX_TOTAL))


def null_if_nan(value: float) -> float | None:
    """Return the stored form of a number: NULL for NaN, which databases lack."""
    return None if math.isnan(value) else value
