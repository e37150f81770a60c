"""Converts MLflow's fields to records of a Treadle store.

A directory, a database and a server describe an object by the same fields, which are here named as
in MLflow's REST protocol. Times are milliseconds. A field that is not required may be missing, None
or empty.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET

from treadle.records import (
    DatasetInputRecord,
    ExperimentRecord,
    LoggedModelMetric,
    LoggedModelRecord,
    LoggedModelStatus,
    ModelUseRecord,
    ModelVersionRecord,
    RegisteredModelRecord,
    RunRecord,
    Stage,
    Status,
)

Fields = Mapping[str, Any]

_STATUSES: Final[Mapping[str, Status]] = {
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
_MODEL_STATUSES: Final[Mapping[str, LoggedModelStatus]] = {
    "LOGGED_MODEL_PENDING": "pending",
    "LOGGED_MODEL_READY": "ready",
    "LOGGED_MODEL_UPLOAD_FAILED": "failed",
    "1": "pending",
    "2": "ready",
    "3": "failed",
}
_LARGEST: Final = 1.7976931348623157e308  # MLflow's databases store an infinity as this


def fields_of(message: msgspec.Struct) -> Fields:
    """Return the fields of a message of MLflow's protocol that are set."""
    fields = msgspec.structs.asdict(message)
    return {name: value for name, value in fields.items() if value is not UNSET and value != ""}


def is_deleted(fields: Fields) -> bool:
    """Whether an object is deleted, and could be restored."""
    return fields.get("lifecycle_stage") == "deleted"


def to_experiment(fields: Fields, tags: Mapping[str, str]) -> ExperimentRecord:
    """Return the record of an experiment."""
    created = _seconds(fields.get("creation_time"))
    updated = _seconds(fields.get("last_update_time")) or created
    return ExperimentRecord(
        id=str(fields["experiment_id"]),
        name=str(fields["name"]),
        created=created,
        updated=updated,
        deleted=updated if is_deleted(fields) else None,
        artifact_location=_text(fields, "artifact_location"),
        tags=dict(tags),
    )


def to_run(fields: Fields, params: Mapping[str, str], tags: Mapping[str, str]) -> RunRecord:
    """Return the record of a run."""
    started, ended = fields.get("start_time"), fields.get("end_time")
    deleted = fields.get("deleted_time") or ended or started
    return RunRecord(
        id=str(fields["run_id"]),
        name=_text(fields, "run_name") or tags.get("mlflow.runName", ""),
        experiment="",
        experiment_id=str(fields["experiment_id"]),
        status=_STATUSES.get(str(fields.get("status")), "finished"),
        started=_seconds(started),
        ended=_seconds(ended) or None,
        kind="code",
        command=tags.get("mlflow.source.name", ""),
        user=_text(fields, "user_id") or tags.get("mlflow.user", ""),
        parent=tags.get("mlflow.parentRunId", ""),
        error=None,
        dropped=0,
        params=dict(params),
        metrics={},
        tags=dict(tags),
        deleted=_seconds(deleted) if is_deleted(fields) else None,
    )


def to_input(fields: Fields, tags: Mapping[str, str]) -> DatasetInputRecord:
    """Return the record of an input dataset of a run."""
    return DatasetInputRecord(
        name=str(fields["name"]),
        digest=str(fields["digest"]),
        source_type=_text(fields, "source_type"),
        source=_text(fields, "source"),
        columns=fields.get("schema"),
        profile=fields.get("profile"),
        tags=dict(tags),
    )


def to_output(fields: Fields) -> ModelUseRecord:
    """Return the record of a logged model that is an output of a run."""
    step = int(fields.get("step") or 0)
    return ModelUseRecord(model=str(fields["model_id"]), role="output", step=step)


def to_logged_model(
    fields: Fields,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    metrics: list[LoggedModelMetric],
) -> LoggedModelRecord:
    """Return the record of a logged model that is not deleted."""
    return LoggedModelRecord(
        id=str(fields["model_id"]),
        experiment_id=str(fields["experiment_id"]),
        name=_text(fields, "name"),
        type=_text(fields, "model_type"),
        status=_MODEL_STATUSES.get(str(fields.get("status")), "ready"),
        source_run=_text(fields, "source_run_id"),
        created=_seconds(fields.get("creation_timestamp_ms")),
        updated=_seconds(fields.get("last_updated_timestamp_ms")),
        deleted=None,
        params=dict(params),
        tags=dict(tags),
        metrics=metrics,
    )


def to_model_metric(fields: Fields) -> LoggedModelMetric:
    """Return the record of a point of a logged model's metric."""
    return LoggedModelMetric(
        key=str(fields["key"]),
        step=fields["step"],
        time=_seconds(fields["timestamp"]),
        value=to_number(fields["value"]),
        run=_text(fields, "run_id"),
        dataset_name=_text(fields, "dataset_name"),
        dataset_digest=_text(fields, "dataset_digest"),
    )


def to_model(
    fields: Fields, tags: Mapping[str, str], aliases: Mapping[str, str]
) -> RegisteredModelRecord:
    """Return the record of a registered model."""
    created = _seconds(fields.get("creation_timestamp"))
    return RegisteredModelRecord(
        name=str(fields["name"]),
        description=fields.get("description"),
        created=created,
        updated=_seconds(fields.get("last_updated_timestamp")) or created,
        tags=dict(tags),
        aliases={alias: int(version) for alias, version in aliases.items()},
        latest=[],
    )


def to_version(fields: Fields, tags: Mapping[str, str]) -> ModelVersionRecord:
    """Return the record of a version of a registered model."""
    stage: Stage = fields.get("current_stage") or "None"
    source = _text(fields, "source")
    created = _seconds(fields.get("creation_timestamp"))
    return ModelVersionRecord(
        name=str(fields["name"]),
        version=int(fields["version"]),
        description=fields.get("description"),
        created=created,
        updated=_seconds(fields.get("last_updated_timestamp")) or created,
        stage=stage,
        source=source,
        location=_text(fields, "storage_location") or source,
        run=_text(fields, "run_id"),
        run_link=_text(fields, "run_link"),
        logged_model=_text(fields, "model_id") or _find_logged_model(source),
        user=_text(fields, "user_id"),
        tags=dict(tags),
        aliases=[],
    )


def to_number(value: float | str) -> float:
    """Return the value of a metric."""
    number = float(value)
    return math.copysign(math.inf, number) if abs(number) >= _LARGEST else number


def _find_logged_model(source: str) -> str:
    """Return the id of the logged model that is a version's source; empty if there is none."""
    is_logged = source.startswith("models:/m-")
    return source.removeprefix("models:/").partition("/")[0] if is_logged else ""


def _text(fields: Fields, name: str) -> str:
    return str(fields.get(name) or "")


def _seconds(milliseconds: float | str | None) -> float:
    """Convert a time of MLflow to seconds since the epoch; 0 for none."""
    return float(milliseconds or 0) / 1000
