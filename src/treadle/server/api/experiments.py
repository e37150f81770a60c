"""Operations of the native API on experiments."""

import msgspec

from treadle.errors import AccessError, ExperimentNotFoundError
from treadle.records import AuditRecord, ExperimentChange, ExperimentRecord, ExperimentSummary
from treadle.server.api.operation import Call, operation


class ListExperiments(msgspec.Struct, frozen=True, kw_only=True):
    """A request for all experiments."""


class Change(ExperimentChange, frozen=True, kw_only=True):
    """An experiment, by its name or id, and the change to it."""

    experiment: str


@operation("GET", "/experiments")
def list_all(call: Call, ask: ListExperiments) -> list[ExperimentSummary]:
    """List all experiments, including deleted ones, by id."""
    return [
        one
        for one in call.store.list_experiments()
        if call.principal.may("viewer", experiment=one.experiment.id)
    ]


@operation("POST", "/experiment/change", role="editor")
def change(call: Call, ask: Change) -> ExperimentRecord:
    """Rename, tag, delete or restore an experiment; its runs are deleted and restored with it."""
    found = call.store.experiments.find(ask.experiment) or call.store.experiments.get(
        ask.experiment
    )
    if found is None or not call.principal.may("viewer", experiment=found.id):
        raise ExperimentNotFoundError(f'There is no experiment "{ask.experiment}".')
    if not call.principal.may("editor", experiment=found.id):
        raise AccessError(f'You may not change the experiment "{found.name}".')
    wanted = ExperimentChange(name=ask.name, tags=ask.tags, untag=ask.untag, deleted=ask.deleted)
    changed: ExperimentRecord = call.store.change_experiment(ask.experiment, wanted, call.now)
    subject = msgspec.json.encode(ask).decode()
    call.store.accounts.audit(
        AuditRecord(
            time=call.now, who=call.principal.name, action="experiment/change", subject=subject
        )
    )
    return changed


CALLS = (list_all, change)
