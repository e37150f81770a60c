"""Records of experiments, models, accounts and webhooks."""

from typing import Final, Literal

from treadle.records.base import Record
from treadle.records.results import ArtifactOwner

ARTIFACT_ROOT: Final = "mlflow-artifacts:"
"""Prefix of artifact URIs whose files are served by the tracking server of their run."""

LoggedModelStatus = Literal["pending", "ready", "failed"]
"""Status of a logged model: whether all of its files have been uploaded."""

Stage = Literal["None", "Staging", "Production", "Archived"]
"""The four stages of MLflow's model registry."""


Role = Literal["none", "viewer", "editor", "admin"]
"""Permissions of an account: none, read, write or everything."""


INVITED: Final = "invited"
"""Identity of an account that the user of that name at the identity provider will claim."""


class AccountRecord(Record, frozen=True, kw_only=True):
    """Account of a server."""

    name: str
    role: Role
    """Default role where no experiment or model below has its own."""
    password: str
    """Hash of the password; empty if only tokens can sign in."""
    identity: str = ""
    """Address of the identity provider and the user's id there; `INVITED` until they sign in."""
    created: float
    experiments: dict[str, Role]
    """Roles by experiment id."""
    models: dict[str, Role]
    """Roles by registered model name."""


class TokenRecord(Record, frozen=True, kw_only=True):
    """Access token, without its secret."""

    id: str
    account: str
    name: str
    created: float
    expires: float | None


class AuditRecord(Record, frozen=True, kw_only=True):
    """Entry of the audit log."""

    time: float
    who: str
    action: str
    """The API call, such as ``registered-models/delete``."""
    subject: str
    """The request, as JSON."""


class Collected(Record, frozen=True, kw_only=True):
    """Numbers of permanently removed objects."""

    runs: int
    experiments: int
    models: int


class WebhookRecord(Record, frozen=True, kw_only=True):
    """Webhook that is called when the registry changes."""

    id: str
    name: str
    description: str
    url: str
    events: list[str]
    """Names of events, such as ``model_version.created``."""
    secret: str
    """Key that signs deliveries; empty if they are not signed."""
    is_active: bool
    created: float
    updated: float


class WebhookDelivery(Record, frozen=True, kw_only=True):
    """Event to send to a webhook."""

    id: str
    webhook: str
    body: bytes
    attempts: int
    """Number of attempts so far."""


class ExperimentRecord(Record, frozen=True, kw_only=True):
    """Experiment: a named group of runs."""

    id: str
    """A number as text; ``0`` is the default experiment."""
    name: str
    created: float
    updated: float
    deleted: float | None
    artifact_location: str
    """Where clients store artifacts, if not through the server."""
    tags: dict[str, str]


class ExperimentSummary(Record, frozen=True, kw_only=True):
    """Experiment with a summary of its runs."""

    experiment: ExperimentRecord
    runs: int
    """Number of runs that are not deleted; of a deleted experiment, number of all runs."""
    newest: float | None
    """Start of the newest of these runs, in seconds since the epoch."""


class UploadRecord(Record, frozen=True, kw_only=True):
    """Multipart upload and the parts received so far."""

    id: str
    owner: ArtifactOwner
    path: str
    count: int
    """Total number of parts, which are numbered from 1."""
    created: float
    parts: dict[int, str]
    """Digests of the received parts, by number."""
    is_whole: bool = False
    """Whether the file is stored and its parts are removed."""


ViewPage = Literal["runs", "run", "compare"]
"""The pages that have saved views."""


class SavedView(Record, frozen=True, kw_only=True):
    """Saved view of a page: its columns, its charts and the like."""

    id: str
    page: ViewPage
    name: str
    experiment: str
    """Id of the experiment that it is about; empty for all experiments."""
    state: str
    """JSON that the page understands."""
    is_default: bool
    """Whether the page opens with it."""
    owner: str
    """Name of the account that created it; empty on a server without accounts."""
    created: float
    updated: float


class LoggedModelMetric(Record, frozen=True, kw_only=True):
    """Point of a metric of a logged model."""

    key: str
    step: int
    time: float
    value: float
    run: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LoggedModelRecord(Record, frozen=True, kw_only=True):
    """Model that a run logged, whether or not it is registered later."""

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
    """Version of a registered model."""

    name: str
    version: int
    description: str | None
    created: float
    updated: float
    stage: Stage
    source: str
    location: str
    """Location from which a client loads it."""
    run: str
    run_link: str
    logged_model: str
    user: str
    tags: dict[str, str]
    aliases: list[str]


class RegisteredModelRecord(Record, frozen=True, kw_only=True):
    """Registered model: a name for a series of versions."""

    name: str
    description: str | None
    created: float
    updated: float
    tags: dict[str, str]
    aliases: dict[str, int]
    latest: list[ModelVersionRecord]
    """The newest version of each stage that has one."""
