"""Base types of the journal's records and of those that a store returns."""

from typing import Literal

import msgspec

Status = Literal["scheduled", "running", "finished", "failed", "killed", "lost"]
"""Status of a run."""

NodeStatus = Literal["scheduled", "running", "finished", "failed", "killed", "lost", "reused"]
"""Status of a node run; ``reused`` did not run, because its outputs existed already."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of records with named fields, so that their JSON is readable."""


class ProcessIdentity(msgspec.Struct, frozen=True, array_like=True):
    """Unique identity of a process; a pid alone may be reused."""

    pid: int
    host: str
    boot: str
    """Boot id of the host; empty if the system has none."""
    born: int
    """Start of the process in clock ticks since boot; 0 if unknown."""


class ErrorRecord(msgspec.Struct, frozen=True):
    """Error that is stored with a run or a node run."""

    kind: str
    message: str
    traceback: str = ""
