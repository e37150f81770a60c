"""MLflow's calls that log to a run."""

import hashlib
import logging
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from treadle.errors import StoreError
from treadle.records import Entry, LoggedModelMetric, ParamsLogged, Series, TagsSet
from treadle.server.access import AfterCommit
from treadle.server.caller import Caller
from treadle.server.mlflow.checks import (
    check_batch,
    check_key,
    check_run_name,
    check_tag,
    check_timestamp,
)
from treadle.server.mlflow.entities import KeyValue, RunRequest, run_id
from treadle.server.mlflow.errors import invalid
from treadle.server.mlflow.lifecycle import admit_active_run
from treadle.server.operation import operation

_log = logging.getLogger(__name__)


class LogMetric(RunRequest, kw_only=True):
    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LogParam(RunRequest, kw_only=True):
    key: str
    value: str = ""


class SetTag(RunRequest, kw_only=True):
    key: str
    value: str = ""


class LoggedPoint(msgspec.Struct, kw_only=True, gc=False):
    """One of the many points of a batch."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LogBatch(RunRequest, kw_only=True):
    metrics: list[LoggedPoint] = []
    params: list[KeyValue] = []
    tags: list[KeyValue] = []


@operation("POST", "runs/log-metric", role="editor")
def log_metric(caller: Caller, ask: LogMetric) -> AfterCommit[None] | None:
    """Log a point of a metric."""
    point = LoggedPoint(
        key=ask.key,
        value=ask.value,
        timestamp=ask.timestamp,
        step=ask.step,
        model_id=ask.model_id,
        dataset_name=ask.dataset_name,
        dataset_digest=ask.dataset_digest,
    )
    return _log_values(caller, run_id(ask), points=[point])


@operation("POST", "runs/log-parameter", role="editor")
def log_parameter(caller: Caller, ask: LogParam) -> None:
    """Log a parameter."""
    _log_values(caller, run_id(ask), params=[KeyValue(key=ask.key, value=ask.value)])


@operation("POST", "runs/set-tag", role="editor")
def set_tag(caller: Caller, ask: SetTag) -> None:
    """Set a tag."""
    _log_values(caller, run_id(ask), tags=[KeyValue(key=ask.key, value=ask.value)])


@operation("POST", "runs/log-batch", role="editor")
def log_batch(caller: Caller, ask: LogBatch) -> AfterCommit[None] | None:
    """Log many values, all of them or none."""
    check_batch(metrics=ask.metrics, params=ask.params, tags=ask.tags)
    return _log_values(caller, run_id(ask), ask.metrics, ask.params, ask.tags)


def _log_values(
    caller: Caller,
    run: str,
    points: Sequence[LoggedPoint] = (),
    params: Sequence[KeyValue] = (),
    tags: Sequence[KeyValue] = (),
) -> AfterCommit[None] | None:
    """Log to a run to which the caller may log; points only once, even if a client repeats them."""
    series = _series(points)
    of_models = [one for one in points if one.model_id]
    digest = _digest(run, series, of_models) if points else ""
    if points and not params and not tags and not of_models:
        return _log_points(caller, run, series, digest)
    log = caller.store.runs.open_log(run, series, digest=digest, time=caller.now)
    admit_active_run(caller, run, log.state)
    entries: list[Entry] = []
    if params and (fresh := _fresh_params(caller, run, params)):
        entries.append(ParamsLogged(run, dict(fresh)))
    if points and not log.is_repeated:
        _log_to_models(caller, run, of_models)
    found = _checked_tags(tags)
    if found:
        entries.append(TagsSet(run, found))
    if entries:
        log.write(entries)
    follow_tags(caller, run, found)
    log.pack()
    return None


def _log_points(
    caller: Caller, run: str, series: Mapping[str, Series], digest: str
) -> AfterCommit[None]:
    """Log points to a run and nothing else, unless the request is a repeat.

    Returns:
        A check after the commit that the run exists; to a deleted run, nothing was logged.
    """
    log = caller.store.runs.open_log(run, series, digest=digest, time=caller.now)
    if not caller.principal.may_everywhere("editor"):
        admit_active_run(caller, run, log.state)  # before anything is stored

    def answer() -> None:
        admit_active_run(caller, run, log.state)
        try:
            log.pack()
        except StoreError as error:  # retried with the next points
            _log.warning("Points of run %s are stored, but could not be packed: %s", run, error)

    return AfterCommit(answer)


def _digest(run: str, series: Mapping[str, Series], of_models: Sequence[LoggedPoint]) -> str:
    """Return the digest that identifies a repeated request."""
    models = [(one.model_id, one.dataset_name, one.dataset_digest) for one in of_models]
    columns = [
        (key, *(memoryview(column) for column in (one.steps, one.times, one.values)))
        for key, one in series.items()
    ]
    return hashlib.sha256(_pack([run, columns, models])).hexdigest()


def _log_to_models(caller: Caller, run: str, of_models: Sequence[LoggedPoint]) -> None:
    """Store the points that belong to logged models with those, too."""
    models: dict[str, list[LoggedModelMetric]] = defaultdict(list)
    for one in of_models:
        models[one.model_id].append(
            LoggedModelMetric(
                key=one.key,
                step=one.step,
                time=one.timestamp / 1000,
                value=one.value,
                run=run,
                dataset_name=one.dataset_name,
                dataset_digest=one.dataset_digest,
            )
        )
    for model, metrics in models.items():
        caller.logged_model(model, "editor")
        caller.store.logged_models.log_metrics(model, metrics)


def _series(points: Sequence[LoggedPoint]) -> dict[str, Series]:
    """Validate points, and convert them to columns, as they are stored."""
    by_key: dict[str, list[LoggedPoint]] = defaultdict(list)
    for one in points:
        by_key[one.key].append(one)
    for key in by_key:
        check_key(key, "metric")
    return {key: _columns(own) for key, own in by_key.items()}


def _columns(points: Sequence[LoggedPoint]) -> Series:
    """Return three columns; single points are validated only if a column looks suspicious."""
    try:
        steps = array("q", [one.step for one in points])
        times = [one.timestamp / 1000 for one in points]
    except OverflowError:
        _check_numbers(points)
        raise
    if min(times) < 0 or max(times) >= _SUSPICIOUS:
        _check_numbers(points)
    return Series(steps, array("d", times), array("d", [one.value for one in points]))


def _check_numbers(points: Sequence[LoggedPoint]) -> None:
    for point in points:
        check_timestamp(point.timestamp, point.step)


def _fresh_params(caller: Caller, run: str, params: Sequence[KeyValue]) -> dict[str, str]:
    """Return the new parameters; logging the same value again is fine, another one is an error."""
    known = caller.store.runs.params(run)
    fresh: dict[str, str] = {}
    for param in params:
        value = check_tag(KeyValue(key=check_key(param.key, "param"), value=param.value)).value
        old = fresh.get(param.key, known.get(param.key))
        if old is not None and old != value:
            if param.key in fresh and param.key not in known:
                raise invalid(
                    f"Duplicate parameter keys have been submitted: ['{param.key}']."
                    " Please ensure the request contains only one param value per param key."
                )
            raise invalid(
                f"Changing param values is not allowed. Param with key='{param.key}' was already "
                "logged with"
                f" value='{old}' for run ID='{run}'. Attempted logging new value '{value}'."
            )
        if param.key not in known:
            fresh[param.key] = value
    return fresh


def log_tags(caller: Caller, run: str, tags: Sequence[KeyValue]) -> None:
    """Set tags of a run for which the caller's role has been checked."""
    found = _checked_tags(tags)
    caller.store.write([TagsSet(run, found)])
    follow_tags(caller, run, found)


def _checked_tags(tags: Sequence[KeyValue]) -> dict[str, str]:
    return {check_key(tag.key, "tag"): check_tag(tag).value for tag in tags}


def follow_tags(caller: Caller, run: str, tags: Mapping[str, str]) -> None:
    """Update the name and the parent of a run from the tags in which MLflow stores them."""
    if name := tags.get("mlflow.runName"):
        check_run_name(name)
        caller.store.runs.update(run, name=name)
    if (parent := tags.get("mlflow.parentRunId")) is not None:
        caller.store.runs.set_parent(run, parent)


_pack: Final = msgspec.msgpack.encode
_SUSPICIOUS: Final = 9e15  # seconds; a 64-bit timestamp is at most a little more
