"""Detects how the process ends, so that a crash is never shown as finished.

For runs started without a ``with`` block, which get no notice of it. Python hides ``sys.exit(1)``
from exit handlers, so `sys.exit` is watched, too. What cannot be detected inside the process, such
as ``kill -9``, is detected when the store is next read.
"""

import atexit
import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import NoReturn
from weakref import WeakSet

from treadle.tracking.run import Run, status_of


class Terminated(SystemExit):
    """SIGTERM, raised in the main thread so that files and runs are closed properly."""

    def __init__(self, number: int = signal.SIGTERM) -> None:
        super().__init__(128 + number)


_runs: "WeakSet[Run]" = WeakSet()
_seen: list[BaseException] = []
_pid = 0


def watch(run: Run) -> None:
    """End a run with the process, however that ends."""
    global _pid  # noqa: PLW0603 - installed once for each process
    _runs.add(run)
    if _pid != os.getpid():
        if _pid == 0:
            atexit.register(_end_all)
            _watch_exceptions()
        _pid = os.getpid()
        watch_signals()


def is_open(run_id: str) -> bool:
    """Return whether a run was started in this process and has not ended."""
    return any(run.id == run_id and not run.has_ended for run in list(_runs))


def watch_signals() -> None:
    """Turn SIGTERM into an exception, unless the program handles it itself."""
    if (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    ):
        signal.signal(signal.SIGTERM, _terminate)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    error = Terminated(number)
    _seen.append(error)
    raise error


def _watch_exceptions() -> None:
    original_hook = sys.excepthook
    original_exit = sys.exit

    def see(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _seen.append(error)
        original_hook(kind, error, trace)

    def leave(status: object = None, /) -> NoReturn:
        _seen.append(SystemExit(status))
        original_exit(status)  # type: ignore[arg-type]

    sys.excepthook = see
    sys.exit = leave


def _end_all() -> None:
    error = _seen[-1] if _seen else None
    status = status_of(error)
    for run in sorted(_runs, key=lambda run: run.id, reverse=True):
        run.end(status, error if status != "finished" else None)
