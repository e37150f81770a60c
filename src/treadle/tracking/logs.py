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
