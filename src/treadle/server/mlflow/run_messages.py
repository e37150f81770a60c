"""Conversion of runs to MLflow's messages, including runs of Treadle's own client."""

from typing import Final

from msgspec import UNSET

from treadle.records import (
    ArtifactOwner,
    DatasetInputRecord,
    ExperimentRecord,
    RunContents,
    RunRecord,
    Status,
)
from treadle.records.json_numbers import number_for_json
from treadle.server.mlflow.artifact_roots import artifact_root
from treadle.server.mlflow.entities import (
    DatasetInputMessage,
    DatasetMessage,
    KeyValue,
    ModelUse,
    PointMessage,
    RunDataMessage,
    RunInfoMessage,
    RunInputsMessage,
    RunMessage,
    RunOutputsMessage,
    milliseconds,
)

_STATUSES: Final[dict[Status, str]] = {
    "scheduled": "SCHEDULED",
    "running": "RUNNING",
    "finished": "FINISHED",
    "failed": "FAILED",
    "killed": "KILLED",
    "lost": "KILLED",
}


def info(run: RunRecord, experiment: ExperimentRecord) -> RunInfoMessage:
    """Return the metadata of a run."""
    return RunInfoMessage(
        run_uuid=run.id,
        experiment_id=run.experiment_id,
        run_name=run.name,
        user_id=run.user,
        status=_STATUSES[run.status],
        start_time=milliseconds(run.started),
        end_time=UNSET if run.ended is None else milliseconds(run.ended),
        artifact_uri=artifact_root(experiment, ArtifactOwner("run", run.id)),
        lifecycle_stage="active" if run.deleted is None else "deleted",
        run_id=run.id,
    )


def message(contents: RunContents, experiment: ExperimentRecord) -> RunMessage:
    """Convert a run to MLflow's message."""
    run = contents.run
    outputs = [
        ModelUse(model_id=one.model, step=one.step)
        for one in contents.models
        if one.role == "output"
    ]
    return RunMessage(
        info=info(run, experiment),
        data=RunDataMessage(
            metrics=[
                PointMessage(
                    key=one.key,
                    value=number_for_json(one.last),
                    timestamp=milliseconds(one.last_time),
                    step=one.last_step,
                )
                for one in contents.metrics
            ],
            params=[KeyValue(key=key, value=_text(value)) for key, value in run.params.items()],
            tags=[KeyValue(key=key, value=value) for key, value in shown_tags(contents).items()],
        ),
        inputs=RunInputsMessage(
            dataset_inputs=[_input(one) for one in contents.inputs],
            model_inputs=[
                ModelUse(model_id=one.model) for one in contents.models if one.role == "input"
            ],
        ),
        outputs=RunOutputsMessage(model_outputs=outputs) if outputs else UNSET,
    )


def _text(value: str | float | bool | None) -> str:
    """Format a parameter as MLflow's client does: with Python's ``str``."""
    return value if isinstance(value, str) else str(value)


def shown_tags(contents: RunContents) -> dict[str, str]:
    """Return a run's tags; for Treadle's client, with those that MLflow's clients look for."""
    run = contents.run
    if not contents.is_own:
        return run.tags
    own = {
        "mlflow.runName": run.name,
        "mlflow.user": run.user,
        "mlflow.source.name": run.command,
        "mlflow.source.type": "LOCAL",
        "mlflow.parentRunId": run.parent,
    }
    return {key: value for key, value in own.items() if value} | run.tags


def _input(one: DatasetInputRecord) -> DatasetInputMessage:
    return DatasetInputMessage(
        tags=[KeyValue(key=key, value=value) for key, value in one.tags.items()],
        dataset=DatasetMessage(
            name=one.name,
            digest=one.digest,
            source_type=one.source_type,
            source=one.source,
            schema=UNSET if one.columns is None else one.columns,
            profile=UNSET if one.profile is None else one.profile,
        ),
    )
