"""MLflow's SQLite store: ``mlflow.db``. It is only read."""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import apsw

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
)

__all__ = ["DatabaseSource"]

_LARGEST: Final = 1.7976931348623157e308  # what MLflow keeps an infinity as
_LOGGED: Final[dict[int, LoggedModelStatus]] = {1: "pending", 2: "ready", 3: "failed"}


class DatabaseSource:
    """A SQLite store of MLflow.

    Args:
        path: The file.

    Raises:
        DataError: It is none.
    """

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        try:
            self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            self._tables = {row[0] for row in self._ask("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except apsw.Error as error:
            raise DataError(f"{path} cannot be read: {error}.") from error
        if not {"experiments", "runs", "latest_metrics"} <= self._tables:
            raise DataError(f"{path} is no store of MLflow.")

    def _ask(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()

    def _pairs(self, table: str, owner: str, key: str, name: str = "key", value: str = "value") -> dict[str, str]:
        if table not in self._tables:
            return {}
        rows = self._ask(f"SELECT {name}, {value} FROM {table} WHERE {owner} = ?", (key,))
        return {str(one): "" if other is None else str(other) for one, other in rows}

    def experiments(self) -> Iterator[ExperimentRecord]:
        """Give all experiments, deleted ones too."""
        query = (
            "SELECT experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time"
            " FROM experiments ORDER BY experiment_id"
        )
        for key, name, location, stage, created, updated in self._ask(query):
            yield ExperimentRecord(
                id=str(key), name=name, created=(created or 0) / 1000, updated=(updated or created or 0) / 1000,
                deleted=(updated or 0) / 1000 if stage == "deleted" else None, artifact_location=location or "",
                tags=self._pairs("experiment_tags", "experiment_id", key),
            )  # fmt: skip

    def runs(self, experiment: str) -> Iterator[RunContents]:
        """Give all runs of an experiment, deleted ones too."""
        query = (
            "SELECT run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, deleted_time FROM runs"
            " WHERE experiment_id = ? ORDER BY start_time"
        )
        for run, name, user, status, started, ended, stage, deleted in self._ask(query, (int(experiment),)):
            record = make_run(
                run=run, experiment=experiment, name=name or "", status=status, started=(started or 0) / 1000,
                ended=ended / 1000 if ended else None, user=user or "",
                deleted=(deleted or ended or started or 0) / 1000 if stage == "deleted" else None,
                params=self._pairs("params", "run_uuid", run), tags=self._pairs("tags", "run_uuid", run),
            )  # fmt: skip
            yield RunContents(run=record, metrics=[], inputs=list(self._inputs(run)), models=self._outputs(run))

    def _inputs(self, run: str) -> Iterator[DatasetInputRecord]:
        if "inputs" not in self._tables:
            return
        query = (
            "SELECT input_uuid, name, digest, dataset_source_type, dataset_source, dataset_schema, dataset_profile"
            " FROM inputs JOIN datasets ON dataset_uuid = source_id"
            " WHERE source_type = 'DATASET' AND destination_type = 'RUN' AND destination_id = ?"
        )
        for link, name, digest, kind, source, columns, profile in self._ask(query, (run,)):
            yield DatasetInputRecord(
                name=name,
                digest=digest,
                source_type=kind or "",
                source=source or "",
                columns=columns,
                profile=profile,
                tags=self._pairs("input_tags", "input_uuid", link, "name"),
            )

    def _outputs(self, run: str) -> list[ModelUseRecord]:
        if "logged_models" not in self._tables:
            return []
        query = "SELECT destination_id, step FROM inputs WHERE source_type = 'RUN_OUTPUT' AND source_id = ?"
        return [ModelUseRecord(model=model, role="output", step=step or 0) for model, step in self._ask(query, (run,))]

    def points(self, run: str) -> Mapping[str, Series]:
        """Give the full history of every metric of a run, by time."""
        found: dict[str, Series] = defaultdict(lambda: Series(array("q"), array("d"), array("d")))
        query = (
            "SELECT key, timestamp, step, value, is_nan FROM metrics WHERE run_uuid = ? ORDER BY timestamp, step, value"
        )
        for key, time, step, value, is_nan in self._ask(query, (run,)):
            series = found[key]
            series.steps.append(step)
            series.times.append(time / 1000)
            series.values.append(math.nan if is_nan else _number(value))
        return found

    def logged_models(self, experiment: str) -> Iterator[LoggedModelRecord]:
        """Give the logged models of an experiment."""
        if "logged_models" not in self._tables:
            return
        query = (
            "SELECT model_id, name, model_type, status, source_run_id, creation_timestamp_ms, last_updated_timestamp_ms"
            " FROM logged_models WHERE experiment_id = ? AND lifecycle_stage = 'active' ORDER BY creation_timestamp_ms"
        )
        for model, name, kind, status, run, created, updated in self._ask(query, (int(experiment),)):
            yield LoggedModelRecord(
                id=model, experiment_id=experiment, name=name, type=kind or "", status=_LOGGED.get(status, "ready"),
                source_run=run or "", created=created / 1000, updated=updated / 1000, deleted=None,
                params=self._pairs("logged_model_params", "model_id", model, "param_key", "param_value"),
                tags=self._pairs("logged_model_tags", "model_id", model, "tag_key", "tag_value"),
                metrics=self._model_metrics(model),
            )  # fmt: skip

    def _model_metrics(self, model: str) -> list[LoggedModelMetric]:
        query = (
            "SELECT metric_name, metric_step, metric_timestamp_ms, metric_value, run_id, dataset_name, dataset_digest"
            " FROM logged_model_metrics WHERE model_id = ? ORDER BY metric_timestamp_ms, metric_step"
        )
        return [
            LoggedModelMetric(
                key=key, step=step, time=time / 1000, value=_number(value), run=run or "", dataset_name=name or "",
                dataset_digest=digest or "",
            )
            for key, step, time, value, run, name, digest in self._ask(query, (model,))
        ]  # fmt: skip

    def models(self) -> Iterator[RegisteredModelRecord]:
        """Give all registered models."""
        query = "SELECT name, creation_time, last_updated_time, description FROM registered_models ORDER BY name"
        for name, created, updated, description in self._ask(query):
            aliases = self._pairs("registered_model_aliases", "name", name, "alias", "version")
            yield RegisteredModelRecord(
                name=name, description=description, created=(created or 0) / 1000, updated=(updated or created or 0) / 1000,
                tags=self._pairs("registered_model_tags", "name", name), latest=[],
                aliases={alias: int(version) for alias, version in aliases.items()},
            )  # fmt: skip

    def versions(self) -> Iterator[ModelVersionRecord]:
        """Give all versions of registered models."""
        query = (
            "SELECT name, version, creation_time, last_updated_time, description, user_id, current_stage, source, run_id,"
            " run_link FROM model_versions WHERE current_stage != 'Deleted_Internal' ORDER BY name, version"
        )
        for name, version, created, updated, description, user, stage, source, run, link in self._ask(query):
            tags = self._ask(
                "SELECT key, value FROM model_version_tags WHERE name = ? AND version = ?", (name, version)
            )
            is_logged = (source or "").startswith("models:/m-")
            yield ModelVersionRecord(
                name=name, version=version, description=description, created=(created or 0) / 1000,
                updated=(updated or created or 0) / 1000, stage=stage or "None", source=source or "", location=source or "",
                run=run or "", run_link=link or "", user=user or "", tags=dict(tags), aliases=[],
                logged_model=source.removeprefix("models:/").partition("/")[0] if is_logged else "",
            )  # fmt: skip

    def artifacts(self, owner: ArtifactOwner) -> Iterator[tuple[str, Path]]:
        """Give the files of a run or a logged model: path in it, and where it can be read now."""
        if owner.kind == "run":
            query = "SELECT artifact_uri, experiment_id FROM runs WHERE run_uuid = ?"
            middle = owner.id
        else:
            query = "SELECT artifact_location, experiment_id FROM logged_models WHERE model_id = ?"
            middle = f"models/{owner.id}"
        for location, experiment in self._ask(query, (owner.id,)):
            inner = f"{experiment}/{middle}/artifacts"
            found = find_local(location or "", self._folder / "mlartifacts" / inner, self._folder / "mlruns" / inner)
            if found is not None:
                yield from walk(found)

    def close(self) -> None:
        """Free the connection."""
        self._connection.close()


def _number(value: float) -> float:
    """Give the infinity that MLflow wrote as the largest number."""
    return math.copysign(math.inf, value) if abs(value) >= _LARGEST else value
