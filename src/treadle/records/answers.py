"""What a store answers."""

from array import array
from typing import Literal

import msgspec

from treadle.records.base import ErrorRecord, NodeStatus, Record, Status
from treadle.records.display import moment_text, section_html, table_html

__all__ = [
    "ArtifactEntry",
    "ArtifactOwner",
    "ArtifactRecord",
    "DatasetInputRecord",
    "DatasetUseRecord",
    "ExperimentChange",
    "LogRecord",
    "MetricPoint",
    "MetricSummary",
    "ModelUseRecord",
    "NodeRunRecord",
    "RecordPage",
    "ReusedValue",
    "RunChange",
    "RunContents",
    "RunDetails",
    "RunPage",
    "RunRecord",
    "RunState",
    "Series",
    "__all__",
]


class MetricSummary(Record, frozen=True, kw_only=True):
    """One series in one row: all that search, sort and tables read."""

    key: str
    last: float
    """The value at the highest step; of several there, the newest."""
    last_step: int
    last_time: float
    min: float | None
    max: float | None
    mean: float | None
    count: int
    nan_count: int


class MetricPoint(msgspec.Struct, frozen=True, array_like=True):
    """One point of a series, exactly as logged."""

    step: int
    time: float
    value: float


class Series(msgspec.Struct, frozen=True):
    """A metric as columns: step (int64), time (seconds since the epoch, float64), value (float64)."""

    steps: "array[int]"
    times: "array[float]"
    values: "array[float]"


class RunRecord(Record, frozen=True, kw_only=True):
    """A run as a listing shows it."""

    id: str
    name: str
    experiment: str
    experiment_id: str
    status: Status
    started: float
    ended: float | None
    kind: str
    command: str
    user: str
    parent: str
    error: ErrorRecord | None
    dropped: int
    """Records that could not be kept."""
    params: dict[str, str | int | float | bool | None]
    metrics: dict[str, float]
    """The last value of each series."""
    tags: dict[str, str]
    deleted: float | None = None
    """When it was put in the bin; ``treadle gc`` empties that."""


class NodeRunRecord(Record, frozen=True, kw_only=True):
    """One node's execution inside a run."""

    node: str
    status: NodeStatus
    started: float
    ended: float | None
    cpu: float
    peak: int
    reason: str
    """Why it ran, or why not."""
    error: ErrorRecord | None
    key: str = ""
    """Digest of all that it depended on; empty where that cannot be told."""


class ArtifactRecord(Record, frozen=True, kw_only=True):
    """One file of a run."""

    path: str
    digest: str
    size: int
    time: float


class ArtifactOwner(msgspec.Struct, frozen=True):
    """Whose a file is: a run's, a logged model's, or nobody's, which has no id."""

    kind: Literal["run", "model", "free"]
    id: str


class ArtifactEntry(Record, frozen=True, kw_only=True):
    """One line of a listing: a file, or a folder."""

    path: str
    is_folder: bool
    size: int


class DatasetUseRecord(Record, frozen=True, kw_only=True):
    """A dataset that a node of the run read or wrote, or that it would have written as it was."""

    node: str
    dataset: str
    role: Literal["read", "written", "reused"]
    type: str
    location: str
    version: str
    digest: str
    size: int
    time: float


class ReusedValue(Record, frozen=True, kw_only=True):
    """What a reused node had logged in an earlier run, and is in this one, too."""

    kind: Literal["param", "metric", "tag", "artifact", "run"]
    """A ``run`` is one that the node had started inside of the earlier run, where it is."""
    name: str
    node: str
    origin: str
    """The id of the earlier run."""


class LogRecord(Record, frozen=True, kw_only=True):
    """One entry of the program's log."""

    time: float
    level: str
    logger: str
    text: str


class DatasetInputRecord(Record, frozen=True, kw_only=True):
    """A dataset as a client describes it, and what the run used it for."""

    name: str
    digest: str
    source_type: str
    source: str
    columns: str | None = None
    """JSON, as the client wrote it."""
    profile: str | None = None
    """JSON, as the client wrote it."""
    tags: dict[str, str] = {}


class ModelUseRecord(Record, frozen=True, kw_only=True):
    """A logged model that a run reads or makes."""

    model: str
    role: Literal["input", "output"]
    step: int = 0


class RunChange(Record, frozen=True, kw_only=True):
    """What to change of a run; what is not given stays."""

    name: str | None = None
    experiment: str | None = None
    """The name of the experiment that it moves to; made where there is none."""
    tags: dict[str, str] = {}
    untag: list[str] = []
    """Tags to take away."""
    deleted: bool | None = None
    """Whether it lies in the bin."""
    ended_as: Literal["finished", "failed", "killed"] | None = None
    """How it ended, of a run that counts as running and has nobody any more who says so."""


class ExperimentChange(Record, frozen=True, kw_only=True):
    """What to change of an experiment; what is not given stays."""

    name: str | None = None
    tags: dict[str, str] = {}
    untag: list[str] = []
    """Tags to take away."""
    deleted: bool | None = None
    """Whether it lies in the bin, with its runs."""


class RunState(msgspec.Struct, frozen=True):
    """What must be known of a run before anything is logged to it."""

    experiment_id: str
    is_deleted: bool


class RunContents(Record, frozen=True, kw_only=True):
    """A run of a page, with all that was logged to it except points, files and lines."""

    run: RunRecord
    metrics: list[MetricSummary]
    inputs: list[DatasetInputRecord]
    models: list[ModelUseRecord]
    is_own: bool = True
    """Whether Treadle's own client writes it, or a client of another protocol."""


class RecordPage(Record, frozen=True, kw_only=True):
    """One page of a search, less what runs read and made."""

    runs: list[RunRecord]
    next: str
    """What asks for the page after this one; empty at the end."""


class RunPage(Record, frozen=True, kw_only=True):
    """One page of a search."""

    runs: list[RunContents]
    next: str
    """What asks for the page after this one; empty at the end."""


class RunDetails(Record, frozen=True, kw_only=True):
    """Everything that is kept about one run, less the points of its series."""

    run: RunRecord
    nodes: list[NodeRunRecord]
    datasets: list[DatasetUseRecord]
    metrics: list[MetricSummary]
    artifacts: list[ArtifactRecord]
    logs: list[LogRecord]
    inputs: list[DatasetInputRecord]
    models: list[ModelUseRecord]
    snapshots: dict[str, msgspec.Raw]
    """JSON documents by kind: ``config``, ``graph``, ``environment``, ``git``."""
    reused: list[ReusedValue] = []
    """What reused nodes had logged in earlier runs."""

    def __repr__(self) -> str:
        run = self.run
        logged = f"{len(run.params)} params, {len(self.metrics)} metrics"
        files = f"{len(self.artifacts)} artifacts"
        return f"<RunDetails {run.id} {run.name!r}, {run.status}: {logged}, {files}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        run = self.run
        facts = {
            "run": run.id,
            "name": run.name,
            "experiment": run.experiment,
            "status": run.status,
            "started": moment_text(run.started),
            "duration": "" if run.ended is None else f"{run.ended - run.started:.3g} s",
            "command": run.command,
            "error": "" if run.error is None else f"{run.error.kind}: {run.error.message}",
        }
        metrics = [(one.key, one.last, one.min, one.max, one.count) for one in self.metrics]
        artifacts = [(one.path, one.size) for one in self.artifacts]
        return "".join(
            [
                table_html(["", ""], [(key, value) for key, value in facts.items() if value]),
                section_html("params", ["name", "value"], list(run.params.items())),
                section_html("metrics", ["name", "last", "min", "max", "points"], metrics),
                section_html("tags", ["name", "value"], list(run.tags.items())),
                section_html("artifacts", ["path", "bytes"], artifacts),
            ]
        )
