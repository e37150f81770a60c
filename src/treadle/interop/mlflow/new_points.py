"""Finds the points of a series that are new to a store, anywhere in the series."""

import math
from array import array
from collections.abc import Iterator

from treadle.records import Series

_Point = tuple[int, float, float | None]


def find_new_points(known: Series, found: Series) -> Series:
    """Return the points that a store lacks, without duplicates, in the order of the source.

    Points are compared by step, time and value; NaN equals NaN. A point with an earlier time is new
    like any other, and one that the source has twice is one point, as in MLflow's databases.

    Args:
        known: The store's series.
        found: The source's series.
    """
    count = len(known.steps)
    if count and _is_start(known, found):
        rest = slice(count, None)
        found = Series(found.steps[rest], found.times[rest], found.values[rest])
        if not found.steps:
            return found
    seen = set(_points(known))
    new: list[int] = []
    for index, point in enumerate(_points(found)):
        if point not in seen:
            seen.add(point)
            new.append(index)
    if len(new) == len(found.steps):
        return found
    return Series(
        array("q", (found.steps[index] for index in new)),
        array("d", (found.times[index] for index in new)),
        array("d", (found.values[index] for index in new)),
    )


def _points(series: Series) -> Iterator[_Point]:
    for step, time, value in zip(series.steps, series.times, series.values, strict=True):
        yield step, time, None if math.isnan(value) else value


def _is_start(known: Series, found: Series) -> bool:
    """Whether the store's series is a prefix of the source's, as after most imports."""
    part = slice(0, len(known.steps))
    return (
        known.steps == found.steps[part]
        and known.times == found.times[part]
        and known.values.tobytes() == found.values[part].tobytes()
    )
