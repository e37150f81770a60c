"""What a store answers about experiments and models."""

from typing import Final, Literal

from treadle.records.answers import ArtifactOwner
from treadle.records.base import Record

__all__ = [
    "ARTIFACT_ROOT",
    "INVITED",
    "AccountRecord",
    "AuditRecord",
    "Collected",
    "ExperimentRecord",
    "ExperimentSummary",
    "LoggedModelMetric",
    "LoggedModelRecord",
    "LoggedModelStatus",
    "ModelVersionRecord",
    "RegisteredModelRecord",
    "Role",
    "Stage",
    "TokenRecord",
    "WebhookDelivery",
    "WebhookRecord",
    "__all__",
]

ARTIFACT_ROOT: Final = "mlflow-artifacts:"
"""What addresses of artifacts begin with whose files come through the server that keeps their run."""

LoggedModelStatus = Literal["pending", "ready", "failed"]
"""Whether all files of a logged model have come."""

Stage = Literal["None", "Staging", "Production", "Archived"]
"""The four stages of MLflow's registry."""


Role = Literal["none", "viewer", "editor", "admin"]
"""What somebody may do: nothing, look, change, or everything."""


INVITED: Final = "invited"
"""The identity of an account that waits for whoever has its name at the identity provider."""


class AccountRecord(Record, frozen=True, kw_only=True):
    """Somebody who may use a server."""

    name: str
    role: Role
    """For everything that has no role of its own below."""
    password: str
    """Its hash; empty where only tokens let them in."""
    identity: str = ""
    """Who they are to an identity provider: its address and their id there; `INVITED` until they sign in."""
    created: float
    experiments: dict[str, Role]
    """By the id of the experiment."""
    models: dict[str, Role]
    """By the name of the registered model."""


class TokenRecord(Record, frozen=True, kw_only=True):
    """A token, less what lets anybody in."""

    id: str
    account: str
    name: str
    created: float
    expires: float | None


class AuditRecord(Record, frozen=True, kw_only=True):
    """Somebody changed something."""

    time: float
    who: str
    action: str
    """The call, such as ``registered-models/delete``."""
    subject: str
    """What was asked, as JSON."""


class Collected(Record, frozen=True, kw_only=True):
    """How much was taken away for good."""

    runs: int
    experiments: int
    models: int


class WebhookRecord(Record, frozen=True, kw_only=True):
    """Who is told when the registry changes."""

    id: str
    name: str
    description: str
    url: str
    events: list[str]
    """Such as ``model_version.created``."""
    secret: str
    """What deliveries are signed with; empty for none."""
    is_active: bool
    created: float
    updated: float


class WebhookDelivery(Record, frozen=True, kw_only=True):
    """An event that has to be sent to a webhook."""

    id: str
    webhook: str
    body: bytes
    attempts: int
    """How often it was tried."""


class ExperimentRecord(Record, frozen=True, kw_only=True):
    """A named group of runs."""

    id: str
    """A number, as a text; ``0`` is the experiment of runs that name none."""
    name: str
    created: float
    updated: float
    deleted: float | None
    artifact_location: str
    """Where its clients put artifacts, when that is not the server's business."""
    tags: dict[str, str]


class ExperimentSummary(Record, frozen=True, kw_only=True):
    """An experiment, and what is in it."""

    experiment: ExperimentRecord
    runs: int
    """How many are not in the bin; of an experiment in the bin, all."""
    newest: float | None
    """When the newest of them started, in seconds since the epoch."""


class UploadRecord(Record, frozen=True, kw_only=True):
    """A file that comes in parts, and which of them have come."""

    id: str
    owner: ArtifactOwner
    path: str
    count: int
    """How many parts there will be, numbered from 1."""
    created: float
    parts: dict[int, str]
    """Their digests by number, of those that have come."""
    is_whole: bool = False
    """Whether the file is kept, and the parts are gone."""


class LoggedModelMetric(Record, frozen=True, kw_only=True):
    """One point of one metric of a logged model."""

    key: str
    step: int
    time: float
    value: float
    run: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LoggedModelRecord(Record, frozen=True, kw_only=True):
    """A model that a run made, before or without being registered."""

    id: str
    experiment_id: str
    name: str
    type: str
    status: LoggedModelStatus
    source_run: str
    created: float
    updated: float
    deleted: float | None
    params: dict[str, str]
    tags: dict[str, str]
    metrics: list[LoggedModelMetric]


class ModelVersionRecord(Record, frozen=True, kw_only=True):
    """One numbered content of a registered model."""

    name: str
    version: int
    description: str | None
    created: float
    updated: float
    stage: Stage
    source: str
    location: str
    """Where a client loads it from."""
    run: str
    run_link: str
    logged_model: str
    user: str
    tags: dict[str, str]
    aliases: list[str]


class RegisteredModelRecord(Record, frozen=True, kw_only=True):
    """A name under which versions of a model are kept."""

    name: str
    description: str | None
    created: float
    updated: float
    tags: dict[str, str]
    aliases: dict[str, int]
    latest: list[ModelVersionRecord]
    """The newest version of each stage that has one."""
