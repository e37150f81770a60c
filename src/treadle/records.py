"""The records that the library, the store, the wire and the web page share.

All are frozen. Journal records carry a short tag and are encoded as arrays, which keeps a logged
metric at about 30 bytes. Fields are only ever added at the end, with a default: that is what lets
an old journal be read by a newer Treadle.

Times are seconds since the epoch, as a float; durations are seconds; sizes are bytes.
"""

from typing import Literal

import msgspec

__all__ = [
    "ArtifactLogged",
    "ArtifactRecord",
    "DatasetUseRecord",
    "DatasetUsed",
    "Entry",
    "ErrorRecord",
    "JournalHeader",
    "LinesLogged",
    "LogRecord",
    "MetricLogged",
    "MetricPoint",
    "MetricSummary",
    "MetricsLogged",
    "NodeEnded",
    "NodeRunRecord",
    "NodeStarted",
    "ParamsLogged",
    "ProcessIdentity",
    "RecordsDropped",
    "RunDetails",
    "RunEnded",
    "RunRecord",
    "RunStarted",
    "SnapshotTaken",
    "Status",
    "TagsSet",
]

Status = Literal["running", "finished", "failed", "killed", "lost"]
"""Where a run or a node run stands."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what is shown: named fields, so that JSON is readable."""


class ProcessIdentity(msgspec.Struct, frozen=True, array_like=True):
    """Which process, exactly: a pid alone is reused."""

    pid: int
    host: str
    boot: str
    """The boot of the host; empty where the system does not say."""
    born: int
    """Start of the process in clock ticks since boot; 0 where the system does not say."""


class ErrorRecord(msgspec.Struct, frozen=True):
    """What went wrong, as it is kept with a run or a node run."""

    kind: str
    message: str
    traceback: str = ""


# --- what a journal holds ---------------------------------------------------------------------


class JournalRecord(msgspec.Struct, frozen=True, array_like=True, tag_field="tag", gc=False):
    """Base of what a journal holds: the tag comes first, then the fields in order.

    Hidden from the garbage collector: plain values make no cycles, and thousands of them a batch would
    set it off again and again.
    """


class JournalHeader(JournalRecord, frozen=True, tag="h"):
    """The first frame of a journal file."""

    format: int
    run: str
    writer: str
    first: int
    """Sequence number of the first entry in this file."""
    owner: ProcessIdentity


class RunStarted(JournalRecord, frozen=True, tag="r"):
    """A run began."""

    run: str
    experiment: str
    name: str
    started: float
    kind: str
    """``pipeline``, ``script`` or ``code``."""
    command: str
    owner: ProcessIdentity
    user: str = ""
    parent: str = ""


class RunEnded(JournalRecord, frozen=True, tag="e"):
    """A run ended, by its own account."""

    run: str
    status: Status
    ended: float
    error: ErrorRecord | None = None


class ParamsLogged(JournalRecord, frozen=True, tag="p"):
    """Parameters of a run; values are JSON scalars or JSON text."""

    run: str
    params: dict[str, str | int | float | bool | None]


class TagsSet(JournalRecord, frozen=True, tag="t"):
    """Tags of a run; the last one set wins."""

    run: str
    tags: dict[str, str]


class MetricLogged(JournalRecord, frozen=True, tag="m"):
    """One point of one series."""

    run: str
    key: str
    step: int
    time: float
    value: float


class MetricsLogged(JournalRecord, frozen=True, tag="ms"):
    """One point of several series at the same step and time."""

    run: str
    step: int
    time: float
    values: dict[str, float]


class ArtifactLogged(JournalRecord, frozen=True, tag="a"):
    """A file of a run, already in the artifact store under its digest."""

    run: str
    path: str
    digest: str
    size: int
    time: float


class SnapshotTaken(JournalRecord, frozen=True, tag="s"):
    """A document kept with the run: ``config``, ``graph``, ``environment``, ``git``."""

    run: str
    kind: str
    content: bytes
    """JSON."""


class NodeStarted(JournalRecord, frozen=True, tag="ns"):
    """A node began."""

    run: str
    node: str
    started: float


class NodeEnded(JournalRecord, frozen=True, tag="ne"):
    """A node ended; repeats the start, so that one row is one record."""

    run: str
    node: str
    status: Status
    started: float
    ended: float
    cpu: float
    """Seconds of processor time that the node's thread used."""
    peak: int
    """Bytes of memory that the process had used at most, up to the end of this node."""
    reason: str = ""
    error: ErrorRecord | None = None


class DatasetUsed(JournalRecord, frozen=True, tag="d"):
    """A dataset was read or written by a node."""

    run: str
    node: str
    dataset: str
    role: Literal["read", "written"]
    type: str
    location: str
    version: str
    """The version's name where the dataset is versioned, else empty."""
    digest: str
    """Digest of the content; empty where the dataset has none."""
    size: int
    time: float


class LinesLogged(JournalRecord, frozen=True, tag="l"):
    """Lines of the program's log."""

    run: str
    time: float
    level: str
    logger: str
    text: str


class RecordsDropped(JournalRecord, frozen=True, tag="x"):
    """So many records could not be kept; shown on the run as a gap."""

    run: str
    count: int
    why: str


Entry = (
    RunStarted
    | RunEnded
    | ParamsLogged
    | TagsSet
    | MetricLogged
    | MetricsLogged
    | ArtifactLogged
    | SnapshotTaken
    | NodeStarted
    | NodeEnded
    | DatasetUsed
    | LinesLogged
    | RecordsDropped
)
"""Everything that a journal may hold after its header."""


# --- what a store answers ---------------------------------------------------------------------


class MetricSummary(Record, frozen=True, kw_only=True):
    """One series in one row: all that search, sort and tables read."""

    key: str
    last: float
    last_step: int
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


class RunRecord(Record, frozen=True, kw_only=True):
    """A run as a listing shows it."""

    id: str
    name: str
    experiment: str
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


class NodeRunRecord(Record, frozen=True, kw_only=True):
    """One node's execution inside a run."""

    node: str
    status: Status
    started: float
    ended: float | None
    cpu: float
    peak: int
    reason: str
    error: ErrorRecord | None


class ArtifactRecord(Record, frozen=True, kw_only=True):
    """One file of a run."""

    path: str
    digest: str
    size: int
    time: float


class DatasetUseRecord(Record, frozen=True, kw_only=True):
    """A dataset that a node of the run read or wrote."""

    node: str
    dataset: str
    role: Literal["read", "written"]
    type: str
    location: str
    version: str
    digest: str
    size: int
    time: float


class LogRecord(Record, frozen=True, kw_only=True):
    """One entry of the program's log."""

    time: float
    level: str
    logger: str
    text: str


class RunDetails(Record, frozen=True, kw_only=True):
    """Everything that is kept about one run, less the points of its series."""

    run: RunRecord
    nodes: list[NodeRunRecord]
    datasets: list[DatasetUseRecord]
    metrics: list[MetricSummary]
    artifacts: list[ArtifactRecord]
    logs: list[LogRecord]
    snapshots: dict[str, msgspec.Raw]
    """JSON documents by kind: ``config``, ``graph``, ``environment``, ``git``."""
