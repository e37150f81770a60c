"""Records that a store returns for runs, metrics and artifacts."""

from array import array
from typing import Literal

import msgspec

from treadle.records.base import ErrorRecord, NodeStatus, Record, Status
from treadle.records.display import moment_text, section_html, table_html


class MetricSummary(Record, frozen=True, kw_only=True):
    """Summary of one metric series, which search, sort and tables read."""

    key: str
    last: float
    """The value at the highest step; the newest of several at that step."""
    last_step: int
    last_time: float
    min: float | None
    max: float | None
    mean: float | None
    count: int
    nan_count: int


class MetricPoint(msgspec.Struct, frozen=True, array_like=True):
    """One point of a metric series, exactly as logged."""

    step: int
    time: float
    value: float


class Series(msgspec.Struct, frozen=True):
    """A metric as columns: step (int64), time (epoch seconds, float64), value (float64)."""

    steps: "array[int]"
    times: "array[float]"
    values: "array[float]"


class RunRecord(Record, frozen=True, kw_only=True):
    """Row of a run in a listing."""

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
    """Number of records that could not be stored."""
    params: dict[str, str | int | float | bool | None]
    metrics: dict[str, float]
    """The last value of each series."""
    tags: dict[str, str]
    deleted: float | None = None
    """When it was deleted; ``treadle gc`` removes it permanently."""


class NodeRunRecord(Record, frozen=True, kw_only=True):
    """Execution of one node in a run."""

    node: str
    status: NodeStatus
    started: float
    ended: float | None
    cpu: float
    peak: int
    reason: str
    """Why it ran or did not run."""
    error: ErrorRecord | None
    key: str = ""
    """Digest of everything it depended on; empty if unknown."""


class ArtifactRecord(Record, frozen=True, kw_only=True):
    """Artifact of a run."""

    path: str
    digest: str
    size: int
    time: float


class ArtifactOwner(msgspec.Struct, frozen=True):
    """Owner of an artifact: a run, a logged model, or none (``free``, with an empty id)."""

    kind: Literal["run", "model", "free"]
    id: str


class ArtifactEntry(Record, frozen=True, kw_only=True):
    """Entry of an artifact listing: a file or a folder."""

    path: str
    is_folder: bool
    size: int


class DatasetUseRecord(Record, frozen=True, kw_only=True):
    """Dataset that a node read or wrote, or that was reused unchanged instead of written."""

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
    """Value that a reused node logged in an earlier run and that this run repeats."""

    kind: Literal["param", "metric", "tag", "artifact", "run"]
    """``run``: a child run that the node started in the earlier run, where it is stored."""
    name: str
    node: str
    origin: str
    """The id of the earlier run."""


class LogRecord(Record, frozen=True, kw_only=True):
    """Entry of the program's log."""

    time: float
    level: str
    logger: str
    text: str


class LogLine(LogRecord, frozen=True, kw_only=True):
    """Line of a run's log, with its place."""

    key: int
    """Number that is larger than those of the lines before it."""


class LogPage(Record, frozen=True, kw_only=True):
    """Some lines of a run's log, oldest first."""

    lines: list[LogLine]
    next: int
    """Key of the last line, after which the log continues."""
    total: int
    """Number of all lines of the run that match the request."""


class DatasetInputRecord(Record, frozen=True, kw_only=True):
    """Dataset that a client logged as an input of a run."""

    name: str
    digest: str
    source_type: str
    source: str
    columns: str | None = None
    """JSON, as the client sent it."""
    profile: str | None = None
    """JSON, as the client sent it."""
    tags: dict[str, str] = {}


class ModelUseRecord(Record, frozen=True, kw_only=True):
    """Logged model that is an input or output of a run."""

    model: str
    role: Literal["input", "output"]
    step: int = 0


class RunChange(Record, frozen=True, kw_only=True):
    """Changes to a run; fields that are not given stay as they are."""

    name: str | None = None
    experiment: str | None = None
    """Name of the experiment to move it to, which is created if it does not exist."""
    tags: dict[str, str] = {}
    untag: list[str] = []
    """Keys of tags to delete."""
    deleted: bool | None = None
    """Whether it is deleted."""
    ended_as: Literal["finished", "failed", "killed"] | None = None
    """Final status of a run that counts as running but whose process can no longer report it."""


class ExperimentChange(Record, frozen=True, kw_only=True):
    """Changes to an experiment; fields that are not given stay as they are."""

    name: str | None = None
    tags: dict[str, str] = {}
    untag: list[str] = []
    """Keys of tags to delete."""
    deleted: bool | None = None
    """Whether it is deleted, with its runs."""


class RunState(msgspec.Struct, frozen=True):
    """State of a run that is checked before anything is logged to it."""

    experiment_id: str
    is_deleted: bool


class RunContents(Record, frozen=True, kw_only=True):
    """Run with all that was logged to it, except metric points, artifacts and log lines."""

    run: RunRecord
    metrics: list[MetricSummary]
    inputs: list[DatasetInputRecord]
    models: list[ModelUseRecord]
    is_own: bool = True
    """Whether Treadle's own client writes it, not a client of another protocol."""


class RecordPage(Record, frozen=True, kw_only=True):
    """Page of search results, without the inputs and outputs of the runs."""

    runs: list[RunRecord]
    next: str
    """Token of the next page; empty on the last one."""


class RunPage(Record, frozen=True, kw_only=True):
    """Page of search results."""

    runs: list[RunContents]
    next: str
    """Token of the next page; empty on the last one."""


class RunDetails(Record, frozen=True, kw_only=True):
    """Everything that is stored about one run, except the points of its metric series."""

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
    """Values that reused nodes logged in earlier runs."""

    def __repr__(self) -> str:
        run = self.run
        logged = f"{len(run.params)} params, {len(self.metrics)} metrics"
        files = f"{len(self.artifacts)} artifacts"
        return f"<RunDetails {run.id} {run.name!r}, {run.status}: {logged}, {files}>"

    def _repr_html_(self) -> str:
        """Return the HTML that a notebook shows."""
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
