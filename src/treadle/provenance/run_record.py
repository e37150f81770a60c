"""The record of a run besides its results: request, configuration, code, environment."""

from typing import Any

import msgspec

from treadle.errors import ConflictError
from treadle.provenance.environment import Environment
from treadle.provenance.git import GitState
from treadle.records import RunDetails
from treadle.records.graph import GraphSnapshot


def read_graph(details: RunDetails) -> GraphSnapshot:
    """Return the graph of a run; without nodes if none was recorded."""
    return _read(details, "graph", GraphSnapshot) or GraphSnapshot()


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The request for a run, as on the command line."""

    target: str = ""
    """The pipeline, or the full path of a file."""
    arguments: list[str] = []
    """The arguments of a script."""
    entry_point: str = ""
    """The entry point of a project of MLflow."""
    shell: bool = False
    """Whether its command may use a shell."""
    conf_source: str = ""
    environment: str = ""
    params: list[str] = []
    nodes: list[str] = []
    tags: list[str] = []
    from_nodes: list[str] = []
    to_nodes: list[str] = []
    from_inputs: list[str] = []
    to_outputs: list[str] = []
    namespace: list[str] = []
    load_versions: dict[str, str] = {}


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of a run, after interpolation and with secrets masked."""

    request: Request | None = None
    """None if the run was started from Python."""
    seed: int = 0
    environment: str = ""
    parameters: dict[str, Any] = {}
    catalog: dict[str, Any] = {}


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A run with its request, configuration, code and environment."""

    details: RunDetails
    configuration: Configuration
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
        configuration=_read(details, "config", Configuration) or Configuration(),
        git=_read(details, "git", GitState),
        environment=_read(details, "environment", Environment),
    )


def _read(details: RunDetails, kind: str, form: type[Any]) -> Any:
    if kind not in details.snapshots:
        return None
    try:
        return msgspec.json.decode(details.snapshots[kind], type=form)
    except msgspec.ValidationError as error:
        raise ConflictError(
            f'What is recorded of run "{details.run.name}" as {kind} cannot be read: {error}.',
            hint="Was it recorded by a newer Treadle?",
        ) from error
