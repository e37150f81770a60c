"""Identities of processes, and whether a process has died."""

import contextlib
import functools
import os
import socket
import time
from pathlib import Path

from treadle.records import ProcessIdentity

_IMPORTED = time.perf_counter()
_PROC = Path("/proc")
# Fields of /proc/<pid>/stat, counted after the command's closing parenthesis.
_STATE_FIELD = 0
_FLAGS_FIELD = 6
_BORN_FIELD = 19
_EXITING = 0x4  # the kernel's PF_EXITING: it runs no code of its own any more


def identify() -> ProcessIdentity:
    """Return the identity of this process, by which another can check whether it is still alive."""
    pid = os.getpid()
    host, boot = _machine()
    return ProcessIdentity(pid, host, boot, _born(pid))


def is_dead(identity: ProcessIdentity) -> bool:
    """Return whether a process has certainly ended.

    A process of another host cannot be checked from here and counts as alive.
    """
    host, boot = _machine()
    if identity.host != host:
        return False
    if identity.boot != boot:
        return True
    try:
        os.kill(identity.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it is alive, and belongs to another user
    if _is_leaving(identity.pid):
        return True
    # The pid is in use; if it started at another time, it is another process.
    return bool(identity.born) and _born(identity.pid) != identity.born


def describe(identity: ProcessIdentity) -> str:
    """Format a process for a message."""
    return f"process {identity.pid} on {identity.host}"


def seconds_since_start() -> float:
    """Return the age of this process in seconds, including the start of Python and all imports.

    If the system does not provide it, return the time since this module was imported.
    """
    born = _born(os.getpid())
    if born:
        with contextlib.suppress(OSError, ValueError):
            up = float((_PROC / "uptime").read_text().split()[0])
            return max(0.0, up - born / os.sysconf("SC_CLK_TCK"))
    return time.perf_counter() - _IMPORTED


@functools.cache
def _machine() -> tuple[str, str]:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""
    return socket.gethostname(), boot


def _stat(pid: int) -> list[str]:
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _born(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[_BORN_FIELD]) if len(fields) > _BORN_FIELD else 0


def _is_leaving(pid: int) -> bool:
    """Return whether a process is exiting: it closes its files before it becomes a zombie."""
    fields = _stat(pid)
    if len(fields) <= _FLAGS_FIELD:
        return False
    return fields[_STATE_FIELD] in ("Z", "X") or bool(int(fields[_FLAGS_FIELD]) & _EXITING)
