"""MLflow's file store: a directory ``mlruns`` with a file for each value."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from treadle.errors import DataError
from treadle.interop.mlflow.artifact_folders import find_files
from treadle.interop.mlflow.conversion import (
    is_deleted,
    to_experiment,
    to_input,
    to_logged_model,
    to_output,
    to_run,
)
from treadle.interop.mlflow.documents import has_document, list_folders, read_document
from treadle.interop.mlflow.folder_registry import read_models, read_versions
from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions
from treadle.interop.mlflow.source import SourceArtifacts, SourceModel, SourceRun
from treadle.interop.mlflow.value_files import (
    list_files,
    read_model_points,
    read_series,
    read_texts,
)
from treadle.records import (
    ArtifactOwner,
    DatasetInputRecord,
    ExperimentRecord,
    ModelUseRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    RunContents,
    Series,
)

_OTHER: Final = frozenset({"models", "datasets", "tags", "traces"})
"""Entries of an experiment's directory that are not runs."""
_ENDED: Final = frozenset({"finished", "failed", "killed"})


class FolderSource:
    """A file store of MLflow.

    Args:
        folder: The ``mlruns`` directory.

    Raises:
        DataError: It is not an MLflow store.
    """

    def __init__(self, folder: Path) -> None:
        self.omissions = Omissions()
        self._folder = folder
        self._experiments = dict(self._find_experiments())
        if not self._experiments:
            lost = "".join(
                f"\n  {omission.where}: {omission.reason}." for omission in self.omissions
            )
            raise DataError(
                f"{folder} is not a file store of MLflow: no experiment in it can be read.{lost}",
            )

    def _find_experiments(self) -> Iterator[tuple[str, Path]]:
        for parent in (self._folder, self._folder / ".trash"):
            for folder in list_folders(parent):
                is_other = folder.name.startswith(".") or folder.name in _OTHER
                if not is_other and self._has_document(folder, "experiment_id"):
                    yield folder.name, folder

    def _has_document(self, folder: Path, *keys: str) -> bool:
        return has_document(folder, self.omissions, *keys)

    def experiments(self) -> Iterator[ExperimentRecord]:
        """Yield all experiments, including deleted ones."""
        for name, folder in self._experiments.items():
            path = folder / "meta.yaml"
            try:
                yield self._experiment(name, folder, read_document(path))
            except READ_ERRORS as error:
                self.omissions.add(path, error)

    def _experiment(self, name: str, folder: Path, meta: dict[str, Any]) -> ExperimentRecord:
        fields = {**meta, "experiment_id": name}
        if folder.parent.name == ".trash":
            fields["lifecycle_stage"] = "deleted"
        return to_experiment(fields, read_texts(folder / "tags", self.omissions))

    def runs(self, experiment: str) -> Iterator[SourceRun]:
        """Yield all runs of an experiment, including deleted ones."""
        for path in list_folders(self._experiments[experiment]):
            if path.name in _OTHER or not self._has_document(path, "run_id", "run_uuid"):
                continue
            try:
                run = self._run(experiment, path)
            except READ_ERRORS as error:
                self.omissions.add(path / "meta.yaml", error)
            else:
                yield run

    def _run(self, experiment: str, path: Path) -> SourceRun:
        meta = read_document(path / "meta.yaml")
        run = str(meta.get("run_id") or meta["run_uuid"])
        _check_id("run_id", run, path)
        params = read_texts(path / "params", self.omissions)
        tags = read_texts(path / "tags", self.omissions)
        record = to_run({**meta, "run_id": run, "experiment_id": experiment}, params, tags)
        inputs = list(self._inputs(self._experiments[experiment], path))
        return SourceRun(
            RunContents(run=record, metrics=[], inputs=inputs, models=self._outputs(path)),
            _artifacts(ArtifactOwner("run", run), experiment, meta),
        )

    def _inputs(self, experiment: Path, run: Path) -> Iterator[DatasetInputRecord]:
        for path in sorted(run.glob("inputs/*/meta.yaml")):
            try:
                link = read_document(path)
                meta = read_document(
                    experiment / "datasets" / str(link.get("source_id")) / "meta.yaml",
                )
                tags = {str(key): str(value) for key, value in (link.get("tags") or {}).items()}
                yield to_input(meta, tags)
            except READ_ERRORS as error:
                self.omissions.add(path, error)

    def _outputs(self, run: Path) -> list[ModelUseRecord]:
        outputs = []
        for path in sorted(run.glob("outputs/*/meta.yaml")):
            try:
                meta = read_document(path)
                if meta.get("destination_type") == "MODEL_OUTPUT":
                    outputs.append(to_output({**meta, "model_id": meta["destination_id"]}))
            except READ_ERRORS as error:
                self.omissions.add(path, error)
        return outputs

    def points(self, run: SourceRun) -> Mapping[str, Series]:
        """Return the full history of every metric of a run, by time."""
        folder = self._folder_of(run.artifacts) / "metrics"
        is_ended = run.contents.run.status in _ENDED
        return {
            file.relative_to(folder).as_posix(): read_series(
                file, self.omissions, is_ended=is_ended
            )
            for file in list_files(folder, self.omissions)
        }

    def logged_models(self, experiment: str) -> Iterator[SourceModel]:
        """Yield the logged models of an experiment, without deleted ones."""
        for folder in list_folders(self._experiments[experiment] / "models"):
            if not folder.name.startswith("m-") or not self._has_document(folder, "model_id"):
                continue
            try:
                meta = read_document(folder / "meta.yaml")
                model = None if is_deleted(meta) else self._logged_model(experiment, folder, meta)
            except READ_ERRORS as error:
                self.omissions.add(folder / "meta.yaml", error)
                continue
            if model is not None:
                yield model

    def _logged_model(self, experiment: str, folder: Path, meta: dict[str, Any]) -> SourceModel:
        model = str(meta["model_id"])
        _check_id("model_id", model, folder)
        fields = {
            **meta,
            "experiment_id": experiment,
            "creation_timestamp_ms": meta.get("creation_timestamp"),
            "last_updated_timestamp_ms": meta.get("last_updated_timestamp"),
        }
        params = read_texts(folder / "params", self.omissions)
        tags = read_texts(folder / "tags", self.omissions)
        metrics = read_model_points(folder / "metrics", self.omissions)
        return SourceModel(
            to_logged_model(fields, params, tags, metrics),
            _artifacts(ArtifactOwner("model", model), experiment, meta),
        )

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Yield all registered models."""
        return read_models(self._folder / "models", self.omissions)

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Yield all versions of registered models."""
        return read_versions(self._folder / "models", self.omissions)

    def files(self, artifacts: SourceArtifacts) -> Iterator[tuple[str, Path]]:
        """Yield the relative path and the local path of each file of a run or a logged model."""
        yield from find_files(artifacts, self.omissions, self._folder_of(artifacts) / "artifacts")

    def _folder_of(self, artifacts: SourceArtifacts) -> Path:
        """Return the directory of a run or a logged model, which is named by its id."""
        folder = self._experiments[artifacts.experiment]
        owner = artifacts.owner
        return folder / owner.id if owner.kind == "run" else folder / "models" / owner.id

    def close(self) -> None:
        """Do nothing: no resource is open."""


def _check_id(key: str, identifier: str, folder: Path) -> None:
    if identifier != folder.name:
        raise ValueError(f"it has the {key} {identifier}, which is not the name of its folder")


def _artifacts(owner: ArtifactOwner, experiment: str, meta: dict[str, Any]) -> SourceArtifacts:
    location = str(meta.get("artifact_uri") or meta.get("artifact_location") or "")
    return SourceArtifacts(owner, experiment, location)
