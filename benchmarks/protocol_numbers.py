"""More calls for `benchmarks.protocol`: numbers at their edges, and what is not a number."""

from collections.abc import Iterator
from typing import Any, Final

from benchmarks.protocol_calls import Call

__all__ = ["NUMBERS"]

_TAKEN: Final = (
    7,
    -1,
    2**31,
    -(2**31) - 1,
    2**50,
    7.0,
    1e3,
    "7",
    "-7",
    "7.0",
    "1e3",
)
_REFUSED: Final = ("0x7", "", "x", "NaN", "Infinity")
_STEPS: Final = (2**63 - 1, -(2**63), 2**53 + 1)
_VALUES: Final = (2**63, 10**30, 1.5, 1e300, "NaN", "Infinity", "9223372036854775808")
_POINT: Final = {"key": "n", "value": 0.5, "timestamp": 1000, "step": 1}


def _post(path: str, body: Any, *keep: str | int) -> Call:
    return Call("POST", path, body, keep=keep)


def _get(path: str, /, **query: Any) -> Call:
    return Call("GET", path, query=query)


def _runs() -> Iterator[Call]:
    yield _post("experiments/create", {"name": "numbers"}, "numbers", "experiment_id")
    yield _post("experiments/create", {"name": "texts"}, "texts", "experiment_id")
    for number, value in enumerate((*_TAKEN, *_REFUSED)):
        # Runs with one start time come by their ids.
        experiment = "{numbers}" if type(value) is int else "{texts}"
        named = {"experiment_id": experiment, "run_name": f"n{number}"}
        yield _post("runs/create", {**named, "start_time": value})
    own = {"experiment_id": "{numbers}", "start_time": 5, "run_name": "own"}
    yield _post("runs/create", own, "own", "run", "info", "run_id")
    for value in (*_TAKEN, *_REFUSED):
        ended = {"run_id": "{own}", "status": "FINISHED", "end_time": value}
        yield _post("runs/update", ended)
    for order in ("start_time", "start_time DESC"):
        yield _post("runs/search", {"experiment_ids": ["{numbers}"], "order_by": [order]})


def _points() -> Iterator[Call]:
    fields = {
        "timestamp": (*_TAKEN, *_REFUSED, None),
        "step": (*_TAKEN, *_STEPS, *_REFUSED, None),
        "value": (*_TAKEN, *_VALUES, "0x7", "", "x", None),
    }
    for field, values in fields.items():
        for number, value in enumerate(values):
            single, several = f"{field}{number}", f"{field}s{number}"
            point = {**_POINT, field: value}
            yield _post("runs/log-metric", {"run_id": "{own}", **point, "key": single})
            yield _get("metrics/get-history", run_id="{own}", metric_key=single)
            if value not in _REFUSED or (field, value) == ("value", "NaN"):
                batch = {"run_id": "{own}", "metrics": [{**point, "key": several}]}
                yield _post("runs/log-batch", batch)
                yield _get("metrics/get-history", run_id="{own}", metric_key=several)


def _questions() -> Iterator[Call]:
    searched = {"experiment_ids": ["{numbers}"]}
    for value in (7, 2**31, 7.0, "7", "x", ""):
        yield _post("runs/search", {**searched, "max_results": value})
        yield _post("experiments/search", {"max_results": value})
    for text in ("7", "x", "", "-1", "9223372036854775807"):
        if text != "7":  # which may be one
            yield _get("experiments/get", experiment_id=text)
        asked = {"run_ids": "{own}", "metric_key": "step0"}
        yield _get("metrics/get-history-bulk-interval", **asked, start_step=text, end_step=9)
    for number in (7, -1, 2**50, 7.5, 1e3, "x", True, "false", None):
        for field in ("start_time", "metrics.step0"):
            yield _post("runs/search", {**searched, "filter": f"{field} > {number}"})


def _versions() -> Iterator[Call]:
    yield _post("registered-models/create", {"name": "numbered"})
    yield _post("model-versions/create", {"name": "numbered", "source": "s3://b/w"})
    largest = "9223372036854775807"
    for version in (1, "1", 7, "7", "-1", "-9223372036854775808", largest, "x", "1.0", ""):
        named = {"name": "numbered", "version": version}
        yield _get("model-versions/get", name="numbered", version=str(version))
        if isinstance(version, str):
            yield _post("model-versions/set-tag", {**named, "key": "k", "value": "v"})
            yield _post("registered-models/alias", {**named, "alias": "a"})
            yield _post("model-versions/transition-stage", {**named, "stage": "Staging"})


NUMBERS: Final = (*_runs(), *_points(), *_questions(), *_versions())
"""Every field that has a number, but for what MLflow's server takes for another one."""
