"""MLflow's calls that read the points of metrics."""

import base64
import binascii
import operator
from array import array
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, UnsetType

from treadle.records import Series
from treadle.server.mlflow.call import Call
from treadle.server.mlflow.entities import Message, PointMessage, RunRequest, run_id
from treadle.server.mlflow.errors import invalid
from treadle.server.mlflow.protocol import rpc
from treadle.server.mlflow.run_messages import number

_MAX_POINTS: Final = 25_000
_MAX_RUNS: Final = 100
_MAX_INTERVAL: Final = 2500

Point = tuple[float, int, float]  # time, step, value: in MLflow's order


class GetHistory(RunRequest, kw_only=True):
    metric_key: str
    page_token: str = ""
    max_results: int = 0


class HistoryAnswer(Message, kw_only=True):
    metrics: list[PointMessage] = []
    next_page_token: str | UnsetType = UNSET


class GetHistoryBulk(Message, kw_only=True):
    run_id: list[str] = []
    metric_key: str
    max_results: int = 0


class GetHistoryInterval(Message, kw_only=True):
    run_ids: list[str] = []
    metric_key: str
    start_step: int | None = None
    end_step: int | None = None
    max_results: int = 0


@rpc("GET", "metrics/get-history")
def get_history(call: Call, ask: GetHistory) -> HistoryAnswer:
    """Give all points of a metric by time, step and value, each once; in pages where asked."""
    run = run_id(ask)
    call.run(run)
    begin = _read_token(ask.page_token)
    limit = min(max(ask.max_results or _MAX_POINTS, 1), _MAX_POINTS) if ask.max_results or ask.page_token else None
    if limit is not None and begin.offset < begin.in_order:
        points, following = _next_page(call, run, ask.metric_key, begin, limit)
    else:
        points, following = _find_page(call, run, ask.metric_key, begin.offset, limit)
    return HistoryAnswer(
        metrics=[_message(ask.metric_key, point) for point in points],
        next_page_token=_write_token(following) if following else UNSET,
    )


def _find_page(call: Call, run: str, key: str, offset: int, limit: int | None) -> tuple[list[Point], "_Place | None"]:
    """Look at the whole series for one page of it, and see how the next ones can be had for less."""
    series = call.store.runs.series(run, key)
    total = len(series.steps)
    points, end = _window(series, offset, total if limit is None else limit)
    if end >= total:
        return points, None
    return points, _Place(end, total if _is_in_order(series) else 0)


def _next_page(call: Call, run: str, key: str, begin: "_Place", limit: int) -> tuple[list[Point], "_Place | None"]:
    """Read one page of points that are known to be logged in MLflow's order."""
    end = min(begin.offset + limit, begin.in_order)
    series, total = call.store.runs.part(run, key, begin.offset, end)
    points = list(zip(series.times, series.steps, series.values, strict=True))
    return points, _Place(end, begin.in_order) if end < total else None


def _is_in_order(series: Series) -> bool:
    """Tell whether points come in MLflow's order as they are, and none of them twice."""
    times, steps = series.times, series.steps
    if all(map(operator.lt, times, islice(times, 1, None))):
        return True
    moments = zip(times, steps, strict=True)
    following = zip(islice(times, 1, None), islice(steps, 1, None), strict=True)
    return all(map(operator.lt, moments, following))


@rpc("GET", "metrics/get-history-bulk")
def get_history_bulk(call: Call, ask: GetHistoryBulk) -> HistoryAnswer:
    """Give the points of a metric of several runs, up to 25,000 in all."""
    _check_runs(ask.run_id)
    left = min(ask.max_results or _MAX_POINTS, _MAX_POINTS)
    found: list[PointMessage] = []
    for run in sorted(ask.run_id):
        call.run(run)
        points, _ = _window(call.store.runs.series(run, ask.metric_key), 0, left - len(found))
        found += [_message(ask.metric_key, point, run) for point in points[: left - len(found)]]
        if len(found) >= left:
            break
    return HistoryAnswer(metrics=found)


@rpc("GET", "metrics/get-history-bulk-interval")
def get_history_interval(call: Call, ask: GetHistoryInterval) -> HistoryAnswer:
    """Give evenly chosen points of a metric of several runs between two steps, the first and the last among them."""
    _check_runs(ask.run_ids)
    if not 1 <= (limit := ask.max_results or _MAX_INTERVAL) <= _MAX_INTERVAL:
        raise invalid(f"max_results must be between 1 and {_MAX_INTERVAL}.")
    if (ask.start_step is None) != (ask.end_step is None):
        raise invalid("If either start step or end step are specified, both must be specified.")
    if ask.start_step is not None and ask.end_step is not None and ask.start_step > ask.end_step:
        raise invalid(
            f"end_step must be greater than start_step. Found start_step={ask.start_step} and end_step={ask.end_step}."
        )
    within = (ask.start_step, ask.end_step) if ask.start_step is not None and ask.end_step is not None else None
    wanted: dict[str, Series] = {}
    for run in ask.run_ids:
        call.run(run)
        wanted[run] = call.store.runs.series(run, ask.metric_key, within)
    chosen = _choose_steps([series.steps for series in wanted.values()], limit)
    return HistoryAnswer(
        metrics=[
            _message(ask.metric_key, point, run)
            for run, series in wanted.items()
            for point in sorted(_at_steps(series, chosen), key=_by_step)
        ]
    )


def _at_steps(series: Series, chosen: set[int]) -> set[Point]:
    places = [place for place, step in enumerate(series.steps) if step in chosen]
    return {(series.times[place], series.steps[place], series.values[place]) for place in places}


def _by_step(point: Point) -> tuple[int, float, bool, float]:
    time, step, value = point
    return step, time, *_order(value)


def _check_runs(runs: list[str]) -> None:
    if not runs:
        raise invalid(
            "Missing value for required parameter 'run_ids'. See the API docs for more information about request parameters."
        )
    if len(runs) > _MAX_RUNS:
        raise invalid(
            f"GetMetricHistoryBulk request cannot specify more than {_MAX_RUNS} run_ids. Received {len(runs)} run_ids."
        )


def _choose_steps(runs: "list[array[int]]", limit: int) -> set[int]:
    """Choose steps evenly over all runs, and each run's first and last."""
    every = sorted(set().union(*runs))
    chosen = {edge for own in runs if own for edge in (min(own), max(own))}
    if len(every) <= limit:
        return set(every)
    return chosen | {every[number * (len(every) - 1) // (limit - 1 or 1)] for number in range(limit)}


def _window(series: Series, offset: int, limit: int) -> tuple[list[Point], int]:
    """Cut out points in MLflow's order, equal ones once; give them, and where the rest begins.

    Points come nearly always in the order of time. Then only those of equal times at both ends of the
    page have to be looked at together, however long the series is.
    """
    times, total = series.times, len(series.times)
    if not all(map(operator.le, times, islice(times, 1, None))):
        points = sorted(zip(times, series.steps, series.values, strict=True), key=_in_order)
        end = min(offset + limit, total)
        before = points[offset - 1] if offset else None
        return list(_each_once(points[offset:end], before)), end
    end = min(offset + limit, total)
    begin = offset
    while begin > 0 and begin < total and times[begin - 1] == times[begin]:
        begin -= 1
    stop = end
    while 0 < stop < total and times[stop - 1] == times[stop]:
        stop += 1
    around = zip(times[begin:stop], series.steps[begin:stop], series.values[begin:stop], strict=True)
    points = sorted(around, key=_in_order)
    before = points[offset - begin - 1] if offset > begin else None
    return list(_each_once(points[offset - begin : end - begin], before)), end


def _in_order(point: Point) -> tuple[float, int, bool, float]:
    time, step, value = point
    return time, step, *_order(value)


def _order(value: float) -> tuple[bool, float]:
    """Sort NaN in front of everything, instead of anywhere."""
    is_number = value == value  # noqa: PLR0124 - only NaN differs from itself
    return is_number, value if is_number else 0.0


def _each_once(points: list[Point], before: Point | None) -> Iterator[Point]:
    """Leave out repetitions: a client that missed an answer sends its points again."""
    last = _in_order(before) if before is not None else None
    for point in points:
        if (place := _in_order(point)) != last:
            yield point
        last = place


def _message(key: str, point: Point, run: str | UnsetType = UNSET) -> PointMessage:
    time, step, value = point
    return PointMessage(key=key, value=number(value), timestamp=round(time * 1000), step=step, run_id=run)


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins."""

    offset: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    in_order: Annotated[int, msgspec.Meta(ge=0, le=2**62)] = 0
    """How many points from the first one on were found in MLflow's order; 0 if they are not, or if it is not known."""


def _write_token(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _read_token(token: str) -> _Place:
    if not token:
        return _Place(0)
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(token), type=_Place)
    except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
        raise invalid(f"Invalid page token: '{token[:100]}'") from error


CALLS = (get_history, get_history_bulk, get_history_interval)
