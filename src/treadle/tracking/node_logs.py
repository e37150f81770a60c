"""Records what the nodes of one run log, and repeats it when they are reused."""

import contextlib
import shutil
import time
from pathlib import Path
from typing import Final

import msgspec

from treadle.store import StoreLocation
from treadle.store.renewal import find_missing
from treadle.tracking.logged import Logged
from treadle.tracking.node_log import NodeLog
from treadle.tracking.rebase import after_times, note_times
from treadle.tracking.run import Run

_ABANDONED: Final = 7 * 86400.0  # seconds
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Logged).decode


class NodeLogs:
    """The logs of nodes, as the engine stores them.

    Args:
        location: The store of the run.
        run: The run; None if nothing runs, to ask only what could be repeated.
    """

    def __init__(self, location: StoreLocation, run: Run | None = None) -> None:
        self._location = location
        self._run = run
        self._folder = location.folder / "node-logs"
        self._open: dict[str, tuple[NodeLog, int]] = {}
        self._count = 0
        self._missing: dict[str, bool] = {}
        self._times: dict[
            str, float
        ] = {}  # of the latest point of each series that a node has logged
        if run is not None:
            run.is_noted = True
            _remove_abandoned(self._folder)

    def begin(self, node: str, *, is_muted: bool = False) -> None:
        """Start to record what is logged in this context, as a node's.

        Args:
            node: The node.
            is_muted: Whether the run has it already, because the node was to be reused: then it
                does not count.
        """
        if self._run is None:
            return
        self._count += 1
        run = self._run
        log = NodeLog(run.id, self._folder / f"{run.id}-{self._count}", is_muted=is_muted)
        self._open[node] = log.activate(), run.losses

    def end(self, node: str) -> bytes | None:
        """Return what a node has logged, packed; empty for nothing.

        It is None if a part is unknown: a record could not be stored, or a process of the node died
        while it logged.
        """
        log, losses = self._open.pop(node, (None, 0))
        if log is None or self._run is None:
            return b""
        logged = log.close()
        if logged is None or log.is_muted or self._run.losses != losses:
            return None
        note_times(logged, self._times)
        return _encode(logged) if logged else b""

    def has_all(self, logged: bytes) -> bool:
        """Return whether the contents of all artifacts that a node logged still exist."""
        files = {entry.digest: entry.size for entry in _decode(logged).files}
        unknown = {digest: size for digest, size in files.items() if digest not in self._missing}
        if unknown:
            missing = find_missing(self._location, unknown)
            self._missing |= {digest: digest in missing for digest in unknown}
        return not any(self._missing[digest] for digest in files)

    def repeat(self, node: str, logged: bytes, origin: str) -> None:
        """Log again what a node has logged, to this run.

        Args:
            node: The node.
            logged: What it logged, packed.
            origin: The id of the run that it logged to.
        """
        if self._run is not None:
            moved = after_times(_decode(logged), self._times)
            note_times(moved, self._times)
            self._run.take_over(node, origin, moved)


def _remove_abandoned(folder: Path) -> None:
    """Remove files of node processes whose parent process died."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        with contextlib.suppress(OSError):
            if entry.stat().st_mtime < time.time() - _ABANDONED:
                shutil.rmtree(entry)
