"""Records what is logged while a node runs, in its own process and in those that it starts."""

import contextlib
import os
import shutil
import threading
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar, Token
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from treadle.errors import TreadleError
from treadle.files import create_folder
from treadle.tracking.active import inherited
from treadle.tracking.logged import Count, Logged, LoggedFile, LoggedSeries, Scalar

_current: "ContextVar[NodeLog | None]" = ContextVar("treadle_node_log", default=None)
_encode: Final = msgspec.msgpack.Encoder().encode
_LENGTH: Final = 4
_CALLS: Final = frozenset(
    ["add_params", "add_tags", "add_file", "add_run", "add_names", "add_loss"],
)
"""The calls that another process may have recorded, beside points."""


def current_log(run: str) -> "NodeLog | None":
    """Return the log of the node that runs here, if it belongs to a run."""
    log = inherited(_current)
    return log if log is not None and log.run == run and log.is_open else None


class _Series:
    """Collects the points of one series."""

    def __init__(self, base: int) -> None:
        self.base = base
        self.steps, self.follows = array("q"), bytearray()
        self.times, self.values = array("d"), array("d")

    def add(self, points: LoggedSeries) -> None:
        self.steps.frombytes(points.steps)
        self.times.frombytes(points.times)
        self.values.frombytes(points.values)
        self.follows += points.follows

    def pack(self, key: str) -> LoggedSeries:
        columns = (self.steps.tobytes(), self.times.tobytes(), self.values.tobytes())
        return LoggedSeries(key, self.base, *columns, bytes(self.follows))


class NodeLog:
    """Everything that one node logs to one run.

    Threads and forks of the node's process inherit it. Other processes write what they log to a
    folder: one file per process, one frame per call.

    Args:
        run: The id of the run.
        folder: The folder that other processes write to; the first one creates it.
        is_muted: Whether nothing logged counts, because the run has it already.
        owner: The process that reads it; by default, this one.
    """

    def __init__(
        self,
        run: str,
        folder: Path,
        *,
        is_muted: bool = False,
        owner: int | None = None,
    ) -> None:
        self.run = run
        self.folder = folder
        self.is_muted = is_muted
        self.is_open = True
        self.is_whole = True
        """Whether everything that was logged is known."""
        self._owner = os.getpid() if owner is None else owner
        self._lock = threading.Lock()
        self._token: Token[NodeLog | None] | None = None
        self._series: dict[str, _Series] = {}
        self._groups: list[tuple[tuple[str, ...], int]] = []  # of series, and how often in a row
        self._params: dict[str, Scalar] = {}
        self._tags: dict[str, str] = {}
        self._files: dict[str, LoggedFile] = {}
        self._runs: list[str] = []
        self._names = {"name": "", "experiment": ""}

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle it for another process, which writes to the folder."""
        return (partial(NodeLog, is_muted=self.is_muted, owner=0), (self.run, self.folder))

    def activate(self) -> Self:
        """Make this the node log of the context."""
        self._token = _current.set(self)
        return self

    def close(self) -> Logged | None:
        """Return what was logged; None if a part of it is unknown."""
        if self._token is not None:
            with contextlib.suppress(ValueError):  # closed in another context
                _current.reset(self._token)
            self._token = None
        with self._lock:
            self.is_open = False
        for call, arguments in self._read_others():
            if call == "add_points":
                self.add_points([LoggedSeries(*fields) for fields in arguments[0]])
            elif call in _CALLS:
                getattr(self, call)(*arguments)
        if not self.is_whole:
            return None
        return Logged(
            series=[series.pack(key) for key, series in self._series.items()],
            groups=[(times, list(keys)) for keys, times in self._groups],
            params=self._params,
            tags=self._tags,
            files=list(self._files.values()),
            runs=self._runs,
            **self._names,
        )

    def add_points(self, points: Sequence[LoggedSeries]) -> None:
        """Record points that were logged by one call."""
        if self._is_elsewhere():
            return self._send("add_points", points)
        with self._lock:
            if points[0].follows[0] == Count.TOGETHER:
                keys = tuple(logged.key for logged in points)
                known, times = self._groups.pop() if self._groups else (keys, 0)
                if known != keys:
                    self._groups.append((known, times))
                    times = 0
                self._groups.append((keys, times + 1))
            for logged in points:
                series = self._series.get(logged.key)
                if series is None:
                    series = self._series[logged.key] = _Series(logged.base)
                series.add(logged)
        return None

    def add_params(self, params: Mapping[str, Scalar]) -> None:
        """Record parameters; the first value of each stays."""
        if self._is_elsewhere():
            return self._send("add_params", params)
        with self._lock:
            self._params = {**params, **self._params}
        return None

    def add_tags(self, tags: Mapping[str, str]) -> None:
        """Record tags; the last value of each stays."""
        if self._is_elsewhere():
            return self._send("add_tags", tags)
        with self._lock:
            self._tags |= tags
        return None

    def add_file(self, path: str, digest: str, size: int, time: float) -> None:
        """Record an artifact; the last one of each path stays."""
        if self._is_elsewhere():
            return self._send("add_file", path, digest, size, time)
        with self._lock:
            self._files[path] = LoggedFile(path, digest, size, time)
        return None

    def add_run(self, run: str) -> None:
        """Record a run that was started inside this one."""
        if self._is_elsewhere():
            return self._send("add_run", run)
        with self._lock:
            self._runs.append(run)
        return None

    def add_names(self, name: str, experiment: str) -> None:
        """Record a new name or experiment of the run; empty ones change nothing."""
        if self._is_elsewhere():
            return self._send("add_names", name, experiment)
        with self._lock:
            names = {"name": name, "experiment": experiment}
            self._names |= {key: value for key, value in names.items() if value}
        return None

    def add_loss(self) -> None:
        """Record that something could not be stored."""
        if self._is_elsewhere():
            return self._send("add_loss")
        self.is_whole = False
        return None

    def _is_elsewhere(self) -> bool:
        """Return whether this is not the process that reads the log."""
        return self.is_open and os.getpid() != self._owner

    def _send(self, call: str, *arguments: Any) -> None:
        """Write a call to this process's file, as one frame prefixed by its length."""
        frame = _encode((call, arguments))
        path = self.folder / f"{os.getpid()}-{threading.get_native_id()}"
        try:
            create_folder(self.folder, private=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
            try:
                os.write(descriptor, len(frame).to_bytes(_LENGTH, "little") + frame)
            finally:
                os.close(descriptor)
        except (OSError, TreadleError):
            with contextlib.suppress(OSError):
                path.rename(path.with_name("torn"))

    def _read_others(self) -> Iterator[tuple[str, Sequence[Any]]]:
        """Yield the calls of other processes; after a truncated file the log is incomplete."""
        if not self.folder.is_dir():
            return
        for path in sorted(self.folder.iterdir()):
            data, position = path.read_bytes(), 0
            while position < len(data):
                begin = position + _LENGTH
                position = begin + int.from_bytes(data[position:begin], "little")
                if position > len(data):
                    break
                call, arguments = msgspec.msgpack.decode(data[begin:position])
                yield call, arguments
            self.is_whole &= position == len(data) and path.name != "torn"
        shutil.rmtree(self.folder, ignore_errors=True)
