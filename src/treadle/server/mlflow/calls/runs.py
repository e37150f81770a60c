"""MLflow's calls about runs."""

from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from treadle.records import DatasetInputRecord, ModelUseRecord, Status, TagsSet
from treadle.server.caller import Caller
from treadle.server.mlflow.calls.log import log_tags
from treadle.server.mlflow.checks import (
    check_experiment,
    check_run_name,
    check_tag,
    check_timestamp,
    check_whole,
    view,
)
from treadle.server.mlflow.entities import (
    DatasetInputMessage,
    KeyValue,
    Message,
    ModelUse,
    RunInfoMessage,
    RunMessage,
    RunRequest,
    run_id,
)
from treadle.server.mlflow.errors import invalid, missing
from treadle.server.mlflow.lifecycle import active_experiment, active_run
from treadle.server.mlflow.listing import check_limit
from treadle.server.mlflow.run_messages import info, message, shown_tags
from treadle.server.mlflow.run_names import random_name
from treadle.server.mlflow.vocabularies import read_search
from treadle.server.operation import operation
from treadle.store.search.tree import Lifecycle

_MAX_PAGE: Final = 50_000
_MAX_INPUTS: Final = 1000
_STATUSES: Final[dict[str | int, Status]] = {
    "RUNNING": "running",
    "SCHEDULED": "scheduled",
    "FINISHED": "finished",
    "FAILED": "failed",
    "KILLED": "killed",
    1: "running",
    2: "scheduled",
    3: "finished",
    4: "failed",
    5: "killed",
}
_IMMUTABLE_TAGS: Final = frozenset({"mlflow.user", "mlflow.artifactLocation"})


class CreateRun(Message, kw_only=True):
    experiment_id: str = "0"
    user_id: str = ""
    run_name: str = ""
    start_time: int | None = None
    tags: list[KeyValue] = []


class GetRun(RunRequest, kw_only=True):
    """A request with nothing but a run."""


class RunAnswer(Message, kw_only=True):
    run: RunMessage


class UpdateRun(RunRequest, kw_only=True):
    status: str | int | None = None
    end_time: int | None = None
    run_name: str | None = None


class RunInfoAnswer(Message, kw_only=True):
    run_info: RunInfoMessage


class SearchRuns(Message, kw_only=True):
    experiment_ids: list[str] = []
    filter: str = ""
    run_view_type: str | int = "ACTIVE_ONLY"
    max_results: int = 1000
    order_by: list[str] = []
    page_token: str = ""


class RunsAnswer(Message, kw_only=True):
    runs: list[RunMessage] = []
    next_page_token: str | UnsetType = UNSET


class DeleteTag(RunRequest, kw_only=True):
    key: str


class LogModel(RunRequest, kw_only=True):
    model_json: str = ""


class LogInputs(RunRequest, kw_only=True):
    datasets: list[DatasetInputMessage] = []
    models: list[ModelUse] = []


class LogOutputs(RunRequest, kw_only=True):
    models: list[ModelUse] = []


@operation("POST", "runs/create", role="editor", creates=True)
def create(caller: Caller, ask: CreateRun) -> RunAnswer:
    """Create a run."""
    run = caller.attempt.id
    if caller.attempt.is_repeated and caller.find_run(run) is not None:
        return RunAnswer(run=_read(caller, run))
    experiment = active_experiment(caller, ask.experiment_id or "0")
    check_whole(ask.start_time or 0, "start_time")
    started = round(caller.now * 1000) if ask.start_time is None else ask.start_time
    tags = {tag.key: tag.value for tag in ask.tags}
    tagged = tags.get("mlflow.runName", "")
    if ask.run_name and tagged and ask.run_name != tagged:
        raise invalid(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different "
            "values"
            f" (run_name='{ask.run_name}', mlflow.runName='{tagged}')."
        )
    name = check_run_name(ask.run_name or tagged or random_name())
    caller.store.runs.create(
        run,
        experiment.id,
        name=name,
        started=started / 1000,
        user=ask.user_id or tags.get("mlflow.user", ""),
        command=tags.get("mlflow.source.name", ""),
        parent=tags.get("mlflow.parentRunId", ""),
    )
    # As MLflow does, accept keys here that are rejected later: scripts may have them.
    caller.store.write(
        [
            TagsSet(
                run, {**{tag.key: check_tag(tag).value for tag in ask.tags}, "mlflow.runName": name}
            )
        ]
    )
    return RunAnswer(run=_read(caller, run))


@operation("GET", "runs/get")
def get(caller: Caller, ask: GetRun) -> RunAnswer:
    """Return a run with everything that was logged to it."""
    run = run_id(ask)
    caller.run(run)
    return RunAnswer(run=_read(caller, run))


@operation("POST", "runs/search")
def search(caller: Caller, ask: SearchRuns) -> RunsAnswer:
    """Search for runs in some experiments."""
    wanted: Lifecycle = view(ask.run_view_type, "run_view_type")
    if ask.max_results > _MAX_PAGE:
        raise invalid(
            f"Invalid value {ask.max_results} for parameter 'max_results' supplied: It must be at "
            f"most {_MAX_PAGE}, but got"
            f" value {ask.max_results}"
        )
    asked = read_search(
        ask.filter,
        ask.order_by,
        experiments=caller.visible(map(check_experiment, ask.experiment_ids)),
        lifecycle=wanted,
        limit=check_limit(ask.max_results, _MAX_PAGE),
        after=ask.page_token,
    )
    found = caller.store.runs.page(asked)
    roots = {one.run.experiment_id: caller.experiment(one.run.experiment_id) for one in found.runs}
    return RunsAnswer(
        runs=[message(one, roots[one.run.experiment_id]) for one in found.runs],
        next_page_token=found.next or UNSET,
    )


@operation("POST", "runs/update", role="editor")
def update(caller: Caller, ask: UpdateRun) -> RunInfoAnswer:
    """Update the status, end time or name of a run."""
    run = run_id(ask)
    active_run(caller, run)
    status = None
    if ask.status is not None:
        status = _STATUSES.get(ask.status)
        if status is None:
            raise invalid(
                f"Invalid value \"{ask.status}\" for parameter 'status' supplied: "
                f"{', '.join(map(str, _STATUSES))}"
            )
    name = check_run_name(ask.run_name) if ask.run_name else None
    ended = ask.end_time / 1000 if ask.end_time is not None else None
    if ended is not None:
        check_whole(ask.end_time or 0, "end_time")
    caller.store.runs.update(run, status=status, ended=ended, name=name)
    if name:
        log_tags(caller, run, [KeyValue(key="mlflow.runName", value=name)])
    found = caller.store.runs.get(run)
    if found is None:
        raise missing(f"Run with id={run} not found")
    return RunInfoAnswer(run_info=info(found.run, caller.experiment(found.run.experiment_id)))


@operation("POST", "runs/delete", role="editor", audited=True)
def delete(caller: Caller, ask: GetRun) -> None:
    """Delete a run; it can be restored."""
    run = run_id(ask)
    if not caller.run(run, "editor").is_deleted:
        caller.store.runs.bin(run, caller.now)


@operation("POST", "runs/restore", role="editor", audited=True)
def restore(caller: Caller, ask: GetRun) -> None:
    """Restore a deleted run."""
    run = run_id(ask)
    caller.run(run, "editor")
    caller.store.runs.bin(run, None)


@operation("POST", "runs/delete-tag", role="editor")
def delete_tag(caller: Caller, ask: DeleteTag) -> None:
    """Delete a tag."""
    run = run_id(ask)
    active_run(caller, run)
    if ask.key in _IMMUTABLE_TAGS:
        raise invalid(f"Tag '{ask.key}' is immutable, and cannot be deleted.")
    found = caller.store.runs.get(run)
    if found is None or ask.key not in shown_tags(found):
        raise missing(f"No tag with name: {ask.key} in run with id {run}")
    is_set = caller.store.runs.delete_tag(run, ask.key)
    if ask.key == "mlflow.parentRunId":
        caller.store.runs.set_parent(run, "")
    elif not is_set:
        raise invalid(f"Tag '{ask.key}' is an attribute of the run, and cannot be deleted.")


@operation("POST", "runs/log-model", role="editor")
def log_model(caller: Caller, ask: LogModel) -> None:
    """Record a model of MLflow 2, in a tag of the run."""
    run = run_id(ask)
    active_run(caller, run)
    try:
        model = msgspec.json.decode(ask.model_json, type=dict)
    except msgspec.MsgspecError as error:
        raise invalid(
            f"Malformed model info. \n {ask.model_json[:200]} \n is not valid JSON."
        ) from error
    if lacking := {"artifact_path", "flavors", "utc_time_created", "run_id"} - set(model):
        raise invalid(f"Model json is missing mandatory fields: {', '.join(sorted(lacking))}")
    found = caller.store.runs.get(run)
    known = found.run.tags.get("mlflow.log-model.history", "[]") if found else "[]"
    try:
        history = msgspec.json.decode(known, type=list)
    except msgspec.MsgspecError:
        history = []
    tag = KeyValue(
        key="mlflow.log-model.history", value=msgspec.json.encode([*history, model]).decode()
    )
    log_tags(caller, run, [tag])


@operation("POST", "runs/log-inputs", role="editor")
def log_inputs(caller: Caller, ask: LogInputs) -> None:
    """Log the inputs of a run."""
    run = run_id(ask)
    active_run(caller, run)
    if len(ask.datasets) > _MAX_INPUTS:
        raise invalid(
            f"A log-inputs request can contain at most {_MAX_INPUTS} datasets. Got "
            f"{len(ask.datasets)}."
        )
    datasets = [_dataset(one) for one in ask.datasets]
    caller.store.runs.add_inputs(
        run, datasets, [ModelUseRecord(model=one.model_id, role="input") for one in ask.models]
    )


@operation("POST", "runs/outputs", role="editor")
def log_outputs(caller: Caller, ask: LogOutputs) -> None:
    """Log the models that a run outputs."""
    run = run_id(ask)
    active_run(caller, run)
    for one in ask.models:
        check_timestamp(0, one.step or 0)
    caller.store.runs.add_inputs(
        run,
        [],
        [
            ModelUseRecord(model=one.model_id, role="output", step=one.step or 0)
            for one in ask.models
        ],
    )


def _dataset(one: DatasetInputMessage) -> DatasetInputRecord:
    if not one.dataset.name:
        raise invalid("Dataset name cannot be empty.")
    for text, limit, what in (
        (one.dataset.name, 500, "name"),
        (one.dataset.digest, 36, "digest"),
        (one.dataset.source, (1 << 16) - 1, "source"),
        (one.dataset.schema or "", (1 << 20) - 1, "schema"),
        (one.dataset.profile or "", (1 << 24) - 1, "profile"),
        *((tag.key, 255, "key") for tag in one.tags),
        *((tag.value, 500, "value") for tag in one.tags),
    ):
        if len(text) > limit:
            raise invalid(f"'{what}' exceeds the maximum length of {limit} characters")
    return DatasetInputRecord(
        name=one.dataset.name,
        digest=one.dataset.digest,
        source_type=one.dataset.source_type,
        source=one.dataset.source,
        columns=one.dataset.schema or None,
        profile=one.dataset.profile or None,
        tags={tag.key: tag.value for tag in one.tags},
    )


def _read(caller: Caller, run: str) -> RunMessage:
    found = caller.store.runs.get(run)
    if found is None:
        raise missing(f"Run with id={run} not found")
    return message(found, caller.experiment(found.run.experiment_id))
