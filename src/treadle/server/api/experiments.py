"""Operations of the native API on experiments."""

import msgspec

from treadle.records import ExperimentChange, ExperimentRecord, ExperimentSummary
from treadle.server.caller import Caller
from treadle.server.operation import operation


class ListExperiments(msgspec.Struct, frozen=True, kw_only=True):
    """A request for all experiments."""


class Change(ExperimentChange, frozen=True, kw_only=True):
    """An experiment, by its name or id, and the change to it."""

    experiment: str


@operation("GET", "experiments")
def list_all(caller: Caller, ask: ListExperiments) -> list[ExperimentSummary]:
    """List all experiments, including deleted ones, by id."""
    return [one for one in caller.store.list_experiments() if caller.sees(one.experiment.id)]


@operation("POST", "experiment/change", role="editor", audited=True)
def change(caller: Caller, ask: Change) -> ExperimentRecord:
    """Rename, tag, delete or restore an experiment; its runs are deleted and restored with it."""
    caller.resolve_experiment(ask.experiment, "editor")
    wanted = ExperimentChange(name=ask.name, tags=ask.tags, untag=ask.untag, deleted=ask.deleted)
    changed: ExperimentRecord = caller.store.change_experiment(ask.experiment, wanted, caller.now)
    return changed
