"""Records the code and the environment of runs started in Python.

Git takes seconds for a large repository, so a thread reads the state while the training runs, and
the end of the run waits for it.
"""

import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from treadle.tracking.run import Run

if TYPE_CHECKING:
    from treadle.provenance.capture import Surroundings


_log = logging.getLogger(__name__)

_FRESH: Final = 60.0  # seconds: the hundreds of short runs of a sweep share one call of git
_PATIENCE: Final = 30.0  # seconds that the end of a run waits
_HEAD_START: Final = 0.05  # seconds before the thread competes with the training
_lock = threading.Lock()
_known: "tuple[float, Path, Surroundings] | None" = None


def record_program(run: Run) -> None:
    """Start recording a run's environment, commit, and uncommitted code.

    Never raises: unreadable code must not stop a training.
    """
    try:
        here = Path.cwd()
    except OSError as error:  # the folder has been deleted
        _log.warning("The code of the run is not recorded: %s", error)
        return
    is_ending = threading.Event()

    def work() -> None:
        is_ending.wait(_HEAD_START)
        _record(run, here)

    thread = threading.Thread(target=work, name="treadle-code", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads, or Python is about to exit
        _record(run, here)
        return

    def wait() -> None:
        is_ending.set()
        thread.join(_PATIENCE)
        if thread.is_alive():
            _log.warning("The code of run %s is not recorded: it takes too long to read.", run.id)

    run.before_end.append(wait)


def _record(run: Run, here: Path) -> None:
    try:
        from treadle.provenance.capture import store_surroundings

        store_surroundings(run, _read(here))
    except Exception as error:  # noqa: BLE001 - the run continues whatever fails
        _log.warning("The code of the run is not recorded: %s: %s", type(error).__name__, error)


def _read(here: Path) -> "Surroundings":
    global _known  # noqa: PLW0603 - one for each process, like its modules
    from treadle.provenance.capture import read_surroundings
    from treadle.provenance.environment import read_environment
    from treadle.provenance.running_code import find_code

    with _lock:
        folder, code = find_code(here)
        now = time.monotonic()
        if _known is not None and _known[1] == folder and now - _known[0] < _FRESH:
            return _known[2]
        surroundings = read_surroundings(folder, code, read_environment(here))
        _known = (now, folder, surroundings)
        return surroundings


def _after_fork() -> None:
    """Replace the lock in a forked child: the thread that held it does not exist there."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
