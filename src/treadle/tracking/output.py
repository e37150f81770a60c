"""Stores printed output with the active run.

It captures lines that Python writes to standard output and standard error, which still appear
there. Of a line redrawn with carriage returns, such as a progress bar, it stores the end state.
"""

import logging
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from treadle.masking import LineMask
from treadle.records import LinesLogged
from treadle.tracking.active import active_run

if TYPE_CHECKING:
    from treadle.tracking.run import Run


_LEVELS: Final = {"stdout": "OUT", "stderr": "ERR"}
_LONGEST: Final = 65_536  # characters of one line
_MOST: Final = 64 << 20  # characters of one run
_EMIT: Final = logging.StreamHandler.emit.__code__

_lock = threading.Lock()
_captures: "list[OutputCapture]" = []


class OutputCapture:
    """The captured lines of one run, from here until `stop`.

    Args:
        run: The run.
        logs: Whether to store output of `logging` handlers, too; not if the log records are stored.
    """

    def __init__(self, run: "Run", *, logs: bool = True) -> None:
        self._run = run
        self.logs = logs
        self._rest = dict.fromkeys(_LEVELS, "")
        self._masks = {name: LineMask() for name in _LEVELS}
        self._count = 0
        self._lock = threading.Lock()
        self._busy = threading.local()
        with _lock:
            _captures.append(self)
            for name in _LEVELS:
                stream = getattr(sys, name)
                if stream is not None and not isinstance(stream, _Tee):
                    setattr(sys, name, _Tee(stream, name))

    def add(self, name: str, text: str) -> None:
        """Add text written to a stream; never raises."""
        if getattr(self._busy, "now", False):
            return  # output of the capture itself
        try:
            self._busy.now = True
            with self._lock:
                *lines, rest = (self._rest[name] + text).split("\n")
                self._rest[name] = _shown(rest)[:_LONGEST] + ("\r" if rest.endswith("\r") else "")
            for line in lines:
                self._store(name, line)
        finally:
            self._busy.now = False

    def _store(self, name: str, line: str) -> None:
        shown = self._masks[name].mask(_shown(line))[:_LONGEST]
        if self._count > _MOST:
            return
        self._count += len(shown) + 1
        if self._count > _MOST:
            shown = (
                f"More than {_MOST >> 20} MiB were printed; from here on, nothing of it is kept."
            )
        self._run.log_entry(LinesLogged(self._run.id, time.time(), _LEVELS[name], name, shown))

    def stop(self) -> None:
        """Store the unfinished last line, and stop."""
        for name in _LEVELS:
            if self._rest[name]:
                self.add(name, "\n")
        with _lock:
            if self in _captures:
                _captures.remove(self)
            if not _captures:
                for name in _LEVELS:
                    stream = getattr(sys, name)
                    if isinstance(stream, _Tee):
                        setattr(sys, name, stream.original)

    def forget(self) -> None:
        """Drop an unfinished line in a forked child: it belongs to the parent process."""
        self._lock = threading.Lock()
        self._rest = dict.fromkeys(_LEVELS, "")


def _shown(line: str) -> str:
    """Return what a terminal shows of a line: the text after the last carriage return."""
    return line.rstrip("\r").rpartition("\r")[2]


class _Tee:
    """A stream that also passes what is written to the active run."""

    def __init__(self, original: Any, name: str) -> None:
        self.original = original
        self._name = name

    def write(self, text: str) -> int:
        """Write a text."""
        written: int = self.original.write(text)
        run = active_run()
        capture = run.output if run is not None else None
        if capture is not None and (capture.logs or sys._getframe(1).f_code is not _EMIT):  # noqa: SLF001 - who calls
            capture.add(self._name, text)
        return written

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def __iter__(self) -> Any:
        return iter(self.original)


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - the parent's other threads may have held it
    _lock = threading.Lock()
    for capture in _captures:
        capture.forget()


os.register_at_fork(after_in_child=_after_fork)
