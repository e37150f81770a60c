"""MLflow's calls that read the points of metrics."""

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
from treadle.server.mlflow.call import Call
from treadle.server.mlflow.entities import Message, PointMessage, RunRequest, milliseconds, run_id
from treadle.server.mlflow.errors import invalid
from treadle.server.mlflow.protocol import rpc
from treadle.store.tokens import read_token, write_token

_MAX_POINTS: Final = 25_000
_MAX_RUNS: Final = 100
_MAX_INTERVAL: Final = 2500

Point = tuple[float, int, float]  # time, step, value: in MLflow's order


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


@rpc("GET", "metrics/get-history")
def get_history(call: Call, ask: GetHistory) -> HistoryAnswer:
    """Give all points of a metric by time, step and value, each once; in pages where asked."""
    run = run_id(ask)
    call.run(run)
    begin = read_token(ask.page_token, _Place) if ask.page_token else _Place(0)
    if ask.max_results is not None and ask.max_results <= 0:
        raise invalid(
            f"Invalid value {ask.max_results} for parameter 'max_results' supplied. It must be a positive integer."
        )
    is_paged = ask.max_results is not None or ask.page_token
    limit = min(ask.max_results or _MAX_POINTS, _MAX_POINTS) if is_paged else None
    if limit is not None and begin.offset < begin.in_order:
        points, following = _next_page(call, run, ask.metric_key, begin, limit)
    else:
        points, following = _find_page(call, run, ask.metric_key, begin.offset, limit)
    return HistoryAnswer(
        metrics=[_message(ask.metric_key, point) for point in points],
        next_page_token=write_token(following) if following else UNSET,
    )


def _find_page(call: Call, run: str, key: str, offset: int, limit: int | None) -> tuple[list[Point], "_Place | None"]:
    """Look at the whole series for one page of it, and see how the next ones can be had for less."""
    end = None if limit is None else offset + limit
    points, total, is_in_order = _cut_out(call.store.runs.series(run, key), offset, end)
    if end is None or end >= total:
        return points, None
    return points, _Place(end, total if is_in_order else 0)


def _next_page(call: Call, run: str, key: str, begin: "_Place", limit: int) -> tuple[list[Point], "_Place | None"]:
    """Read one page of points that are known to be logged in MLflow's order."""
    end = min(begin.offset + limit, begin.in_order)
    series, total = call.store.runs.part(run, key, begin.offset, end)
    points = list(zip(series.times, series.steps, series.values, strict=True))
    return points, _Place(end, begin.in_order) if end < total else None


def _cut_out(series: Series, begin: int, end: int | None) -> tuple[list[Point], int, bool]:
    """Give points in MLflow's order, each once, and say how many there are in all, and whether they come like this."""
    if _is_rising(series.times, series.steps):
        part = slice(begin, end)
        points = zip(series.times[part], series.steps[part], series.values[part], strict=True)
        return list(points), len(series.steps), True
    distinct = _each_once(series.times, series.steps, series.values)
    return distinct[begin:end], len(distinct), False


def _is_rising(first: "array[Any]", second: "array[Any]") -> bool:
    """Tell whether pairs come in their order, and none of them twice."""
    if all(map(operator.lt, first, islice(first, 1, None))):
        return True
    pairs = zip(first, second, strict=True)
    following = zip(islice(first, 1, None), islice(second, 1, None), strict=True)
    return all(map(operator.lt, pairs, following))


@rpc("GET", "metrics/get-history-bulk")
def get_history_bulk(call: Call, ask: GetHistoryBulk) -> HistoryAnswer:
    """Give the points of a metric of several runs, up to 25,000 in all."""
    if not ask.run_id:
        raise invalid("GetMetricHistoryBulk request must specify at least one run_id.")
    _check_runs(ask.run_id, f"GetMetricHistoryBulk request cannot specify more than {_MAX_RUNS} run_ids.")
    if ask.metric_key is None:
        raise invalid("GetMetricHistoryBulk request must specify a metric_key.")
    left = min(ask.max_results or _MAX_POINTS, _MAX_POINTS)
    found: list[PointMessage] = []
    for run in sorted(ask.run_id):
        call.run(run)
        points, *_ = _cut_out(call.store.runs.series(run, ask.metric_key), 0, left - len(found))
        found += [_message(ask.metric_key, point, run) for point in points]
        if len(found) >= left:
            break
    return HistoryAnswer(metrics=found)


@rpc("GET", "metrics/get-history-bulk-interval")
def get_history_interval(call: Call, ask: GetHistoryInterval) -> HistoryAnswer:
    """Give evenly chosen points of a metric of several runs between two steps, the first and the last among them."""
    _check_runs(ask.run_ids, f"GetMetricHistoryBulkInterval request must specify at most {_MAX_RUNS} run_ids.")
    if not 1 <= ask.max_results <= _MAX_INTERVAL:
        raise invalid(f"max_results must be between 1 and {_MAX_INTERVAL}.")
    if (ask.start_step is None) != (ask.end_step is None):
        raise invalid("If either start step or end step are specified, both must be specified.")
    if ask.start_step is not None and ask.end_step is not None and ask.start_step > ask.end_step:
        raise invalid(
            f"end_step must be greater than start_step. Found start_step={ask.start_step} and end_step={ask.end_step}."
        )
    within = (ask.start_step, ask.end_step) if ask.start_step is not None and ask.end_step is not None else None
    found: list[PointMessage] = []
    for run in ask.run_ids:
        call.run(run)
        series = call.store.runs.series(run, ask.metric_key, within)
        found += [_message(ask.metric_key, point, run) for point in _choose(series, ask.max_results)]
    return HistoryAnswer(metrics=found)


def _choose(series: Series, limit: int) -> list[Point]:
    """Choose points evenly by their number, not by their step: many may have the same one.

    As MLflow does: the first of so many groups of neighbours, and the last of all.
    """
    steps, times, values = series.steps, series.times, series.values
    if _is_rising(steps, times):
        return [(times[place], steps[place], values[place]) for place in _spread(len(steps), limit)]
    distinct = _each_once(steps, times, values)
    chosen = [distinct[place] for place in _spread(len(distinct), limit)]
    return [(time, step, value) for step, time, value in chosen]


def _spread(count: int, limit: int) -> Sequence[int]:
    if count <= limit:
        return range(count)
    size, rest = divmod(count, limit)
    return [*(number * size + min(number, rest) for number in range(limit - 1)), count - 1]


def _check_runs(runs: list[str], most: str) -> None:
    if not runs:
        raise invalid(
            "Missing value for required parameter 'run_ids'. See the API docs for more information about request parameters."
        )
    if len(runs) > _MAX_RUNS:
        raise invalid(f"{most} Received {len(runs)} run_ids.")


def _each_once(first: "array[Any]", second: "array[Any]", values: "array[float]") -> list[tuple[Any, Any, float]]:
    """Sort points by two columns and their values, and leave out repetitions."""
    points = zip(first, second, values, strict=True)
    if not math.isnan(sum(values)):
        every = sorted(points)
        return [*every[:1], *(this for last, this in pairwise(every) if this != last)]
    every = sorted(points, key=_rank)
    return [next(same) for _, same in groupby(every, _rank)]


def _rank(point: tuple[Any, Any, float]) -> tuple[Any, Any, float, bool]:
    """Sort NaN behind 0, where it stands in MLflow's table, instead of anywhere."""
    first, second, value = point
    is_nan = math.isnan(value)
    return first, second, 0.0 if is_nan else value, is_nan


def _message(key: str, point: Point, run: str | UnsetType = UNSET) -> PointMessage:
    time, step, value = point
    number, timestamp = number_for_json(value), milliseconds(time)
    return PointMessage(key=key, value=number, timestamp=timestamp, step=step, run_id=run)


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins."""

    offset: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    in_order: Annotated[int, msgspec.Meta(ge=0, le=2**62)] = 0
    """How many points from the first one on were found in MLflow's order; 0 if they are not, or if it is not known."""


CALLS = (get_history, get_history_bulk, get_history_interval)
