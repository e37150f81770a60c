"""What a journal holds."""

from typing import Literal

import msgspec

from treadle.records.base import ErrorRecord, NodeStatus, ProcessIdentity, Status

__all__ = [
    "ArtifactLogged",
    "DatasetUsed",
    "Entry",
    "JournalHeader",
    "JournalRecord",
    "LinesLogged",
    "MetricLogged",
    "MetricsLogged",
    "NodeEnded",
    "NodeStarted",
    "ParamsLogged",
    "RecordsDropped",
    "RunEnded",
    "RunResumed",
    "RunStarted",
    "SeriesLogged",
    "SnapshotTaken",
    "TagsSet",
    "ValuesReused",
    "__all__",
]


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


class RunResumed(JournalRecord, frozen=True, tag="rr"):
    """A run goes on, or is called something else; what is empty stays as it is."""

    run: str
    time: float
    owner: ProcessIdentity | None
    """The process that goes on with it and will end it; None where only its name changes."""
    name: str = ""
    experiment: str = ""


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


class SeriesLogged(JournalRecord, frozen=True, tag="sl"):
    """Many points of one series, as columns: little-endian values of 8 bytes."""

    run: str
    key: str
    time: float
    """Of all of them, where they have no times of their own."""
    steps: bytes
    """int64."""
    values: bytes
    """float64."""
    times: bytes = b""
    """float64."""


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
    status: NodeStatus
    started: float
    ended: float
    cpu: float
    """Seconds of processor time that the node's thread used."""
    peak: int
    """Bytes of memory that the process had used at most, up to the end of this node."""
    reason: str = ""
    """Why it ran, or why not."""
    error: ErrorRecord | None = None
    key: str = ""
    """Digest of all that it depended on; empty where that cannot be told."""


class DatasetUsed(JournalRecord, frozen=True, tag="d"):
    """A dataset was read or written by a node, or what a node wrote before was reused."""

    run: str
    node: str
    dataset: str
    role: Literal["read", "written", "reused"]
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


class ValuesReused(JournalRecord, frozen=True, tag="vr"):
    """Values of a run that a reused node had logged in an earlier one; they come before this."""

    run: str
    node: str
    origin: str
    """The id of the run that they were logged to first."""
    values: list[tuple[str, str, str]]
    """Kind (``param``, ``metric``, ``tag``, ``artifact``, ``run``), name, and what is there under
    that name: the text of a tag or a param, the digest of a file. Where something else is there
    by now, it does not come from that run."""


class RecordsDropped(JournalRecord, frozen=True, tag="x"):
    """So many records could not be kept; shown on the run as a gap."""

    run: str
    count: int
    why: str


Entry = (
    RunStarted
    | RunResumed
    | RunEnded
    | ParamsLogged
    | TagsSet
    | MetricLogged
    | MetricsLogged
    | SeriesLogged
    | ArtifactLogged
    | SnapshotTaken
    | NodeStarted
    | NodeEnded
    | DatasetUsed
    | LinesLogged
    | RecordsDropped
    | ValuesReused
)
"""Everything that a journal may hold after its header."""
