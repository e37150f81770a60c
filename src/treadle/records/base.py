"""What both kinds of records are made of."""

from typing import Literal

import msgspec

__all__ = [
    "ErrorRecord",
    "NodeStatus",
    "ProcessIdentity",
    "Record",
    "Status",
    "__all__",
]

Status = Literal["scheduled", "running", "finished", "failed", "killed", "lost"]
"""Where a run stands."""

NodeStatus = Literal["scheduled", "running", "finished", "failed", "killed", "lost", "reused"]
"""Where a node run stands; ``reused`` did not run, because what it would have made was there."""


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
