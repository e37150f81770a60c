"""The caller of an operation, and lookups of what they may see and change."""

from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec

from treadle.records import (
    AuditRecord,
    ExperimentRecord,
    LoggedModelRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    Role,
    RunState,
)
from treadle.server.attempts import Attempt
from treadle.server.principal import Principal
from treadle.server.rejections import DeniedError, Kind, MissingError
from treadle.store.sql import SqlStore

T = TypeVar("T")

_MAX_DIGITS: Final = 18  # of a version number


class Caller(msgspec.Struct, frozen=True):
    """The user of one request, with the store that it is about.

    Lookups check permissions: what the caller may not see does not exist for them (`MissingError`),
    and what they may not change is rejected (`DeniedError`).
    """

    store: SqlStore
    principal: Principal
    now: float
    """Seconds since the epoch."""
    webhooks: tuple[str, ...] | None
    """Hosts that webhooks may use though they are not on the internet; None where webhooks are
    off."""
    attempt: Attempt
    """For an operation that creates something: whether this repeats a request, and the new id."""
    has_sign_in: bool = False
    """Whether people sign in with an identity provider, and can sign out."""

    def sees(self, experiment: str) -> bool:
        """Return whether the caller may see an experiment and its runs."""
        return self.principal.may("viewer", experiment=experiment)

    def visible(self, experiments: Iterable[str]) -> tuple[str, ...]:
        """Return those experiments that the caller may see."""
        return tuple(filter(self.sees, experiments))

    def visible_experiments(self) -> tuple[str, ...] | None:
        """Return the experiments that the caller may see; None for all."""
        if not self.principal.may("viewer"):
            return self.visible(self.principal.experiments)
        if "none" not in self.principal.experiments.values():
            return None
        return self.visible(one.id for one in self.store.experiments.all())

    def may_add_to(self, experiment: str) -> bool:
        """Return whether the caller may add runs to the experiment with a name, even a new one."""
        found = self.store.experiments.find(experiment)
        return self.principal.may("editor", experiment=found.id if found else None)

    def may_log_to(self, run: str) -> bool:
        """Return whether the caller may log to a run, or to any new one if it does not exist."""
        state = self.store.runs.state(run)
        return self.principal.may("editor", experiment=state.experiment_id if state else None)

    def demand(self, need: Role, *, model: str | None = None) -> None:
        """Check that the caller has a role on the server, or on a model that may be new."""
        if not self.principal.may(need, model=model):
            raise DeniedError("server") if model is None else DeniedError("registered model", model)

    def demand_everywhere(self, need: Role) -> None:
        """Check that the caller has a role on every experiment and every model."""
        if not self.principal.may_everywhere(need):
            raise DeniedError("server")

    def experiment(self, experiment: str, need: Role = "viewer") -> ExperimentRecord:
        """Return the experiment with an id, on which the caller has a role."""
        found = self.store.experiments.get(experiment)
        return self._admit("experiment", experiment, found, need, found.id if found else None)

    def resolve_experiment(self, experiment: str, need: Role = "viewer") -> ExperimentRecord:
        """Return the experiment with a name or an id, on which the caller has a role."""
        found = self.store.experiments.find(experiment) or self.store.experiments.get(experiment)
        return self._admit("experiment", experiment, found, need, found.id if found else None)

    def find_experiment(self, name: str) -> ExperimentRecord | None:
        """Return the experiment with a name, if the caller may see it."""
        found = self.store.experiments.find(name)
        return found if found is not None and self.sees(found.id) else None

    def run(self, run: str, need: Role = "viewer") -> RunState:
        """Return the state of a run on which the caller has a role."""
        return self.admit(run, self.store.runs.state(run), need)

    def admit(self, run: str, state: RunState | None, need: Role) -> RunState:
        """Return the given state of a run, after checking that the caller has a role on it."""
        return self._admit("run", run, state, need, state.experiment_id if state else None)

    def find_run(self, run: str) -> RunState | None:
        """Return the state of a run, if the caller may see it."""
        state = self.store.runs.state(run)
        return state if state is not None and self.sees(state.experiment_id) else None

    def visible_runs(self, runs: Iterable[str]) -> frozenset[str]:
        """Return those of the runs with some ids that exist and that the caller may see."""
        states = self.store.runs.states(list(dict.fromkeys(runs)))
        return frozenset(run for run, state in states.items() if self.sees(state.experiment_id))

    def resolve_run(self, run: str) -> str:
        """Return the id of the run that an id, a name or a part of an id identifies for the caller.

        A caller who may not see all runs has to give the whole id: what a part matches could reveal
        runs of others.

        Raises:
            RunNotFoundError: No run is identified.
        """
        if self.visible_experiments() is None:
            return self.store.runs.resolve(run)
        self.run(run)
        return run

    def logged_model(self, model: str, need: Role = "viewer") -> LoggedModelRecord:
        """Return a logged model on which the caller has a role."""
        found = self.store.logged_models.get(model)
        experiment = found.experiment_id if found else None
        return self._admit("logged model", model, found, need, experiment)

    def find_logged_model(self, model: str, need: Role = "viewer") -> LoggedModelRecord | None:
        """Return a logged model, if the caller has a role on it."""
        found = self.store.logged_models.get(model)
        if found is None or not self.principal.may(need, experiment=found.experiment_id):
            return None
        return found

    def model(self, name: str, need: Role = "viewer") -> RegisteredModelRecord:
        """Return a registered model on which the caller has a role."""
        found = self.store.registry.model(name)
        return self._admit("registered model", name, found, need, model=name)

    def version(self, name: str, version: str, need: Role = "viewer") -> ModelVersionRecord:
        """Return a version of a registered model on which the caller has a role."""
        is_number = version.isascii() and version.isdigit() and len(version) <= _MAX_DIGITS
        found = self.store.registry.version(name, int(version)) if is_number else None
        return self._admit("model version", name, found, need, model=name, version=version)

    def _admit(
        self,
        kind: Kind,
        name: str,
        found: T | None,
        need: Role,
        experiment: str | None = None,
        *,
        model: str | None = None,
        version: str = "",
    ) -> T:
        may = self.principal.may
        if found is None or not may("viewer", experiment=experiment, model=model):
            raise MissingError(kind, name, version)
        if need != "viewer" and not may(need, experiment=experiment, model=model):
            raise DeniedError(kind, name)
        return found

    def audit(self, action: str, message: msgspec.Struct) -> None:
        """Record a change in the audit log, in the transaction of the change."""
        subject = msgspec.json.encode(message).decode()
        self.store.accounts.audit(
            AuditRecord(time=self.now, who=self.principal.name, action=action, subject=subject)
        )
