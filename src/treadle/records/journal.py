"""Records that a journal holds."""

from typing import Literal

import msgspec

from treadle.records.base import ErrorRecord, NodeStatus, ProcessIdentity, Status


class JournalRecord(msgspec.Struct, frozen=True, array_like=True, tag_field="tag", gc=False):
    """Base of journal records: encoded as an array of the tag and then the fields in order.

    Hidden from the garbage collector: plain values form no cycles, and thousands of them in
    a batch would trigger it repeatedly.
    """


class JournalHeader(JournalRecord, frozen=True, tag="h"):
    """Header of a journal file: its first frame."""

    format: int
    run: str
    writer: str
    first: int
    """Sequence number of the first entry in this file."""
    owner: ProcessIdentity


class RunStarted(JournalRecord, frozen=True, tag="r"):
    """Start of a run."""

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
    """Continuation or renaming of a run; fields that are empty stay as they are."""

    run: str
    time: float
    owner: ProcessIdentity | None
    """The process that continues it and will end it; None if only its name changes."""
    name: str = ""
    experiment: str = ""


class RunEnded(JournalRecord, frozen=True, tag="e"):
    """End of a run, as reported by its own process."""

    run: str
    status: Status
    ended: float
    error: ErrorRecord | None = None


class ParamsLogged(JournalRecord, frozen=True, tag="p"):
    """Parameters of a run; the values are JSON scalars or JSON text."""

    run: str
    params: dict[str, str | int | float | bool | None]


class TagsSet(JournalRecord, frozen=True, tag="t"):
    """Tags of a run; the last value of each key wins."""

    run: str
    tags: dict[str, str]


class MetricLogged(JournalRecord, frozen=True, tag="m"):
    """One point of one metric series."""

    run: str
    key: str
    step: int
    time: float
    value: float


class MetricsLogged(JournalRecord, frozen=True, tag="ms"):
    """One point of several metric series at the same step and time."""

    run: str
    step: int
    time: float
    values: dict[str, float]


class SeriesLogged(JournalRecord, frozen=True, tag="sl"):
    """Points of one metric series as columns of little-endian 8-byte values."""

    run: str
    key: str
    time: float
    """Time of all points if ``times`` is empty."""
    steps: bytes
    """int64."""
    values: bytes
    """float64."""
    times: bytes = b""
    """float64."""


class ArtifactLogged(JournalRecord, frozen=True, tag="a"):
    """Artifact of a run whose content is already in the artifact store, under its digest."""

    run: str
    path: str
    digest: str
    size: int
    time: float


class SnapshotTaken(JournalRecord, frozen=True, tag="s"):
    """JSON document stored with a run: ``config``, ``graph``, ``environment`` or ``git``."""

    run: str
    kind: str
    content: bytes
    """JSON."""


class NodeStarted(JournalRecord, frozen=True, tag="ns"):
    """Start of a node."""

    run: str
    node: str
    started: float


class NodeEnded(JournalRecord, frozen=True, tag="ne"):
    """End of a node; repeats its start, so that one record is one row."""

    run: str
    node: str
    status: NodeStatus
    started: float
    ended: float
    cpu: float
    """CPU time of the node's thread, in seconds."""
    peak: int
    """Peak memory of the process up to the end of this node, in bytes."""
    reason: str = ""
    """Why it ran or did not run."""
    error: ErrorRecord | None = None
    key: str = ""
    """Digest of everything it depended on; empty if unknown."""


class DatasetUsed(JournalRecord, frozen=True, tag="d"):
    """Dataset that a node read or wrote, or of which an earlier output was reused."""

    run: str
    node: str
    dataset: str
    role: Literal["read", "written", "reused"]
    type: str
    location: str
    version: str
    """Name of the version; empty if the dataset is not versioned."""
    digest: str
    """Digest of the content; empty if the dataset has none."""
    size: int
    time: float


class LinesLogged(JournalRecord, frozen=True, tag="l"):
    """Entry of the program's log, of one or more lines."""

    run: str
    time: float
    level: str
    logger: str
    text: str


class ValuesReused(JournalRecord, frozen=True, tag="vr"):
    """Values logged before this record that a reused node logged in an earlier run."""

    run: str
    node: str
    origin: str
    """Id of the run that they were first logged to."""
    values: list[tuple[str, str, str]]
    """Kind, name and value of each reused value.

    Kinds are ``param``, ``metric``, ``tag``, ``artifact`` and ``run``. Values are the text of a tag
    or param, or the digest of a file. A name whose value differs now is not from that run."""


class RecordsDropped(JournalRecord, frozen=True, tag="x"):
    """Number of records that could not be stored; shown on the run as a gap."""

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
"""Any record that may follow the header of a journal."""
