"""Lookups of experiments and runs that must not be deleted, because something is added to them."""

from treadle.records import ExperimentRecord, RunState
from treadle.server.caller import Caller
from treadle.server.mlflow.errors import MlflowError, invalid


def active_experiment(caller: Caller, experiment: str) -> ExperimentRecord:
    """Return an experiment to which the caller may add."""
    found = caller.experiment(experiment, "editor")
    if found.deleted is not None:
        raise _deleted("experiment", experiment)
    return found


def active_run(caller: Caller, run: str) -> RunState:
    """Return the state of a run to which the caller may log."""
    return admit_active_run(caller, run, caller.store.runs.state(run))


def admit_active_run(caller: Caller, run: str, state: RunState | None) -> RunState:
    """Return the given state of a run, after checking that the caller may log to it."""
    found = caller.admit(run, state, "editor")
    if found.is_deleted:
        raise _deleted("run", run)
    return found


def _deleted(kind: str, name: str) -> MlflowError:
    return invalid(f"The {kind} {name} must be in the 'active' state. Current state is deleted.")
