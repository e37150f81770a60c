"""Records the code and the environment of runs that start in Python."""

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from treadle.tracking.run import Run

if TYPE_CHECKING:
    from treadle.provenance.surroundings import Surroundings

__all__ = ["record_program"]

_log = logging.getLogger(__name__)

_FRESH: Final = 60.0  # seconds: a sweep of short runs does not ask git at each of them
_lock = threading.Lock()
_known: "tuple[float, str, Surroundings] | None" = None


def record_program(run: Run) -> None:
    """Record what a run runs on: the environment, the commit, and what of the code is in none.

    Never raises: a training does not end because its code cannot be read.
    """
    try:
        from treadle.provenance.surroundings import store_surroundings

        store_surroundings(run, _read())
    except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on
        _log.warning("The code of the run is not recorded: %s: %s", type(error).__name__, error)


def _read() -> "Surroundings":
    global _known  # noqa: PLW0603 - one for each process, as its modules are
    from treadle.provenance.program import find_code
    from treadle.provenance.surroundings import read_surroundings

    folder, code = find_code()
    with _lock:
        now = time.monotonic()
        if _known is not None and _known[1] == str(folder) and now - _known[0] < _FRESH:
            return _known[2]
        found = read_surroundings(folder, code)
        _known = (now, str(folder), found)
        return found
