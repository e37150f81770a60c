"""Keeps what the program logs with the run."""

import logging
import threading

from treadle.masking import mask
from treadle.records import LinesLogged
from treadle.tracking.active import active_run
from treadle.tracking.run import Run

__all__ = ["RunLogHandler"]

_LONGEST = 65_536  # characters of one entry


class RunLogHandler(logging.Handler):
    """Sends log records to a run, those of its own threads and tasks only.

    A context manager: attached to the root logger inside the block.

    Args:
        run: The run.
        level: The lowest level that is kept.
    """

    def __init__(self, run: Run, level: int = logging.INFO) -> None:
        super().__init__(level)
        self._run = run
        self._busy = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record, unless it belongs to another run or is about the keeping itself."""
        if getattr(self._busy, "now", False) or active_run() is not self._run:
            return
        self._busy.now = True
        _show_as_before(record)
        try:
            text = mask(record.getMessage())[:_LONGEST]
            if record.exc_info:
                text += "\n" + mask(logging.Formatter().formatException(record.exc_info))
            self._run.log_entry(LinesLogged(self._run.id, record.created, record.levelname, record.name, text))
        except Exception:  # noqa: BLE001 - as the standard library's handlers do
            self.handleError(record)
        finally:
            self._busy.now = False

    def __enter__(self) -> "RunLogHandler":
        root = logging.getLogger()
        root.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)


def _show_as_before(record: logging.LogRecord) -> None:
    """Print what Python prints when a program has set up no logging: our handler must not silence that."""
    others = [one for one in logging.getLogger().handlers if not isinstance(one, RunLogHandler)]
    if not others and logging.lastResort is not None and record.levelno >= logging.lastResort.level:
        logging.lastResort.handle(record)
