"""The common interface of MLflow stores: they are read as the records of a Treadle store."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from treadle.interop.mlflow.omissions import Omissions
from treadle.records import (
    ArtifactOwner,
    ExperimentRecord,
    LoggedModelRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    RunContents,
    Series,
)


class SourceArtifacts(msgspec.Struct, frozen=True):
    """The artifacts of a run or a logged model of the source."""

    owner: ArtifactOwner
    experiment: str
    """The id of its experiment at the source."""
    location: str
    """The URL or path of their directory, as the source names it."""


class SourceRun(msgspec.Struct, frozen=True):
    """A run of the source, without its points and files."""

    contents: RunContents
    artifacts: SourceArtifacts
    metrics: tuple[str, ...] = ()
    """The names of its metrics, where the source lists them with the run."""


class SourceModel(msgspec.Struct, frozen=True):
    """A logged model of the source, without its files."""

    record: LoggedModelRecord
    artifacts: SourceArtifacts


class MlflowSource(Protocol):
    """An MLflow store. What cannot be read is recorded as an omission, and the rest is read."""

    @property
    def omissions(self) -> Omissions:
        """What could not be read so far."""
        ...

    def experiments(self) -> Iterator[ExperimentRecord]:
        """Yield all experiments, including deleted ones."""
        ...

    def runs(self, experiment: str) -> Iterator[SourceRun]:
        """Yield all runs of an experiment, including deleted ones."""
        ...

    def points(self, run: SourceRun) -> Mapping[str, Series]:
        """Return the full history of every metric of a run, by time."""
        ...

    def logged_models(self, experiment: str) -> Iterator[SourceModel]:
        """Yield the logged models of an experiment, without deleted ones."""
        ...

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Yield all registered models."""
        ...

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Yield all versions of registered models."""
        ...

    def files(self, artifacts: SourceArtifacts) -> Iterator[tuple[str, Path]]:
        """Yield the relative path of each artifact, and a file with its content until the next."""
        ...

    def close(self) -> None:
        """Close the source."""
        ...
