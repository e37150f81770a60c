"""The common interface of MLflow stores: they are read as the records of a Treadle store."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from treadle.addresses import split_location
from treadle.interop.mlflow.omissions import Omissions
from treadle.records import (
    ArtifactOwner,
    ExperimentRecord,
    LoggedModelRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    RunContents,
    RunRecord,
    Series,
    Status,
)

_STATUSES: dict[str, Status] = {
    "RUNNING": "running",
    "SCHEDULED": "scheduled",
    "FINISHED": "finished",
    "FAILED": "failed",
    "KILLED": "killed",
    "1": "running",
    "2": "scheduled",
    "3": "finished",
    "4": "failed",
    "5": "killed",
}


class MlflowSource(Protocol):
    """An MLflow store. What cannot be read is recorded as an omission, and the rest is read."""

    @property
    def omissions(self) -> Omissions:
        """What could not be read so far."""
        ...

    def experiments(self) -> Iterator[ExperimentRecord]:
        """Yield all experiments, including deleted ones."""
        ...

    def runs(self, experiment: str) -> Iterator[RunContents]:
        """Yield all runs of an experiment, including deleted ones."""
        ...

    def points(self, run: str) -> Mapping[str, Series]:
        """Return the full history of every metric of a run, by time."""
        ...

    def logged_models(self, experiment: str) -> Iterator[LoggedModelRecord]:
        """Yield the logged models of an experiment."""
        ...

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Yield all registered models."""
        ...

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Yield all versions of registered models."""
        ...

    def artifacts(self, owner: ArtifactOwner) -> Iterator[tuple[str, Path]]:
        """Yield the files of a run or a logged model: relative path, and local path for now."""
        ...

    def close(self) -> None:
        """Close the source."""
        ...


def make_run(
    *,
    run: str,
    experiment: str,
    name: str,
    status: str,
    started: float,
    ended: float | None,
    user: str,
    deleted: float | None,
    params: Mapping[str, str],
    tags: Mapping[str, str],
) -> RunRecord:
    """Return the record of a run as MLflow describes it."""
    return RunRecord(
        id=run,
        name=name or tags.get("mlflow.runName", ""),
        experiment="",
        experiment_id=experiment,
        status=_STATUSES.get(str(status), "finished"),
        started=started,
        ended=ended,
        kind="code",
        command=tags.get("mlflow.source.name", ""),
        user=user or tags.get("mlflow.user", ""),
        parent=tags.get("mlflow.parentRunId", ""),
        error=None,
        dropped=0,
        params=dict(params),
        metrics={},
        tags=dict(tags),
        deleted=deleted,
    )


def find_local(location: str, *others: Path) -> Path | None:
    """Return the local directory of an artifact location, or where it was moved to.

    MLflow ends each location with the id of its owner and ``artifacts``. One that does not could
    name any directory of this machine, and so could a link: neither is followed.

    Args:
        location: The location at the source.
        others: Where the directory may have been moved to.
    """
    parts = split_location(location)
    places = list(others)
    said = None
    if parts.scheme == "file":
        said = Path(unquote(parts.path))
    elif location and (not parts.scheme or len(parts.scheme) == 1):
        said = Path(location)
    if said is not None and said.parts[-2:] == others[0].parts[-2:]:
        places.insert(0, said)
    return next((one for one in places if one.is_dir() and not one.is_symlink()), None)


def is_elsewhere(location: str) -> bool:
    """Whether an artifact location is an object store or another service, not a local directory.

    ``mlflow-artifacts:`` is not: its server stores the files in a directory, which is looked for.

    Examples:
        >>> is_elsewhere("s3://models/1/a/artifacts"), is_elsewhere("file:///mlruns/1/a/artifacts")
        (True, False)
        >>> is_elsewhere("C:/mlruns/1"), is_elsewhere("mlflow-artifacts:/1/a/artifacts")
        (False, False)
    """
    scheme = split_location(location).scheme
    return len(scheme) > 1 and scheme not in ("file", "mlflow-artifacts")


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file of a directory with its relative path; links out of it are skipped."""
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.resolve().is_relative_to(root):
            yield path.relative_to(folder).as_posix(), path


def find_logged_model(source: str) -> str:
    """Return the id of the logged model that is a version's source; empty if there is none."""
    is_logged = source.startswith("models:/m-")
    return source.removeprefix("models:/").partition("/")[0] if is_logged else ""


def to_seconds(milliseconds: float | str | None) -> float:
    """Convert a time of MLflow to seconds since the epoch; 0 for none."""
    return float(milliseconds or 0) / 1000
