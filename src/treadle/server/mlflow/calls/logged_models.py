"""MLflow's calls about logged models, which runs of MLflow 3 create."""

from typing import Final

from msgspec import UNSET, UnsetType

from treadle.errors import SearchError
from treadle.records import ArtifactOwner, LoggedModelMetric, LoggedModelRecord, LoggedModelStatus
from treadle.records.json_numbers import number_for_json
from treadle.server.caller import Caller
from treadle.server.mlflow.artifact_roots import artifact_root
from treadle.server.mlflow.checks import check_experiment, check_key, check_tag
from treadle.server.mlflow.entities import (
    KeyValue,
    LoggedModelData,
    LoggedModelInfo,
    LoggedModelMessage,
    Message,
    PointMessage,
    milliseconds,
)
from treadle.server.mlflow.errors import invalid, missing
from treadle.server.mlflow.lifecycle import active_experiment
from treadle.server.mlflow.listing import check_limit
from treadle.server.mlflow.run_names import random_name
from treadle.server.mlflow.vocabularies import LOGGED_MODELS, read_filter
from treadle.server.operation import operation
from treadle.store.search.grammar import parse_field
from treadle.store.search.listing import DatasetName, Listing, ListingSort
from treadle.store.search.tree import Field

_MAX_PAGE: Final = 1000
_STATUSES: Final[dict[str | int, LoggedModelStatus]] = {
    "LOGGED_MODEL_PENDING": "pending",
    "LOGGED_MODEL_READY": "ready",
    "LOGGED_MODEL_UPLOAD_FAILED": "failed",
    1: "pending",
    2: "ready",
    3: "failed",
}
_NAMES: Final[dict[LoggedModelStatus, str]] = {
    "pending": "LOGGED_MODEL_PENDING",
    "ready": "LOGGED_MODEL_READY",
    "failed": "LOGGED_MODEL_UPLOAD_FAILED",
}


class CreateLoggedModel(Message, kw_only=True):
    experiment_id: str
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: list[KeyValue] = []
    tags: list[KeyValue] = []


class LoggedModelRequest(Message, kw_only=True):
    model_id: str


class LoggedModelAnswer(Message, kw_only=True):
    model: LoggedModelMessage


class FinalizeLoggedModel(LoggedModelRequest, kw_only=True):
    status: str | int


class LogModelParams(LoggedModelRequest, kw_only=True):
    params: list[KeyValue] = []


class SetLoggedModelTags(LoggedModelRequest, kw_only=True):
    tags: list[KeyValue] = []


class DeleteLoggedModelTag(LoggedModelRequest, kw_only=True):
    tag_key: str


class ModelOrder(Message, kw_only=True):
    field_name: str
    ascending: bool = True
    dataset_name: str = ""
    dataset_digest: str = ""


class ModelDataset(Message, kw_only=True):
    dataset_name: str = ""
    dataset_digest: str = ""


class SearchLoggedModels(Message, kw_only=True):
    experiment_ids: list[str] = []
    filter: str = ""
    datasets: list[ModelDataset] = []
    max_results: int = 50
    order_by: list[ModelOrder] = []
    page_token: str = ""


class LoggedModelsAnswer(Message, kw_only=True):
    models: list[LoggedModelMessage] = []
    next_page_token: str | UnsetType = UNSET


@operation("POST", "logged-models", role="editor", creates=True)
def create(caller: Caller, ask: CreateLoggedModel) -> LoggedModelAnswer:
    """Create a logged model, whose files follow."""
    model = f"m-{caller.attempt.id}"
    if caller.attempt.is_repeated and caller.find_logged_model(model) is not None:
        return _answer(caller, model)
    experiment = active_experiment(caller, ask.experiment_id)
    name = ask.name or random_name()
    if any(sign in name for sign in "/:.\"%'") or len(name) > 500:  # noqa: PLR2004
        raise invalid(
            f"Invalid model name ({name[:50]}) provided. Model name must be a non-empty string "
            "and cannot contain the"
            " following characters: ['/', ':', '.', '%', '\"', \"'\"]"
        )
    caller.store.logged_models.create(
        model,
        experiment.id,
        name=name,
        kind=ask.model_type,
        source_run=ask.source_run_id,
        created=caller.now,
    )
    caller.store.logged_models.log_params(model, _values(ask.params, "param"))
    caller.store.logged_models.set_tags(model, _values(ask.tags, "tag"))
    return _answer(caller, model)


@operation("GET", "logged-models/{model_id}")
def get(caller: Caller, ask: LoggedModelRequest) -> LoggedModelAnswer:
    """Return a logged model."""
    return _answer(caller, ask.model_id)


@operation("PATCH", "logged-models/{model_id}", role="editor")
def finalize(caller: Caller, ask: FinalizeLoggedModel) -> LoggedModelAnswer:
    """Record whether the upload of a logged model succeeded or failed."""
    status = _STATUSES.get(ask.status)
    if status is None or status == "pending":
        raise invalid(f"Invalid model status: {ask.status}. Expected statuses: [READY, FAILED]")
    model = caller.logged_model(ask.model_id, "editor")
    caller.store.logged_models.finish(model.id, status, caller.now)
    return _answer(caller, model.id)


@operation("DELETE", "logged-models/{model_id}", role="editor", audited=True)
def delete(caller: Caller, ask: LoggedModelRequest) -> None:
    """Delete a logged model."""
    caller.store.logged_models.delete(caller.logged_model(ask.model_id, "editor").id, caller.now)


@operation("POST", "logged-models/search")
def search(caller: Caller, ask: SearchLoggedModels) -> LoggedModelsAnswer:
    """Search for logged models; the newest first by default."""
    if not all(one.dataset_name for one in ask.datasets):
        raise invalid("`dataset_name` in the `datasets` clause must be specified.")
    tree = read_filter(ask.filter, LOGGED_MODELS)
    sorts = tuple(
        ListingSort(
            _order_field(order.field_name),
            not order.ascending,
            DatasetName(order.dataset_name, order.dataset_digest)
            if order.dataset_name or order.dataset_digest
            else None,
        )
        for order in ask.order_by
    )
    chosen, following = caller.store.logged_models.find_page(
        Listing(
            where=tree,
            sort=sorts,
            limit=check_limit(ask.max_results, _MAX_PAGE),
            after=ask.page_token,
            only=caller.visible(map(check_experiment, ask.experiment_ids)),
            datasets=tuple(
                DatasetName(one.dataset_name, one.dataset_digest) for one in ask.datasets
            ),
        )
    )
    experiments = {one.experiment_id: caller.experiment(one.experiment_id) for one in chosen}
    return LoggedModelsAnswer(
        models=[
            message(
                one, artifact_root(experiments[one.experiment_id], ArtifactOwner("model", one.id))
            )
            for one in chosen
        ],
        next_page_token=following or UNSET,
    )


@operation("PATCH", "logged-models/{model_id}/tags", role="editor")
def set_tags(caller: Caller, ask: SetLoggedModelTags) -> None:
    """Set tags."""
    model = caller.logged_model(ask.model_id, "editor")
    caller.store.logged_models.set_tags(model.id, _values(ask.tags, "tag"))


@operation("DELETE", "logged-models/{model_id}/tags/{tag_key}", role="editor")
def delete_tag(caller: Caller, ask: DeleteLoggedModelTag) -> None:
    """Delete a tag."""
    model = caller.logged_model(ask.model_id, "editor")
    if not caller.store.logged_models.delete_tag(model.id, ask.tag_key):
        raise missing(f"No tag with key {ask.tag_key!r} found for model with ID {model.id!r}.")


@operation("POST", "logged-models/{model_id}/params", role="editor")
def log_params(caller: Caller, ask: LogModelParams) -> None:
    """Log parameters; the first value of each remains."""
    model = caller.logged_model(ask.model_id, "editor")
    caller.store.logged_models.log_params(model.id, _values(ask.params, "param"))


def _values(found: list[KeyValue], what: str) -> dict[str, str]:
    return {check_key(one.key, what): check_tag(one).value for one in found}


def _answer(caller: Caller, model: str) -> LoggedModelAnswer:
    found = caller.logged_model(model)
    root = artifact_root(caller.experiment(found.experiment_id), ArtifactOwner("model", found.id))
    return LoggedModelAnswer(model=message(found, root))


def message(model: LoggedModelRecord, root: str) -> LoggedModelMessage:
    """Convert a logged model to MLflow's message."""
    return LoggedModelMessage(
        info=LoggedModelInfo(
            model_id=model.id,
            experiment_id=model.experiment_id,
            name=model.name,
            creation_timestamp_ms=milliseconds(model.created),
            last_updated_timestamp_ms=milliseconds(model.updated),
            artifact_uri=root,
            status=_NAMES[model.status],
            model_type=model.type,
            source_run_id=model.source_run,
            tags=[KeyValue(key=key, value=value) for key, value in model.tags.items()],
        ),
        data=LoggedModelData(
            params=[KeyValue(key=key, value=value) for key, value in model.params.items()],
            metrics=[_point(model, one) for one in model.metrics],
        ),
    )


def _point(model: LoggedModelRecord, one: LoggedModelMetric) -> PointMessage:
    return PointMessage(
        key=one.key,
        value=number_for_json(one.value),
        timestamp=milliseconds(one.time),
        step=one.step,
        model_id=model.id,
        run_id=one.run or UNSET,
        dataset_name=one.dataset_name or UNSET,
        dataset_digest=one.dataset_digest or UNSET,
    )


def _order_field(name: str) -> Field:
    try:
        return parse_field(name, LOGGED_MODELS)
    except SearchError as error:
        raise invalid(f"Invalid order by field name: {name}") from error
