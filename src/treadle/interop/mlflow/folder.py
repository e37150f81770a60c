"""MLflow's file store: a directory ``mlruns`` with a file for each value."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from treadle.errors import DataError
from treadle.interop.mlflow.documents import has_document, list_folders, read_document
from treadle.interop.mlflow.folder_registry import read_models, read_versions
from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions
from treadle.interop.mlflow.source import find_local, is_elsewhere, make_run, to_seconds, walk
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
    LoggedModelRecord,
    LoggedModelStatus,
    ModelUseRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    RunContents,
    Series,
)

_LOGGED: Final[dict[int, LoggedModelStatus]] = {1: "pending", 2: "ready", 3: "failed"}
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
            lost = "".join(f"\n  {one.where}: {one.reason}." for one in self.omissions)
            raise DataError(
                f"{folder} is not a file store of MLflow: no experiment in it can be read.{lost}",
            )
        self._runs: dict[str, tuple[Path, bool]] = {}
        self._models: dict[str, Path] = {}

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
        created = to_seconds(meta.get("creation_time"))
        updated = to_seconds(meta.get("last_update_time"))
        is_deleted = meta.get("lifecycle_stage") == "deleted" or folder.parent.name == ".trash"
        return ExperimentRecord(
            id=name,
            name=str(meta["name"]),
            created=created,
            updated=updated or created,
            deleted=updated if is_deleted else None,
            artifact_location=str(meta.get("artifact_location") or ""),
            tags=read_texts(folder / "tags", self.omissions),
        )

    def runs(self, experiment: str) -> Iterator[RunContents]:
        """Yield all runs of an experiment, including deleted ones."""
        folder = self._experiments[experiment]
        for path in list_folders(folder):
            if path.name in _OTHER or not self._has_document(path, "run_id", "run_uuid"):
                continue
            try:
                contents = self._run(experiment, path)
            except READ_ERRORS as error:
                self.omissions.add(path / "meta.yaml", error)
                continue
            self._runs[contents.run.id] = path, contents.run.status in _ENDED
            yield contents

    def _run(self, experiment: str, path: Path) -> RunContents:
        meta = read_document(path / "meta.yaml")
        run = str(meta.get("run_id") or meta["run_uuid"])
        if run != path.name:
            raise ValueError(f"it has the run_id {run}, which is not the name of its folder")
        is_deleted = meta.get("lifecycle_stage") == "deleted"
        deleted = meta.get("deleted_time") or meta.get("end_time") or meta.get("start_time")
        record = make_run(
            run=run,
            experiment=experiment,
            name=str(meta.get("run_name") or ""),
            status=str(meta.get("status")),
            started=to_seconds(meta.get("start_time")),
            ended=to_seconds(meta.get("end_time")) or None,
            user=str(meta.get("user_id") or ""),
            params=read_texts(path / "params", self.omissions),
            tags=read_texts(path / "tags", self.omissions),
            deleted=to_seconds(deleted) if is_deleted else None,
        )
        inputs = list(self._inputs(self._experiments[experiment], path))
        return RunContents(run=record, metrics=[], inputs=inputs, models=self._outputs(path))

    def _inputs(self, experiment: Path, run: Path) -> Iterator[DatasetInputRecord]:
        for path in sorted(run.glob("inputs/*/meta.yaml")):
            try:
                link = read_document(path)
                meta = read_document(
                    experiment / "datasets" / str(link.get("source_id")) / "meta.yaml",
                )
                yield DatasetInputRecord(
                    name=str(meta["name"]),
                    digest=str(meta["digest"]),
                    source_type=str(meta.get("source_type") or ""),
                    source=str(meta.get("source") or ""),
                    columns=meta.get("schema"),
                    profile=meta.get("profile"),
                    tags={str(key): str(value) for key, value in (link.get("tags") or {}).items()},
                )
            except READ_ERRORS as error:
                self.omissions.add(path, error)

    def _outputs(self, run: Path) -> list[ModelUseRecord]:
        found = []
        for path in sorted(run.glob("outputs/*/meta.yaml")):
            try:
                meta = read_document(path)
                if meta.get("destination_type") == "MODEL_OUTPUT":
                    model, step = str(meta["destination_id"]), int(meta.get("step") or 0)
                    found.append(ModelUseRecord(model=model, role="output", step=step))
            except READ_ERRORS as error:
                self.omissions.add(path, error)
        return found

    def points(self, run: str) -> Mapping[str, Series]:
        """Return the full history of every metric of a run, by time."""
        path, is_ended = self._runs[run]
        folder = path / "metrics"
        return {
            file.relative_to(folder).as_posix(): read_series(
                file,
                self.omissions,
                is_ended=is_ended,
            )
            for file in list_files(folder, self.omissions)
        }

    def logged_models(self, experiment: str) -> Iterator[LoggedModelRecord]:
        """Yield the logged models of an experiment."""
        for folder in list_folders(self._experiments[experiment] / "models"):
            if not folder.name.startswith("m-") or not self._has_document(folder, "model_id"):
                continue
            try:
                model = self._logged_model(experiment, folder)
            except READ_ERRORS as error:
                self.omissions.add(folder / "meta.yaml", error)
                continue
            if model.deleted is None:
                self._models[model.id] = folder
                yield model

    def _logged_model(self, experiment: str, folder: Path) -> LoggedModelRecord:
        meta = read_document(folder / "meta.yaml")
        is_deleted = meta.get("lifecycle_stage") == "deleted"
        updated = to_seconds(meta.get("last_updated_timestamp"))
        return LoggedModelRecord(
            id=str(meta["model_id"]),
            experiment_id=experiment,
            name=str(meta.get("name") or ""),
            type=str(meta.get("model_type") or ""),
            status=_LOGGED.get(int(meta.get("status") or 2), "ready"),
            source_run=str(meta.get("source_run_id") or ""),
            created=to_seconds(meta.get("creation_timestamp")),
            updated=updated,
            deleted=updated if is_deleted else None,
            params=read_texts(folder / "params", self.omissions),
            tags=read_texts(folder / "tags", self.omissions),
            metrics=read_model_points(folder / "metrics", self.omissions),
        )

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Yield all registered models."""
        return read_models(self._folder / "models", self.omissions)

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Yield all versions of registered models."""
        return read_versions(self._folder / "models", self.omissions)

    def artifacts(self, owner: ArtifactOwner) -> Iterator[tuple[str, Path]]:
        """Yield the files of a run or a logged model: relative path, and local path."""
        folder = self._models[owner.id] if owner.kind == "model" else self._runs[owner.id][0]
        try:
            meta = read_document(folder / "meta.yaml")
        except READ_ERRORS as error:
            self.omissions.add(folder / "meta.yaml", error)
            return
        location = str(meta.get("artifact_uri") or meta.get("artifact_location") or "")
        found = find_local(location, folder / "artifacts")
        if found is not None:
            yield from walk(found)
        elif is_elsewhere(location):
            self.omissions.add_location(f"{owner.kind} {owner.id}", location)

    def close(self) -> None:
        """Do nothing: no resource is open."""
