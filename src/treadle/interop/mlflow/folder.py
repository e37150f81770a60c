"""MLflow's file store: a folder ``mlruns`` with a file for everything."""

from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from treadle.errors import DataError
from treadle.interop.mlflow.source import find_local, make_run, walk
from treadle.records import (
    ArtifactOwner,
    DatasetInputRecord,
    ExperimentRecord,
    LoggedModelMetric,
    LoggedModelRecord,
    LoggedModelStatus,
    ModelUseRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    RunContents,
    Series,
    Stage,
)

__all__ = ["FolderSource"]

_LOGGED: Final[dict[int, LoggedModelStatus]] = {1: "pending", 2: "ready", 3: "failed"}
_OTHER: Final = frozenset({"models", "datasets", "tags", "traces"})  # what is no run in an experiment's folder


class FolderSource:
    """A file store of MLflow.

    Args:
        folder: The ``mlruns`` folder.

    Raises:
        DataError: It is none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._experiments = {
            path.parent.name: path.parent
            for pattern in ("*/meta.yaml", ".trash/*/meta.yaml")
            for path in folder.glob(pattern)
            if "experiment_id" in _read(path)
        }
        if not self._experiments:
            raise DataError(f"{folder} is no file store of MLflow: it has no experiment.")
        self._runs: dict[str, Path] = {}
        self._models: dict[str, Path] = {}

    def experiments(self) -> Iterator[ExperimentRecord]:
        """Give all experiments, deleted ones too."""
        for name, folder in self._experiments.items():
            meta = _read(folder / "meta.yaml")
            created = float(meta.get("creation_time") or 0) / 1000
            updated = float(meta.get("last_update_time") or 0) / 1000
            yield ExperimentRecord(
                id=name, name=str(meta["name"]), created=created, updated=updated or created,
                deleted=updated if meta.get("lifecycle_stage") == "deleted" else None,
                artifact_location=str(meta.get("artifact_location") or ""), tags=_texts(folder / "tags"),
            )  # fmt: skip

    def runs(self, experiment: str) -> Iterator[RunContents]:
        """Give all runs of an experiment, deleted ones too."""
        folder = self._experiments[experiment]
        for path in sorted(folder.glob("*/meta.yaml")):
            meta = _read(path)
            if path.parent.name in _OTHER or "run_id" not in meta:
                continue
            run = str(meta["run_id"])
            self._runs[run] = path.parent
            tags = _texts(path.parent / "tags")
            ended = meta.get("end_time")
            record = make_run(
                run=run, experiment=experiment, name=str(meta.get("run_name") or ""), status=str(meta.get("status")),
                started=float(meta.get("start_time") or 0) / 1000, ended=float(ended) / 1000 if ended else None,
                user=str(meta.get("user_id") or ""), params=_texts(path.parent / "params"), tags=tags,
                deleted=float(meta.get("deleted_time") or 0) / 1000
                if meta.get("lifecycle_stage") == "deleted" else None,
            )  # fmt: skip
            yield RunContents(
                run=record, metrics=[], inputs=list(self._inputs(folder, path.parent)), models=_outputs(path.parent)
            )

    @staticmethod
    def _inputs(experiment: Path, run: Path) -> Iterator[DatasetInputRecord]:
        for path in sorted(run.glob("inputs/*/meta.yaml")):
            link = _read(path)
            file = experiment / "datasets" / str(link.get("source_id")) / "meta.yaml"
            if file.exists():
                meta = _read(file)
                yield DatasetInputRecord(
                    name=str(meta["name"]), digest=str(meta["digest"]), source_type=str(meta.get("source_type") or ""),
                    source=str(meta.get("source") or ""), columns=meta.get("schema"), profile=meta.get("profile"),
                    tags={str(key): str(value) for key, value in (link.get("tags") or {}).items()},
                )  # fmt: skip

    def points(self, run: str) -> Mapping[str, Series]:
        """Give the full history of every metric of a run, by time."""
        folder = self._runs[run] / "metrics"
        return {
            path.relative_to(folder).as_posix(): _series(path) for path in sorted(folder.rglob("*")) if path.is_file()
        }

    def logged_models(self, experiment: str) -> Iterator[LoggedModelRecord]:
        """Give the logged models of an experiment."""
        for path in sorted(self._experiments[experiment].glob("models/m-*/meta.yaml")):
            meta = _read(path)
            if meta.get("lifecycle_stage") == "deleted":
                continue
            model = str(meta["model_id"])
            self._models[model] = path.parent
            yield LoggedModelRecord(
                id=model, experiment_id=experiment, name=str(meta.get("name") or ""), type=str(meta.get("model_type") or ""),
                status=_LOGGED.get(int(meta.get("status") or 2), "ready"), source_run=str(meta.get("source_run_id") or ""),
                created=float(meta.get("creation_timestamp") or 0) / 1000,
                updated=float(meta.get("last_updated_timestamp") or 0) / 1000, deleted=None,
                params=_texts(path.parent / "params"), tags=_texts(path.parent / "tags"),
                metrics=list(_model_metrics(path.parent / "metrics")),
            )  # fmt: skip

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Give all registered models."""
        for path in sorted(self._folder.glob("models/*/meta.yaml")):
            meta = _read(path)
            yield RegisteredModelRecord(
                name=str(meta["name"]), description=meta.get("description"),
                created=float(meta.get("creation_timestamp") or 0) / 1000,
                updated=float(meta.get("last_updated_timestamp") or 0) / 1000, tags=_texts(path.parent / "tags"),
                aliases={alias: int(version) for alias, version in _texts(path.parent / "aliases").items()}, latest=[],
            )  # fmt: skip

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Give all versions of registered models."""
        for path in sorted(self._folder.glob("models/*/version-*/meta.yaml")):
            meta = _read(path)
            stage: Stage = meta.get("current_stage") or "None"
            if str(stage) == "Deleted_Internal":
                continue
            yield ModelVersionRecord(
                name=str(meta["name"]), version=int(meta["version"]), description=meta.get("description"),
                created=float(meta.get("creation_timestamp") or 0) / 1000,
                updated=float(meta.get("last_updated_timestamp") or 0) / 1000, stage=stage,
                source=str(meta.get("source") or ""), location=str(meta.get("storage_location") or meta.get("source") or ""),
                run=str(meta.get("run_id") or ""), run_link=str(meta.get("run_link") or ""),
                logged_model=str(meta.get("model_id") or ""), user=str(meta.get("user_id") or ""),
                tags=_texts(path.parent / "tags"), aliases=[],
            )  # fmt: skip

    def artifacts(self, owner: ArtifactOwner) -> Iterator[tuple[str, Path]]:
        """Give the files of a run or a logged model: path in it, and where it can be read now."""
        folder = (self._models if owner.kind == "model" else self._runs)[owner.id]
        meta = _read(folder / "meta.yaml")
        location = str(meta.get("artifact_uri") or meta.get("artifact_location") or "")
        found = find_local(location, folder / "artifacts")
        if found is not None:
            yield from walk(found)

    def close(self) -> None:
        """Nothing was opened."""


def _read(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        found = yaml.safe_load(file)
    return found if isinstance(found, dict) else {}


def _texts(folder: Path) -> dict[str, str]:
    """Read a folder of files that hold one value each; names may have slashes."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _lines(path: Path) -> list[tuple[float, int, float]]:
    """Read (time, step, value) of each line: ``<ms> <value> <step> …``; without a step where it was lost."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if len(words) >= 2:  # noqa: PLR2004
            step = int(words[2]) if len(words) >= 3 and words[2].lstrip("-").isdigit() else 0  # noqa: PLR2004
            found.append((int(words[0]) / 1000, step, float(words[1])))
    return found


def _series(path: Path) -> Series:
    # A point that was logged again is one point, as in MLflow's databases; NaN equals NaN here.
    once = {(time, step, repr(value)): (time, step, value) for time, step, value in _lines(path)}
    points = sorted(once.values(), key=lambda point: point[:2])
    return Series(
        array("q", (step for _, step, _ in points)), array("d", (time for time, _, _ in points)),
        array("d", (value for _, _, value in points)),
    )  # fmt: skip


def _outputs(run: Path) -> list[ModelUseRecord]:
    return [
        ModelUseRecord(model=str(meta["destination_id"]), role="output", step=int(meta.get("step") or 0))
        for meta in map(_read, sorted(run.glob("outputs/*/meta.yaml")))
        if meta.get("destination_type") == "MODEL_OUTPUT"
    ]


def _model_metrics(folder: Path) -> Iterator[LoggedModelMetric]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                words = line.split()
                yield LoggedModelMetric(
                    key=path.relative_to(folder).as_posix(), time=int(words[0]) / 1000, value=float(words[1]),
                    step=int(words[2]), run=words[3] if len(words) > 3 else "",  # noqa: PLR2004
                    dataset_name=words[4] if len(words) > 5 else "", dataset_digest=words[5] if len(words) > 5 else "",  # noqa: PLR2004
                )  # fmt: skip
