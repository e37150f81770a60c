"""The record of a run besides its results: request, configuration, code, environment."""

from typing import Any, Final, Generic, TypeVar

import msgspec

from treadle.errors import ConflictError
from treadle.provenance.environment import Environment
from treadle.provenance.git import GitState
from treadle.provenance.request import PipelineRequest, ProjectRequest, Request, ScriptRequest
from treadle.records import RunDetails
from treadle.records.graph import GraphSnapshot


def read_graph(details: RunDetails) -> GraphSnapshot:
    """Return the graph of a run; without nodes if none was recorded."""
    return _read(details, "graph", GraphSnapshot) or GraphSnapshot()


RequestT = TypeVar("RequestT")


class Configuration(msgspec.Struct, Generic[RequestT], frozen=True, kw_only=True):
    """The configuration of a run, after interpolation and with secrets masked."""

    request: RequestT | None = None
    """None if the run was started from Python."""
    seed: int = 0
    environment: str = ""
    parameters: dict[str, Any] = {}
    catalog: dict[str, Any] = {}


_FORMS: Final[dict[str, Any]] = {
    "pipeline": Configuration[PipelineRequest],
    "script": Configuration[ScriptRequest],
    "project": Configuration[ProjectRequest],
}
"""Forms of the configuration by kind of run."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A run with its request, configuration, code and environment."""

    details: RunDetails
    configuration: Configuration[Request]
    git: GitState | None
    environment: Environment | None

    @property
    def label(self) -> str:
        """The name of the run in messages."""
        return f"{self.details.run.name} ({self.details.run.id[-8:]})"


def read_recorded(details: RunDetails) -> Recorded:
    """Read the snapshots of a run.

    Raises:
        ConflictError: One of them has a format that this version does not support.
    """
    return Recorded(
        details=details,
        configuration=read_configuration(details),
        git=read_git_state(details),
        environment=read_environment_record(details),
    )


def read_configuration(details: RunDetails) -> Configuration[Request]:
    """Return the configuration of a run; without a request if none is recorded."""
    form = _FORMS.get(details.run.kind, Configuration[PipelineRequest])
    found: Configuration[Request] | None = _read(details, "config", form)
    return found or Configuration()


def read_git_state(details: RunDetails) -> GitState | None:
    """Return the state of the code's repository; None if it is not recorded."""
    found: GitState | None = _read(details, "git", GitState)
    return found


def read_environment_record(details: RunDetails) -> Environment | None:
    """Return the environment of a run; None if it is not recorded."""
    found: Environment | None = _read(details, "environment", Environment)
    return found


def _read(details: RunDetails, kind: str, form: Any) -> Any:
    if kind not in details.snapshots:
        return None
    try:
        return msgspec.json.decode(details.snapshots[kind], type=form)
    except msgspec.ValidationError as error:
        raise ConflictError(
            f'What is recorded of run "{details.run.name}" as {kind} cannot be read: {error}.',
            hint="Was it recorded by a newer Treadle?",
        ) from error
