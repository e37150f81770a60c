"""The context of one call: the caller, what they may see, and lookups by MLflow's names."""

import logging
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from treadle.errors import StoreError
from treadle.records import (
    ARTIFACT_ROOT,
    ArtifactOwner,
    ExperimentRecord,
    LoggedModelRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    Role,
    RunState,
    Series,
)
from treadle.server.access import AfterCommit
from treadle.server.mlflow.attempts import Attempt
from treadle.server.mlflow.errors import MlflowError, invalid, missing
from treadle.server.principal import Principal
from treadle.store import RunLog, TeamStore

_log = logging.getLogger(__name__)

_WHOLE: Final = re.compile(r"-?[0-9]+")
_MAX_DIGITS: Final = 18  # of a version number


class Call(msgspec.Struct, frozen=True):
    """The context of a method of the protocol.

    All lookups go through here: what the caller may not see does not exist for them, and what they
    may not change is rejected.
    """

    store: TeamStore
    principal: Principal
    now: float
    """Seconds since the epoch."""
    webhooks: tuple[str, ...] | None = None
    """Hosts that webhooks may use though they are not on the internet; None where webhooks are
    off."""
    attempt: Attempt = msgspec.field(default_factory=lambda: Attempt(""))
    """For a method that creates something: whether this repeats a request, and the new id."""

    def experiment(self, experiment: str, need: Role = "viewer") -> ExperimentRecord:
        """Return an experiment on which the caller has a role."""
        check_experiment(experiment)
        found = self.store.experiments.get(experiment)
        if found is None or not self.principal.may("viewer", experiment=found.id):
            raise missing(f"No Experiment with id={experiment} exists")
        self._demand(need, experiment=found.id)
        return found

    def active_experiment(self, experiment: str) -> ExperimentRecord:
        """Return an experiment to which the caller may add."""
        found = self.experiment(experiment, "editor")
        if found.deleted is not None:
            raise invalid(
                f"The experiment {experiment} must be in the 'active' state. Current state is "
                "deleted."
            )
        return found

    def find_run(self, run: str) -> RunState | None:
        """Return the state of a run, if the caller may see it."""
        state = self.store.runs.state(run)
        visible = state is not None and self.principal.may("viewer", experiment=state.experiment_id)
        return state if visible else None

    def run(self, run: str, need: Role = "viewer") -> RunState:
        """Return the state of a run on which the caller has a role."""
        return self.admit(run, self.store.runs.state(run), need)

    def admit(self, run: str, state: RunState | None, need: Role) -> RunState:
        """Return the given state of a run, after checking that the caller has a role on it."""
        if state is None or not self.principal.may("viewer", experiment=state.experiment_id):
            raise missing(f"Run with id={run} not found")
        self._demand(need, experiment=state.experiment_id)
        return state

    def active_run(self, run: str) -> RunState:
        """Return the state of a run to which the caller may log."""
        return _demand_active(run, self.run(run, "editor"))

    def open_log(self, run: str, series: Mapping[str, Series], *, digest: str) -> RunLog:
        """Open a run to which the caller may log; log points to it unless the request is a repeat.

        Args:
            run: Its id.
            series: The points.
            digest: Identifies the request if it is repeated; required with points.
        """
        log = self.store.runs.open_log(run, series, digest=digest, time=self.now)
        self._admit_to_log(run, log)
        return log

    def log_points(
        self, run: str, series: Mapping[str, Series], *, digest: str
    ) -> AfterCommit[None]:
        """Log points to a run and nothing else, unless the request is a repeat.

        Args:
            run: Its id.
            series: The points.
            digest: Identifies the request if it is repeated.

        Returns:
            A check after the commit that the run exists; to a deleted run, nothing was logged.
        """
        log = self.store.runs.open_log(run, series, digest=digest, time=self.now)
        if not self.principal.may_everywhere("editor"):
            self._admit_to_log(run, log)  # before anything is stored

        def answer() -> None:
            self._admit_to_log(run, log)
            try:
                log.pack()
            except StoreError as error:  # retried with the next points
                _log.warning("Points of run %s are stored, but could not be packed: %s", run, error)

        return AfterCommit(answer)

    def _admit_to_log(self, run: str, log: RunLog) -> None:
        _demand_active(run, self.admit(run, log.state, "editor"))

    def find_logged_model(self, model: str) -> LoggedModelRecord | None:
        """Return a logged model, if the caller may see it."""
        found = self.store.logged_models.get(model)
        visible = found is not None and self.principal.may("viewer", experiment=found.experiment_id)
        return found if visible else None

    def logged_model(self, model: str, need: Role = "viewer") -> LoggedModelRecord:
        """Return a logged model on which the caller has a role."""
        found = self.find_logged_model(model)
        if found is None:
            raise missing(f"Logged model with ID '{model}' not found.")
        self._demand(need, experiment=found.experiment_id)
        return found

    def model(self, name: str, need: Role = "viewer") -> RegisteredModelRecord:
        """Return a registered model on which the caller has a role."""
        check_model_name(name)
        found = self.store.registry.model(name)
        if found is None or not self.principal.may("viewer", model=name):
            raise missing(f"Registered Model with name={name} not found")
        self._demand(need, model=name)
        return found

    def version(self, name: str, version: str, need: Role = "viewer") -> ModelVersionRecord:
        """Return a version of a model on which the caller has a role."""
        check_model_name(name)
        if not _WHOLE.fullmatch(version):
            raise invalid(f"Parameter 'version' must be an integer, got '{version}'.")
        can_be = version.isdigit() and len(version) <= _MAX_DIGITS
        found = self.store.registry.version(name, int(version)) if can_be else None
        if found is None or not self.principal.may("viewer", model=name):
            raise missing(f"Model Version (name={name}, version={version}) not found")
        self._demand(need, model=name)
        return found

    def _demand(
        self, need: Role, *, experiment: str | None = None, model: str | None = None
    ) -> None:
        if not self.principal.may(need, experiment=experiment, model=model):
            raise MlflowError("PERMISSION_DENIED", "Permission denied")

    def visible(self, experiments: list[str]) -> tuple[str, ...]:
        """Return the experiments that the caller may see."""
        for one in experiments:
            check_experiment(one)
        return tuple(one for one in experiments if self.principal.may("viewer", experiment=one))


def _demand_active(run: str, state: RunState) -> RunState:
    if state.is_deleted:
        raise invalid(f"The run {run} must be in the 'active' state. Current state is deleted.")
    return state


def check_experiment(experiment: str) -> None:
    """Reject an invalid experiment id."""
    if not re.fullmatch(r"-?\d+", experiment, re.ASCII):
        raise invalid(
            f"Invalid experiment ID '{experiment[:100]}'. Experiment ID must be a valid integer."
        )


def check_model_name(name: str) -> str:
    """Validate the name of a registered model."""
    if not name or not name.strip():
        raise invalid("Registered model name cannot be empty.")
    if "/" in name or ":" in name:
        raise invalid(f"Invalid model name: '{name}'. Names cannot contain '/' or ':'.")
    if name in (".", ".."):
        raise invalid(f"Invalid model name: '{name}'. It would mean a folder.")
    return name


def experiment_root(experiment: ExperimentRecord) -> str:
    """Return the root URI of the artifacts of an experiment."""
    return experiment.artifact_location or f"{ARTIFACT_ROOT}/{experiment.id}"


def artifact_root(experiment: ExperimentRecord, owner: ArtifactOwner) -> str:
    """Return the root URI of the artifacts of a run or a logged model."""
    middle = "models/" if owner.kind == "model" else ""
    return f"{experiment_root(experiment).rstrip('/')}/{middle}{owner.id}/artifacts"
