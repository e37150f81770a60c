"""MLflow's calls that read the points of metrics.

MLflow sorts a history by time, step and value. Points nearly always arrive in that order, but to
know that, all of them must be read. The first page does so, and its token stores up to where they
were found in order: later pages read only their own chunks. If the order differs, each page sorts
the series.
"""

import math
import operator
from array import array
from collections.abc import Sequence
from itertools import groupby, islice, pairwise
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from treadle.records import Series
from treadle.records.json_numbers import number_for_json
from treadle.server.caller import Caller
from treadle.server.mlflow.entities import Message, PointMessage, RunRequest, milliseconds, run_id
from treadle.server.mlflow.errors import invalid
from treadle.server.operation import operation
from treadle.store.tokens import read_token, write_token

_MAX_POINTS: Final = 25_000
_MAX_RUNS: Final = 100
_MAX_INTERVAL: Final = 2500

Point = tuple[int, float, float]  # step, time, value


class GetHistory(RunRequest, kw_only=True):
    metric_key: str
    page_token: str = ""
    max_results: int | None = None


class HistoryAnswer(Message, kw_only=True):
    metrics: list[PointMessage] = []
    next_page_token: str | UnsetType = UNSET


class GetHistoryBulk(Message, kw_only=True):
    run_id: list[str] = []
    metric_key: str | None = None
    max_results: int = 0


class GetHistoryInterval(Message, kw_only=True):
    run_ids: list[str] = []
    metric_key: str
    start_step: int | None = None
    end_step: int | None = None
    max_results: int = _MAX_INTERVAL


@operation("GET", "metrics/get-history")
def get_history(caller: Caller, ask: GetHistory) -> HistoryAnswer:
    """Return the distinct points of a metric by time, step and value; in pages on request."""
    run = run_id(ask)
    caller.run(run)
    begin = read_token(ask.page_token, _Place) if ask.page_token else _Place(0)
    if ask.max_results is not None and ask.max_results <= 0:
        raise invalid(
            f"Invalid value {ask.max_results} for parameter 'max_results' supplied. It must be a "
            "positive integer."
        )
    is_paged = ask.max_results is not None or ask.page_token
    limit = min(ask.max_results or _MAX_POINTS, _MAX_POINTS) if is_paged else None
    if limit is not None and begin.offset < begin.in_order:
        points, following = _next_page(caller, run, ask.metric_key, begin, limit)
    else:
        points, following = _find_page(caller, run, ask.metric_key, begin.offset, limit)
    return HistoryAnswer(
        metrics=[_message(ask.metric_key, point) for point in points],
        next_page_token=write_token(following) if following else UNSET,
    )


def _find_page(
    caller: Caller, run: str, key: str, offset: int, limit: int | None
) -> tuple[list[Point], "_Place | None"]:
    """Return a page from the whole series, and where the next one begins, so that it costs less."""
    end = None if limit is None else offset + limit
    points, total, is_in_order = _cut_out(caller.store.runs.series(run, key), offset, end)
    if end is None or end >= total:
        return points, None
    return points, _Place(end, total if is_in_order else 0)


def _next_page(
    caller: Caller, run: str, key: str, begin: "_Place", limit: int
) -> tuple[list[Point], "_Place | None"]:
    """Return a page of points that are known to be logged in MLflow's order."""
    end = min(begin.offset + limit, begin.in_order)
    series, total = caller.store.runs.part(run, key, begin.offset, end)
    points = list(zip(series.steps, series.times, series.values, strict=True))
    return points, _Place(end, begin.in_order) if end < total else None


def _cut_out(series: Series, begin: int, end: int | None) -> tuple[list[Point], int, bool]:
    """Return distinct points by time and step, their total, and whether they were logged so."""
    if _is_rising(series.times, series.steps):
        part = slice(begin, end)
        points = zip(series.steps[part], series.times[part], series.values[part], strict=True)
        return list(points), len(series.steps), True
    distinct = _each_once(series.times, series.steps, series.values)
    chosen = [(step, time, value) for time, step, value in distinct[begin:end]]
    return chosen, len(distinct), False


def _is_rising(first: "array[Any]", second: "array[Any]") -> bool:
    """Return whether pairs are in strictly ascending order."""
    if all(map(operator.lt, first, islice(first, 1, None))):
        return True
    pairs = zip(first, second, strict=True)
    following = zip(islice(first, 1, None), islice(second, 1, None), strict=True)
    return all(map(operator.lt, pairs, following))


@operation("GET", "metrics/get-history-bulk")
def get_history_bulk(caller: Caller, ask: GetHistoryBulk) -> HistoryAnswer:
    """Return the points of a metric of several runs, up to 25,000 in total."""
    if not ask.run_id:
        raise invalid("GetMetricHistoryBulk request must specify at least one run_id.")
    _check_runs(
        ask.run_id, f"GetMetricHistoryBulk request cannot specify more than {_MAX_RUNS} run_ids."
    )
    if ask.metric_key is None:
        raise invalid("GetMetricHistoryBulk request must specify a metric_key.")
    left = min(ask.max_results or _MAX_POINTS, _MAX_POINTS)
    found: list[PointMessage] = []
    for run in sorted(ask.run_id):
        caller.run(run)
        points, *_ = _cut_out(caller.store.runs.series(run, ask.metric_key), 0, left - len(found))
        found += [_message(ask.metric_key, point, run) for point in points]
        if len(found) >= left:
            break
    return HistoryAnswer(metrics=found)


@operation("GET", "metrics/get-history-bulk-interval")
def get_history_interval(caller: Caller, ask: GetHistoryInterval) -> HistoryAnswer:
    """Sample the points of a metric of several runs between two steps, with the first and last."""
    _check_runs(
        ask.run_ids,
        f"GetMetricHistoryBulkInterval request must specify at most {_MAX_RUNS} run_ids.",
    )
    if not 1 <= ask.max_results <= _MAX_INTERVAL:
        raise invalid(f"max_results must be between 1 and {_MAX_INTERVAL}.")
    if (ask.start_step is None) != (ask.end_step is None):
        raise invalid("If either start step or end step are specified, both must be specified.")
    if ask.start_step is not None and ask.end_step is not None and ask.start_step > ask.end_step:
        raise invalid(
            f"end_step must be greater than start_step. Found start_step={ask.start_step} and "
            f"end_step={ask.end_step}."
        )
    within = (
        (ask.start_step, ask.end_step)
        if ask.start_step is not None and ask.end_step is not None
        else None
    )
    found: list[PointMessage] = []
    for run in ask.run_ids:
        caller.run(run)
        series = caller.store.runs.series(run, ask.metric_key, within)
        found += [
            _message(ask.metric_key, point, run) for point in _choose(series, ask.max_results)
        ]
    return HistoryAnswer(metrics=found)


def _choose(series: Series, limit: int) -> list[Point]:
    """Sample points evenly by their number, not by their step, which many may share.

    As MLflow does: the first of each group of neighbours, and the last point.
    """
    steps, times, values = series.steps, series.times, series.values
    if _is_rising(steps, times):
        return [(steps[index], times[index], values[index]) for index in _spread(len(steps), limit)]
    distinct = _each_once(steps, times, values)
    return [distinct[index] for index in _spread(len(distinct), limit)]


def _spread(count: int, limit: int) -> Sequence[int]:
    if count <= limit:
        return range(count)
    size, rest = divmod(count, limit)
    return [*(number * size + min(number, rest) for number in range(limit - 1)), count - 1]


def _check_runs(runs: list[str], most: str) -> None:
    if not runs:
        raise invalid(
            "Missing value for required parameter 'run_ids'. See the API docs for more "
            "information about request parameters."
        )
    if len(runs) > _MAX_RUNS:
        raise invalid(f"{most} Received {len(runs)} run_ids.")


def _each_once(
    first: "array[Any]", second: "array[Any]", values: "array[float]"
) -> list[tuple[Any, Any, float]]:
    """Sort points by two columns and their values, and drop duplicates."""
    points = zip(first, second, values, strict=True)
    if not math.isnan(sum(values)):
        every = sorted(points)
        return [*every[:1], *(this for last, this in pairwise(every) if this != last)]
    every = sorted(points, key=_rank)
    return [next(same) for _, same in groupby(every, _rank)]


def _rank(point: tuple[Any, Any, float]) -> tuple[Any, Any, float, bool]:
    """Return a sort key that puts NaN after 0, as in MLflow's table."""
    first, second, value = point
    is_nan = math.isnan(value)
    return first, second, 0.0 if is_nan else value, is_nan


def _message(key: str, point: Point, run: str | UnsetType = UNSET) -> PointMessage:
    step, time, value = point
    number, timestamp = number_for_json(value), milliseconds(time)
    return PointMessage(key=key, value=number, timestamp=timestamp, step=step, run_id=run)


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins."""

    offset: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    in_order: Annotated[int, msgspec.Meta(ge=0, le=2**62)] = 0
    """The number of points from the first one on that are in MLflow's order; 0 if they are not,
    or if it is unknown."""
