"""MLflow's SQLite store, ``mlflow.db``, which is only read."""

import functools
import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from treadle.errors import DataError
from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions
from treadle.interop.mlflow.source import (
    find_local,
    find_logged_model,
    is_elsewhere,
    make_run,
    to_seconds,
    walk,
)
from treadle.interop.mlflow.tables import Row, Tables
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
)

_LARGEST: Final = 1.7976931348623157e308  # MLflow stores an infinity as this
_LOGGED: Final[dict[int, LoggedModelStatus]] = {1: "pending", 2: "ready", 3: "failed"}
_EXPERIMENT: Final = """
    experiment_id name artifact_location lifecycle_stage creation_time last_update_time
"""
_RUN: Final = "run_uuid name user_id status start_time end_time lifecycle_stage deleted_time"
_INPUTS: Final = (
    "SELECT input_uuid, name, digest, dataset_source_type, dataset_source, dataset_schema,"
    " dataset_profile FROM inputs JOIN datasets ON dataset_uuid = source_id"
    " WHERE source_type = 'DATASET' AND destination_type = 'RUN' AND destination_id = ?"
)
_LOGGED_MODEL: Final = """
    model_id name model_type status source_run_id creation_timestamp_ms last_updated_timestamp_ms
"""
_MODEL_METRIC: Final = """
    metric_name metric_step metric_timestamp_ms metric_value run_id dataset_name dataset_digest
"""
_MODEL: Final = "name creation_time last_updated_time description"
_VERSION: Final = """
    name version creation_time last_updated_time description user_id current_stage source
    run_id run_link
"""


class DatabaseSource:
    """A SQLite store of MLflow.

    Args:
        path: The file.

    Raises:
        DataError: It is not an MLflow store.
    """

    def __init__(self, path: Path) -> None:
        self._tables = Tables(path)
        self._folder = path.parent

    @property
    def omissions(self) -> Omissions:
        """What could not be read so far."""
        return self._tables.omissions

    def experiments(self) -> Iterator[ExperimentRecord]:
        """Yield all experiments, including deleted ones."""
        rows = self._tables.rows("experiments", _EXPERIMENT, "ORDER BY experiment_id")
        yield from self._tables.convert("experiment", rows, self._experiment)

    def _experiment(self, row: Row) -> ExperimentRecord:
        updated = to_seconds(row["last_update_time"] or row["creation_time"])
        return ExperimentRecord(
            id=str(row["experiment_id"]),
            name=str(row["name"]),
            created=to_seconds(row["creation_time"]),
            updated=updated,
            deleted=updated if row["lifecycle_stage"] == "deleted" else None,
            artifact_location=row["artifact_location"] or "",
            tags=self._tables.pairs("experiment_tags", "experiment_id", row["experiment_id"]),
        )

    def runs(self, experiment: str) -> Iterator[RunContents]:
        """Yield all runs of an experiment, including deleted ones."""
        order = "WHERE experiment_id = ? ORDER BY start_time"
        rows = self._tables.rows("runs", _RUN, order, int(experiment))
        yield from self._tables.convert("run", rows, functools.partial(self._run, experiment))

    def _run(self, experiment: str, row: Row) -> RunContents:
        run = row["run_uuid"]
        deleted = row["deleted_time"] or row["end_time"] or row["start_time"]
        record = make_run(
            run=run,
            experiment=experiment,
            name=row["name"] or "",
            status=row["status"],
            started=to_seconds(row["start_time"]),
            ended=to_seconds(row["end_time"]) or None,
            user=row["user_id"] or "",
            deleted=to_seconds(deleted) if row["lifecycle_stage"] == "deleted" else None,
            params=self._tables.pairs("params", "run_uuid", run),
            tags=self._tables.pairs("tags", "run_uuid", run),
        )
        inputs = list(self._inputs(run)) if self._tables.has("inputs") else []
        return RunContents(run=record, metrics=[], inputs=inputs, models=self._outputs(run))

    def _inputs(self, run: str) -> Iterator[DatasetInputRecord]:
        for link, name, digest, kind, source, columns, profile in self._tables.query(
            _INPUTS,
            (run,),
        ):
            yield DatasetInputRecord(
                name=name,
                digest=digest,
                source_type=kind or "",
                source=source or "",
                columns=columns,
                profile=profile,
                tags=self._tables.pairs("input_tags", "input_uuid", link, "name"),
            )

    def _outputs(self, run: str) -> list[ModelUseRecord]:
        which = "WHERE source_type = 'RUN_OUTPUT' AND source_id = ?"
        return [
            ModelUseRecord(model=model, role="output", step=step or 0)
            for model, step in self._tables.select("inputs", "destination_id step", which, run)
        ]

    def points(self, run: str) -> Mapping[str, Series]:
        """Return the full history of every metric of a run, by time."""
        found: dict[str, Series] = defaultdict(lambda: Series(array("q"), array("d"), array("d")))
        bad: Counter[str] = Counter()
        order = "WHERE run_uuid = ? ORDER BY timestamp, step, value"
        try:
            rows = self._tables.select("metrics", "key timestamp step value is_nan", order, run)
        except DataError as error:
            self.omissions.add(f"{self._tables.path}: metrics of run {run}", error)
            return {}
        for key, time, step, value, is_nan in rows:
            try:
                # The step last: an error must not leave one column longer than the others.
                moment, number = time / 1000, math.nan if is_nan else _number(value)
                found[key].steps.append(int(step or 0))
            except READ_ERRORS:
                bad[str(key)] += 1
                continue
            found[key].times.append(moment)
            found[key].values.append(number)
        for key, count in bad.items():
            reason = f"{count} {'points' if count > 1 else 'point'} of the metric cannot be read"
            self.omissions.add(f"{self._tables.path}: metric {key} of run {run}", reason, count)
        return {key: series for key, series in found.items() if series.steps}

    def logged_models(self, experiment: str) -> Iterator[LoggedModelRecord]:
        """Yield the logged models of an experiment."""
        which = "WHERE experiment_id = ? AND lifecycle_stage = 'active'"
        order = f"{which} ORDER BY creation_timestamp_ms"
        rows = self._tables.rows("logged_models", _LOGGED_MODEL, order, int(experiment))
        make = functools.partial(self._logged_model, experiment)
        yield from self._tables.convert("logged model", rows, make)

    def _logged_model(self, experiment: str, row: Row) -> LoggedModelRecord:
        pairs = functools.partial(self._tables.pairs, owner="model_id", key=row["model_id"])
        return LoggedModelRecord(
            id=row["model_id"],
            experiment_id=experiment,
            name=str(row["name"]),
            type=row["model_type"] or "",
            status=_LOGGED.get(row["status"], "ready"),
            source_run=row["source_run_id"] or "",
            created=to_seconds(row["creation_timestamp_ms"]),
            updated=to_seconds(row["last_updated_timestamp_ms"]),
            deleted=None,
            params=pairs("logged_model_params", name="param_key", value="param_value"),
            tags=pairs("logged_model_tags", name="tag_key", value="tag_value"),
            metrics=list(self._model_metrics(row["model_id"])),
        )

    def _model_metrics(self, model: str) -> Iterator[LoggedModelMetric]:
        order = "WHERE model_id = ? ORDER BY metric_timestamp_ms, metric_step"
        for row in self._tables.rows("logged_model_metrics", _MODEL_METRIC, order, model):
            yield LoggedModelMetric(
                key=row["metric_name"],
                step=row["metric_step"],
                time=to_seconds(row["metric_timestamp_ms"]),
                value=_number(row["metric_value"]),
                run=row["run_id"] or "",
                dataset_name=row["dataset_name"] or "",
                dataset_digest=row["dataset_digest"] or "",
            )

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Yield all registered models."""
        rows = self._tables.rows("registered_models", _MODEL, "ORDER BY name")
        yield from self._tables.convert("registered model", rows, self._model)

    def _model(self, row: Row) -> RegisteredModelRecord:
        name = row["name"]
        aliases = self._tables.pairs("registered_model_aliases", "name", name, "alias", "version")
        return RegisteredModelRecord(
            name=name,
            description=row["description"],
            created=to_seconds(row["creation_time"]),
            updated=to_seconds(row["last_updated_time"] or row["creation_time"]),
            tags=self._tables.pairs("registered_model_tags", "name", name),
            latest=[],
            aliases={alias: int(version) for alias, version in aliases.items()},
        )

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Yield all versions of registered models."""
        order = "WHERE current_stage != 'Deleted_Internal' ORDER BY name, version"
        rows = self._tables.rows("model_versions", _VERSION, order)
        yield from self._tables.convert("version of the registered model", rows, self._version)

    def _version(self, row: Row) -> ModelVersionRecord:
        source = row["source"] or ""
        which = "WHERE name = ? AND version = ?"
        tags = self._tables.select(
            "model_version_tags",
            "key value",
            which,
            row["name"],
            row["version"],
        )
        return ModelVersionRecord(
            name=row["name"],
            version=int(row["version"]),
            description=row["description"],
            created=to_seconds(row["creation_time"]),
            updated=to_seconds(row["last_updated_time"] or row["creation_time"]),
            stage=row["current_stage"] or "None",
            source=source,
            location=source,
            run=row["run_id"] or "",
            run_link=row["run_link"] or "",
            user=row["user_id"] or "",
            tags={str(key): str(value or "") for key, value in tags},
            aliases=[],
            logged_model=find_logged_model(source),
        )

    def artifacts(self, owner: ArtifactOwner) -> Iterator[tuple[str, Path]]:
        """Yield the files of a run or a logged model: relative path, and local path."""
        if owner.kind == "run":
            table, column, key, middle = "runs", "artifact_uri", "run_uuid", owner.id
        else:
            table, column, key = "logged_models", "artifact_location", "model_id"
            middle = f"models/{owner.id}"
        columns = f"{column} experiment_id"
        for location, experiment in self._tables.select(
            table,
            columns,
            f"WHERE {key} = ?",
            owner.id,
        ):
            inner = f"{experiment}/{middle}/artifacts"
            places = (self._folder / "mlartifacts" / inner, self._folder / "mlruns" / inner)
            found = find_local(location or "", *places)
            if found is not None:
                yield from walk(found)
            elif is_elsewhere(location or ""):
                self.omissions.add_location(f"{owner.kind} {owner.id}", location)

    def close(self) -> None:
        """Close the connection."""
        self._tables.close()


def _number(value: float) -> float:
    """Return a number, or the infinity that MLflow stores as the largest one."""
    return math.copysign(math.inf, value) if abs(value) >= _LARGEST else value
