"""Finds the points of a series that are new to a store, anywhere in the series."""

import math
from array import array
from collections.abc import Iterator

from treadle.records import Series

_Point = tuple[int, float, float | None]


def find_new_points(known: Series, source: Series) -> Series:
    """Return the points that a store lacks, without duplicates, in the order of the source.

    Points are compared by step, time and value; NaN equals NaN. A point with an earlier time is new
    like any other, and one that the source has twice is one point, as in MLflow's databases.

    Args:
        known: The store's series.
        source: The source's series.
    """
    count = len(known.steps)
    if count and _is_start(known, source):
        rest = slice(count, None)
        source = Series(source.steps[rest], source.times[rest], source.values[rest])
        if not source.steps:
            return source
    seen = set(_points(known))
    new: list[int] = []
    for index, point in enumerate(_points(source)):
        if point not in seen:
            seen.add(point)
            new.append(index)
    if len(new) == len(source.steps):
        return source
    return Series(
        array("q", (source.steps[index] for index in new)),
        array("d", (source.times[index] for index in new)),
        array("d", (source.values[index] for index in new)),
    )


def _points(series: Series) -> Iterator[_Point]:
    for step, time, value in zip(series.steps, series.times, series.values, strict=True):
        yield step, time, None if math.isnan(value) else value


def _is_start(known: Series, source: Series) -> bool:
    """Whether the store's series is a prefix of the source's, as after most imports."""
    part = slice(0, len(known.steps))
    return (
        known.steps == source.steps[part]
        and known.times == source.times[part]
        and known.values.tobytes() == source.values[part].tobytes()
    )
