"""MLflow's calls about experiments."""

import re

from msgspec import UNSET, UnsetType

from treadle.records import ARTIFACT_ROOT, ExperimentRecord
from treadle.server.caller import Caller
from treadle.server.mlflow.artifact_roots import experiment_root
from treadle.server.mlflow.checks import (
    MAX_EXPERIMENT_TAG,
    check_key,
    check_location,
    check_tag,
    view,
)
from treadle.server.mlflow.entities import ExperimentMessage, KeyValue, Message, milliseconds
from treadle.server.mlflow.errors import MlflowError, invalid, missing
from treadle.server.mlflow.lifecycle import active_experiment
from treadle.server.mlflow.listing import as_listed, check_limit
from treadle.server.mlflow.vocabularies import EXPERIMENTS, read_filter, read_order
from treadle.server.operation import operation
from treadle.store import has_control_characters
from treadle.store.search.listing import Listing
from treadle.store.search.tree import Field, Sort

_DEFAULT = "0"
# The default experiment has another name in MLflow, whose users may create one called "default":
# the two names are swapped.
_NAMES = {"default": "Default", "Default": "default"}
_MAX_NAME = 500
_MAX_PAGE = 50_000


class CreateExperiment(Message, kw_only=True):
    name: str
    artifact_location: str = ""
    tags: list[KeyValue] = []


class CreatedExperiment(Message, kw_only=True):
    experiment_id: str


class GetExperiment(Message, kw_only=True):
    experiment_id: str


class GetExperimentByName(Message, kw_only=True):
    experiment_name: str


class ExperimentAnswer(Message, kw_only=True):
    experiment: ExperimentMessage


class SearchExperiments(Message, kw_only=True):
    max_results: int = 1000
    page_token: str = ""
    filter: str = ""
    order_by: list[str] = []
    view_type: str | int = "ACTIVE_ONLY"


class ExperimentsAnswer(Message, kw_only=True):
    experiments: list[ExperimentMessage] = []
    next_page_token: str | UnsetType = UNSET


class UpdateExperiment(Message, kw_only=True):
    experiment_id: str
    new_name: str


class SetExperimentTag(Message, kw_only=True):
    experiment_id: str
    key: str
    value: str = ""


class DeleteExperimentTag(Message, kw_only=True):
    experiment_id: str
    key: str


class SearchDatasets(Message, kw_only=True):
    experiment_ids: list[str] = []


class DatasetSummary(Message, kw_only=True):
    experiment_id: str
    name: str
    digest: str
    context: str | UnsetType = UNSET


class DatasetsAnswer(Message, kw_only=True):
    dataset_summaries: list[DatasetSummary] = []


@operation("POST", "experiments/create", role="editor", audited=True, creates=True)
def create(caller: Caller, ask: CreateExperiment) -> CreatedExperiment:
    """Create an experiment; names are unique, including those of deleted experiments."""
    name = _check_name(ask.name)
    for tag in ask.tags:
        check_key(tag.key, "tag")
    caller.demand("editor")
    made = caller.store.experiments.create(
        name,
        created=caller.now,
        artifact_location=_whole(check_location(ask.artifact_location)),
        tags={tag.key: check_tag(tag, MAX_EXPERIMENT_TAG).value for tag in ask.tags},
    )
    if made is None:
        taken = caller.store.experiments.find(name)
        if taken is None or not caller.attempt.has_made(taken.id, taken.created):
            raise _taken(caller, ask.name)
        return CreatedExperiment(experiment_id=taken.id)
    caller.attempt.note(made, caller.now)
    return CreatedExperiment(experiment_id=made)


@operation("GET", "experiments/get")
def get(caller: Caller, ask: GetExperiment) -> ExperimentAnswer:
    """Return an experiment by its id."""
    return ExperimentAnswer(experiment=message(caller.experiment(ask.experiment_id)))


@operation("GET", "experiments/get-by-name")
def get_by_name(caller: Caller, ask: GetExperimentByName) -> ExperimentAnswer:
    """Return an experiment by its name; clients create it if the response is that none exists."""
    found = caller.find_experiment(_own_name(ask.experiment_name))
    if found is None:
        raise missing(f"Could not find experiment with name '{ask.experiment_name}'")
    return ExperimentAnswer(experiment=message(found))


@operation(("POST", "GET"), "experiments/search")
def search(caller: Caller, ask: SearchExperiments) -> ExperimentsAnswer:
    """Search for experiments; the newest first by default."""
    wanted = view(ask.view_type, "view_type")
    tree = read_filter(ask.filter, EXPERIMENTS)
    sorts = read_order(ask.order_by, EXPERIMENTS) or [
        Sort(Field("attribute", "created"), descending=True)
    ]
    only, without = caller.principal.scope("experiment")
    found, following = caller.store.experiments.find_page(
        Listing(
            where=tree,
            sort=as_listed(sorts),
            limit=check_limit(ask.max_results, _MAX_PAGE),
            after=ask.page_token,
            lifecycle=wanted,
            only=only,
            without=without,
        )
    )
    return ExperimentsAnswer(
        experiments=[message(one) for one in found], next_page_token=following or UNSET
    )


@operation("POST", "experiments/update", role="editor", audited=True)
def update(caller: Caller, ask: UpdateExperiment) -> None:
    """Rename an experiment."""
    experiment = caller.experiment(ask.experiment_id, "editor")
    if experiment.deleted is not None:
        raise MlflowError("INVALID_STATE", "Cannot rename a non-active experiment.")
    if not caller.store.experiments.rename(experiment.id, _check_name(ask.new_name), caller.now):
        raise _taken(caller, ask.new_name)


@operation("POST", "experiments/delete", role="editor", audited=True)
def delete(caller: Caller, ask: GetExperiment) -> None:
    """Delete an experiment and its runs; they can be restored."""
    experiment = caller.experiment(ask.experiment_id, "editor")
    if experiment.deleted is not None:
        raise missing(f"No Experiment with id={ask.experiment_id} exists")
    if experiment.id == _DEFAULT:
        raise invalid("Cannot delete the default experiment: it holds the runs that name none.")
    caller.store.experiments.delete(experiment.id, caller.now)


@operation("POST", "experiments/restore", role="editor", audited=True)
def restore(caller: Caller, ask: GetExperiment) -> None:
    """Restore a deleted experiment and its runs."""
    experiment = caller.experiment(ask.experiment_id, "editor")
    if experiment.deleted is None:
        raise missing(f"No deleted Experiment with id={ask.experiment_id} exists")
    caller.store.experiments.restore(experiment.id, caller.now)


@operation("POST", "experiments/set-experiment-tag", role="editor", audited=True)
def set_tag(caller: Caller, ask: SetExperimentTag) -> None:
    """Set a tag."""
    experiment = active_experiment(caller, ask.experiment_id)
    check_tag(KeyValue(key=check_key(ask.key, "tag"), value=ask.value), MAX_EXPERIMENT_TAG)
    caller.store.experiments.set_tags(experiment.id, {ask.key: ask.value})


@operation("POST", "experiments/delete-experiment-tag", role="editor", audited=True)
def delete_tag(caller: Caller, ask: DeleteExperimentTag) -> None:
    """Delete a tag."""
    experiment = active_experiment(caller, ask.experiment_id)
    if not caller.store.experiments.delete_tag(experiment.id, ask.key):
        raise missing(f"No tag with name: {ask.key} in experiment with id {ask.experiment_id}")


@operation("POST", "experiments/search-datasets")
def search_datasets(caller: Caller, ask: SearchDatasets) -> DatasetsAnswer:
    """List the datasets that are inputs of runs of some experiments."""
    if not ask.experiment_ids:
        raise invalid("SearchDatasets request must specify at least one experiment_id.")
    if len(ask.experiment_ids) > 20:  # noqa: PLR2004
        raise invalid(
            "Invalid value for parameter 'experiment_ids' supplied: at most 20 experiments can be "
            "asked for."
        )
    experiments = [caller.experiment(one).id for one in ask.experiment_ids]
    found = caller.store.runs.datasets(experiments, 1000)
    return DatasetsAnswer(
        dataset_summaries=[
            DatasetSummary(
                experiment_id=experiment, name=name, digest=digest, context=context or UNSET
            )
            for experiment, name, digest, context in found
        ]
    )


def message(experiment: ExperimentRecord) -> ExperimentMessage:
    """Convert an experiment to MLflow's message."""
    return ExperimentMessage(
        experiment_id=experiment.id,
        name=_own_name(experiment.name),
        artifact_location=experiment_root(experiment),
        lifecycle_stage="active" if experiment.deleted is None else "deleted",
        last_update_time=milliseconds(experiment.updated),
        creation_time=milliseconds(experiment.created),
        tags=[KeyValue(key=key, value=value) for key, value in experiment.tags.items()],
    )


def _whole(location: str) -> str:
    """Return an artifact location with its scheme; a relative one is below this server's root."""
    is_relative = location and not re.match(r"[A-Za-z][\w+.\-]*:|/", location)
    return f"{ARTIFACT_ROOT}/{location}" if is_relative else location


def _own_name(name: str) -> str:
    """Return Treadle's name of an experiment for MLflow's, or MLflow's for Treadle's."""
    return _NAMES.get(name, name)


def _check_name(name: str) -> str:
    if not name.strip():
        raise invalid(f"Invalid experiment name: {name[:50]!r}. Experiment name cannot be empty.")
    if len(name) > _MAX_NAME or has_control_characters(name):
        raise invalid(
            f"'{name[:50]}' cannot be the name of an experiment: it exceeds the maximum length of "
            f"{_MAX_NAME} characters,"
            " or has control characters"
        )
    return _own_name(name)


def _taken(caller: Caller, name: str) -> MlflowError:
    known = caller.store.experiments.find(_own_name(name))
    if known is not None and known.deleted is not None:
        return MlflowError(
            "RESOURCE_ALREADY_EXISTS",
            f"Experiment(name={name}) already exists. Experiment '{name}' already exists in deleted"
            " state. You can restore the experiment, or permanently delete"
            ' it with "treadle gc" to create a new one.',
        )
    return MlflowError("RESOURCE_ALREADY_EXISTS", f"Experiment(name={name}) already exists.")
