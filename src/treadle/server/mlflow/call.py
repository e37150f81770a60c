"""One call: who makes it, what of the store it may see, and the names that MLflow's clients use."""

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

__all__ = ["Call", "artifact_root", "experiment_root"]

_log = logging.getLogger(__name__)

_WHOLE: Final = re.compile(r"-?[0-9]+")
_MAX_DIGITS: Final = 18  # of a version


class Call(msgspec.Struct, frozen=True):
    """What a method of the protocol works with.

    Everything that it looks up goes through here: what the caller must not see is not there, and what
    they must not change is refused.
    """

    store: TeamStore
    principal: Principal
    now: float
    """Seconds since the epoch."""
    webhooks: tuple[str, ...] | None = None
    """Hosts that are not on the internet, and may be told all the same; None where nobody may be."""
    attempt: Attempt = msgspec.field(default_factory=lambda: Attempt(""))
    """Of a method that creates something: whether this repeats a request, and the new id."""

    def experiment(self, experiment: str, need: Role = "viewer") -> ExperimentRecord:
        """Give an experiment that the caller may use as needed."""
        check_experiment(experiment)
        found = self.store.experiments.get(experiment)
        if found is None or not self.principal.may("viewer", experiment=found.id):
            raise missing(f"No Experiment with id={experiment} exists")
        self._demand(need, experiment=found.id)
        return found

    def active_experiment(self, experiment: str) -> ExperimentRecord:
        """Give an experiment that the caller may add to."""
        found = self.experiment(experiment, "editor")
        if found.deleted is not None:
            raise invalid(f"The experiment {experiment} must be in the 'active' state. Current state is deleted.")
        return found

    def find_run(self, run: str) -> RunState | None:
        """Return where a run is, if the caller may see it."""
        state = self.store.runs.state(run)
        visible = state is not None and self.principal.may("viewer", experiment=state.experiment_id)
        return state if visible else None

    def run(self, run: str, need: Role = "viewer") -> RunState:
        """Say where a run is that the caller may use as needed."""
        return self.admit(run, self.store.runs.state(run), need)

    def admit(self, run: str, state: RunState | None, need: Role) -> RunState:
        """Let a caller at a run whose state is known, if they may use it as needed."""
        if state is None or not self.principal.may("viewer", experiment=state.experiment_id):
            raise missing(f"Run with id={run} not found")
        self._demand(need, experiment=state.experiment_id)
        return state

    def active_run(self, run: str) -> RunState:
        """Say where a run is that the caller may log to."""
        return _demand_active(run, self.run(run, "editor"))

    def open_log(self, run: str, series: Mapping[str, Series], *, digest: str) -> RunLog:
        """Open a run that the caller may log to, and log points to it unless they came before.

        Args:
            run: Its id.
            series: The points.
            digest: What the request is known by if it comes again; needed with points.
        """
        log = self.store.runs.open_log(run, series, digest=digest, time=self.now)
        self._admit_to_log(run, log)
        return log

    def log_points(self, run: str, series: Mapping[str, Series], *, digest: str) -> AfterCommit[None]:
        """Log points to a run and nothing else, unless they came before.

        Args:
            run: Its id.
            series: The points.
            digest: What the request is known by if it comes again.

        Returns:
            What says after the commit whether there is such a run; to one in the bin nothing was logged.
        """
        log = self.store.runs.open_log(run, series, digest=digest, time=self.now)
        if not self.principal.may_everywhere("editor"):
            self._admit_to_log(run, log)  # before anything is kept

        def answer() -> None:
            self._admit_to_log(run, log)
            try:
                log.pack()
            except StoreError as error:  # the next points will have it tried again
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
        """Give a logged model that the caller may use as needed."""
        found = self.find_logged_model(model)
        if found is None:
            raise missing(f"Logged model with ID '{model}' not found.")
        self._demand(need, experiment=found.experiment_id)
        return found

    def model(self, name: str, need: Role = "viewer") -> RegisteredModelRecord:
        """Give a registered model that the caller may use as needed."""
        check_model_name(name)
        found = self.store.registry.model(name)
        if found is None or not self.principal.may("viewer", model=name):
            raise missing(f"Registered Model with name={name} not found")
        self._demand(need, model=name)
        return found

    def version(self, name: str, version: str, need: Role = "viewer") -> ModelVersionRecord:
        """Give a version of a model that the caller may use as needed."""
        check_model_name(name)
        if not _WHOLE.fullmatch(version):
            raise invalid(f"Parameter 'version' must be an integer, got '{version}'.")
        can_be = version.isdigit() and len(version) <= _MAX_DIGITS
        found = self.store.registry.version(name, int(version)) if can_be else None
        if found is None or not self.principal.may("viewer", model=name):
            raise missing(f"Model Version (name={name}, version={version}) not found")
        self._demand(need, model=name)
        return found

    def _demand(self, need: Role, *, experiment: str | None = None, model: str | None = None) -> None:
        if not self.principal.may(need, experiment=experiment, model=model):
            raise MlflowError("PERMISSION_DENIED", "Permission denied")

    def visible(self, experiments: list[str]) -> tuple[str, ...]:
        """Leave out the experiments that the caller must not see."""
        for one in experiments:
            check_experiment(one)
        return tuple(one for one in experiments if self.principal.may("viewer", experiment=one))


def _demand_active(run: str, state: RunState) -> RunState:
    if state.is_deleted:
        raise invalid(f"The run {run} must be in the 'active' state. Current state is deleted.")
    return state


def check_experiment(experiment: str) -> None:
    """Refuse what is not the id of any experiment."""
    if not re.fullmatch(r"-?\d+", experiment, re.ASCII):
        raise invalid(f"Invalid experiment ID '{experiment[:100]}'. Experiment ID must be a valid integer.")


def check_model_name(name: str) -> str:
    """Refuse what cannot name a registered model."""
    if not name or not name.strip():
        raise invalid("Registered model name cannot be empty.")
    if "/" in name or ":" in name:
        raise invalid(f"Invalid model name: '{name}'. Names cannot contain '/' or ':'.")
    if name in (".", ".."):
        raise invalid(f"Invalid model name: '{name}'. It would mean a folder.")
    return name


def experiment_root(experiment: ExperimentRecord) -> str:
    """Give the address that the artifacts of an experiment are under."""
    return experiment.artifact_location or f"{ARTIFACT_ROOT}/{experiment.id}"


def artifact_root(experiment: ExperimentRecord, owner: ArtifactOwner) -> str:
    """Give the address that the artifacts of a run or a logged model are under."""
    middle = "models/" if owner.kind == "model" else ""
    return f"{experiment_root(experiment).rstrip('/')}/{middle}{owner.id}/artifacts"
