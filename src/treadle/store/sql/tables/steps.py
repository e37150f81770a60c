"""Values of a metric at a step, which the summary of its series has only for the last step."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from treadle.store.series_columns import LEVELS, unpack
from treadle.store.sql.database import Database
from treadle.store.sql.in_lists import in_parts

_COARSEST: Final = LEVELS[-1]  # all levels have the same chunks; its rows are the shortest
_LAST, _LAST_STEP, _COUNT = 0, -1, -2  # places in the rows of series


def values_at_step(
    database: Database, name: str, step: int, series: Mapping[int, Sequence[Any]]
) -> dict[int, float]:
    """Return the value of a metric at a step, by run; the newest of several there.

    Args:
        database: The database.
        name: The name of the metric.
        step: The step.
        series: The rows of the summaries of the series, by run.
    """
    found: dict[int, float] = {}
    rest = []
    for key, row in series.items():
        if row[_LAST_STEP] == step:
            found[key] = math.nan if row[_LAST] is None else row[_LAST]
        elif row[_LAST_STEP] > step:
            rest.append(key)
    newest: dict[int, tuple[float, float]] = {}
    for marks, some in in_parts(rest):
        query = (
            f"SELECT run_key, count, steps, times, vals FROM chunk WHERE run_key IN ({marks})"
            " AND name = ? AND NOT EXISTS (SELECT 1 FROM level WHERE level.run_key = chunk.run_key"
            f" AND level.name = chunk.name AND level.size = {_COARSEST}"
            " AND level.position = chunk.position AND (level.high < ? OR level.low > ?))"
        )
        for key, *chunk in database.execute(query, [*some, name, step, step]):
            for point in _points_at(step, *chunk):
                newest[key] = max(newest.get(key, point), point, key=_rank)
    return found | {key: value for key, (_, value) in newest.items()}


def _points_at(
    step: int, count: int, steps: bytes, times: bytes, values: bytes
) -> list[tuple[float, float]]:
    """Return the times and values of the points of a chunk that are at a step."""
    places = [place for place, one in enumerate(unpack("q", steps, count)) if one == step]
    if not places:
        return []
    when, what = unpack("d", times, count), unpack("d", values, count)
    return [(when[place], what[place]) for place in places]


def _rank(point: tuple[float, float]) -> tuple[float, float]:
    """Return the order in which points replace each other: by time, then by value, NaN first."""
    time, value = point
    return time, -math.inf if math.isnan(value) else value
