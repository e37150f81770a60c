"""The messages of MLflow's REST protocol.

A field that is not set is omitted from a response, and so is an empty list; a field set to its
default is included. Times are milliseconds since the epoch. ``run_uuid`` is an older name of
``run_id`` that clients still send.
"""

import math
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from treadle.server.mlflow.errors import invalid

_TOO_LATE: Final = 2.0**63


def milliseconds(seconds: float) -> int:
    """Return a time as clients can read it: whole milliseconds that fit in 64 bits."""
    found = seconds * 1000
    if -_TOO_LATE <= found < _TOO_LATE:
        return round(found)
    if math.isnan(found):
        return 0
    return 2**63 - 1 if found > 0 else -(2**63)


class Message(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of all messages: unknown fields are ignored, as in protocol buffers."""


class Empty(Message, kw_only=True):
    """An empty request or response."""


class KeyValue(Message, kw_only=True, omit_defaults=False):
    """A tag or a parameter."""

    key: str
    value: str = ""


class PointMessage(Message, kw_only=True):
    """A point of a metric. NaN and infinities are strings."""

    key: str
    value: float | str
    timestamp: int
    step: int
    run_id: str | UnsetType = UNSET
    model_id: str | UnsetType = UNSET
    dataset_name: str | UnsetType = UNSET
    dataset_digest: str | UnsetType = UNSET


class ExperimentMessage(Message, kw_only=True):
    """An experiment."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    last_update_time: int
    creation_time: int
    tags: list[KeyValue] = []


class RunInfoMessage(Message, kw_only=True):
    """The metadata of a run."""

    run_uuid: str
    experiment_id: str
    run_name: str
    user_id: str
    status: str
    start_time: int
    end_time: int | UnsetType = UNSET
    artifact_uri: str
    lifecycle_stage: str
    run_id: str


class RunDataMessage(Message, kw_only=True):
    """What was logged to a run."""

    metrics: list[PointMessage] = []
    params: list[KeyValue] = []
    tags: list[KeyValue] = []


class DatasetMessage(Message, kw_only=True, omit_defaults=False):
    """A dataset, as the client describes it."""

    name: str
    digest: str = ""
    source_type: str = ""
    source: str = ""
    schema: str | UnsetType = UNSET
    profile: str | UnsetType = UNSET


class DatasetInputMessage(Message, kw_only=True):
    """An input dataset of a run."""

    tags: list[KeyValue] = []
    dataset: DatasetMessage


class ModelUse(Message, kw_only=True):
    """A logged model that is an input or output of a run."""

    model_id: str
    step: int | UnsetType = UNSET


class RunInputsMessage(Message, kw_only=True):
    """The inputs of a run."""

    dataset_inputs: list[DatasetInputMessage] = []
    model_inputs: list[ModelUse] = []


class RunOutputsMessage(Message, kw_only=True):
    """The outputs of a run."""

    model_outputs: list[ModelUse] = []


class RunMessage(Message, kw_only=True):
    """A run with its data, inputs and outputs."""

    info: RunInfoMessage
    data: RunDataMessage
    inputs: RunInputsMessage
    outputs: RunOutputsMessage | UnsetType = UNSET


class FileMessage(Message, kw_only=True):
    """A file or a directory."""

    path: str
    is_dir: bool
    file_size: int | UnsetType = UNSET


class LoggedModelInfo(Message, kw_only=True):
    """The metadata of a logged model."""

    model_id: str
    experiment_id: str
    name: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    artifact_uri: str
    status: str
    model_type: str
    source_run_id: str
    tags: list[KeyValue] = []


class LoggedModelData(Message, kw_only=True):
    """What was logged to a model."""

    params: list[KeyValue] = []
    metrics: list[PointMessage] = []


class LoggedModelMessage(Message, kw_only=True):
    """A logged model with its data."""

    info: LoggedModelInfo
    data: LoggedModelData


class AliasMessage(Message, kw_only=True):
    """An alias of a version."""

    alias: str
    version: str


class ModelVersionMessage(Message, kw_only=True):
    """A version of a registered model."""

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int
    user_id: str | UnsetType = UNSET
    current_stage: str
    description: str
    source: str
    run_id: str
    status: str
    tags: list[KeyValue] = []
    run_link: str
    aliases: list[str] = []
    model_id: str | UnsetType = UNSET


class RegisteredModelMessage(Message, kw_only=True):
    """A registered model."""

    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str | UnsetType = UNSET
    latest_versions: list[ModelVersionMessage] = []
    tags: list[KeyValue] = []
    aliases: list[AliasMessage] = []


class RunRequest(Message, kw_only=True):
    """Base of requests about one run."""

    run_id: str = ""
    run_uuid: str = ""


def run_id(ask: RunRequest) -> str:
    """Return the id of the run that a request is about."""
    run = ask.run_id or ask.run_uuid
    if not run:
        raise invalid(
            "Missing value for required parameter 'run_id'. See the API docs for more information "
            "about request parameters."
        )
    return run


class ModelRequest(Message, kw_only=True):
    """Base of requests about one registered model."""

    name: str
