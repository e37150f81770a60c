"""MLflow's SQLite store, ``mlflow.db``, which is only read."""

import functools
import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from treadle.errors import DataError
from treadle.interop.mlflow.artifact_folders import find_files
from treadle.interop.mlflow.conversion import (
    to_experiment,
    to_input,
    to_logged_model,
    to_model,
    to_model_metric,
    to_number,
    to_output,
    to_run,
    to_version,
)
from treadle.interop.mlflow.omissions import READ_ERRORS, Omissions
from treadle.interop.mlflow.source import SourceArtifacts, SourceModel, SourceRun
from treadle.interop.mlflow.tables import Row, Tables
from treadle.records import (
    ArtifactOwner,
    DatasetInputRecord,
    ExperimentRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    RunContents,
    Series,
)

# Columns, named as in MLflow's REST protocol.
_EXPERIMENT: Final = """
    experiment_id name artifact_location lifecycle_stage creation_time last_update_time
"""
_RUN: Final = """
    run_uuid:run_id experiment_id name:run_name user_id status start_time end_time lifecycle_stage
    deleted_time artifact_uri
"""
_INPUTS: Final = (
    "SELECT input_uuid, name, digest, dataset_source_type, dataset_source, dataset_schema,"
    " dataset_profile FROM inputs JOIN datasets ON dataset_uuid = source_id"
    " WHERE source_type = 'DATASET' AND destination_type = 'RUN' AND destination_id = ?"
)
_INPUT: Final = ("name", "digest", "source_type", "source", "schema", "profile")
_METRIC: Final = "key timestamp step value is_nan"
_LOGGED_MODEL: Final = """
    model_id experiment_id name model_type status source_run_id creation_timestamp_ms
    last_updated_timestamp_ms artifact_location
"""
_MODEL_METRIC: Final = """
    metric_name:key metric_step:step metric_timestamp_ms:timestamp metric_value:value run_id
    dataset_name dataset_digest
"""
_MODEL: Final = """
    name creation_time:creation_timestamp last_updated_time:last_updated_timestamp description
"""
_VERSION: Final = """
    name version creation_time:creation_timestamp last_updated_time:last_updated_timestamp
    description user_id current_stage source run_id run_link
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
        tags = self._tables.pairs("experiment_tags", "experiment_id", row["experiment_id"])
        return to_experiment(row, tags)

    def runs(self, experiment: str) -> Iterator[SourceRun]:
        """Yield all runs of an experiment, including deleted ones."""
        order = "WHERE experiment_id = ? ORDER BY start_time"
        rows = self._tables.rows("runs", _RUN, order, int(experiment))
        yield from self._tables.convert("run", rows, self._run)

    def _run(self, row: Row) -> SourceRun:
        run = row["run_id"]
        pairs = functools.partial(self._tables.pairs, owner="run_uuid", key=run)
        record = to_run(row, pairs("params"), pairs("tags"))
        inputs = list(self._inputs(run)) if self._tables.has("inputs") else []
        which = "WHERE source_type = 'RUN_OUTPUT' AND source_id = ?"
        outputs = self._tables.rows("inputs", "destination_id:model_id step", which, run)
        models = [to_output(output) for output in outputs]
        return SourceRun(
            RunContents(run=record, metrics=[], inputs=inputs, models=models),
            _artifacts(ArtifactOwner("run", run), row, "artifact_uri"),
        )

    def _inputs(self, run: str) -> Iterator[DatasetInputRecord]:
        for link, *fields in self._tables.query(_INPUTS, (run,)):
            tags = self._tables.pairs("input_tags", "input_uuid", link, "name")
            yield to_input(dict(zip(_INPUT, fields, strict=True)), tags)

    def points(self, run: SourceRun) -> Mapping[str, Series]:
        """Return the full history of every metric of a run, by time."""
        where = f"run {run.contents.run.id}"
        columns: dict[str, Series] = defaultdict(lambda: Series(array("q"), array("d"), array("d")))
        bad: Counter[str] = Counter()
        order = "WHERE run_uuid = ? ORDER BY timestamp, step, value"
        try:
            rows = self._tables.select("metrics", _METRIC, order, run.contents.run.id)
        except DataError as error:
            self.omissions.add(f"{self._tables.path}: metrics of {where}", error)
            return {}
        for key, time, step, value, is_nan in rows:
            try:
                # The step last: an error must not leave one column longer than the others.
                moment, number = time / 1000, math.nan if is_nan else to_number(value)
                columns[key].steps.append(int(step or 0))
            except READ_ERRORS:
                bad[str(key)] += 1
                continue
            columns[key].times.append(moment)
            columns[key].values.append(number)
        for key, count in bad.items():
            reason = f"{count} {'points' if count > 1 else 'point'} of the metric cannot be read"
            self.omissions.add(f"{self._tables.path}: metric {key} of {where}", reason, count)
        return {key: series for key, series in columns.items() if series.steps}

    def logged_models(self, experiment: str) -> Iterator[SourceModel]:
        """Yield the logged models of an experiment, without deleted ones."""
        which = "WHERE experiment_id = ? AND lifecycle_stage = 'active'"
        order = f"{which} ORDER BY creation_timestamp_ms"
        rows = self._tables.rows("logged_models", _LOGGED_MODEL, order, int(experiment))
        yield from self._tables.convert("logged model", rows, self._logged_model)

    def _logged_model(self, row: Row) -> SourceModel:
        model = row["model_id"]
        pairs = functools.partial(self._tables.pairs, owner="model_id", key=model)
        order = "WHERE model_id = ? ORDER BY metric_timestamp_ms, metric_step"
        points = self._tables.rows("logged_model_metrics", _MODEL_METRIC, order, model)
        record = to_logged_model(
            row,
            pairs("logged_model_params", name="param_key", value="param_value"),
            pairs("logged_model_tags", name="tag_key", value="tag_value"),
            [to_model_metric(point) for point in points],
        )
        owner = ArtifactOwner("model", model)
        return SourceModel(record, _artifacts(owner, row, "artifact_location"))

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Yield all registered models."""
        rows = self._tables.rows("registered_models", _MODEL, "ORDER BY name")
        yield from self._tables.convert("registered model", rows, self._model)

    def _model(self, row: Row) -> RegisteredModelRecord:
        name = row["name"]
        aliases = self._tables.pairs("registered_model_aliases", "name", name, "alias", "version")
        return to_model(row, self._tables.pairs("registered_model_tags", "name", name), aliases)

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Yield all versions of registered models."""
        order = "WHERE current_stage != 'Deleted_Internal' ORDER BY name, version"
        rows = self._tables.rows("model_versions", _VERSION, order)
        yield from self._tables.convert("version of the registered model", rows, self._version)

    def _version(self, row: Row) -> ModelVersionRecord:
        which = "WHERE name = ? AND version = ?"
        key = (row["name"], row["version"])
        tags = self._tables.select("model_version_tags", "key value", which, *key)
        return to_version(row, {str(name): str(value or "") for name, value in tags})

    def files(self, artifacts: SourceArtifacts) -> Iterator[tuple[str, Path]]:
        """Yield the relative path and the local path of each file of a run or a logged model."""
        owner = artifacts.owner
        middle = owner.id if owner.kind == "run" else f"models/{owner.id}"
        inner = f"{artifacts.experiment}/{middle}/artifacts"
        folders = (self._folder / "mlartifacts" / inner, self._folder / "mlruns" / inner)
        yield from find_files(artifacts, self.omissions, *folders)

    def close(self) -> None:
        """Close the connection."""
        self._tables.close()


def _artifacts(owner: ArtifactOwner, row: Row, column: str) -> SourceArtifacts:
    return SourceArtifacts(owner, str(row["experiment_id"]), row[column] or "")
