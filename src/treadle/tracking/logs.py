"""Keeps what the program logs with the run."""

import logging
import threading
from typing import Any

from treadle.masking import mask
from treadle.records import LinesLogged
from treadle.tracking.active import active_run
from treadle.tracking.run import Run

__all__ = ["RunLogs"]

_LONGEST = 65_536  # characters of one entry


class RunLogs:
    """Keeps log records with a run, those of its own threads and tasks only.

    A context manager. It sees records where they are made, and is no handler: to a program that has yet to set up
    its logging, one at the root would look as if that had been done.

    Args:
        run: The run.
        level: The lowest level that is kept.
    """

    def __init__(self, run: Run, level: int = logging.INFO) -> None:
        self._run = run
        self._level = level
        self._busy = threading.local()
        self._factory: Any = None

    def __enter__(self) -> "RunLogs":
        before = logging.getLogRecordFactory()

        def make(*arguments: Any, **options: Any) -> logging.LogRecord:
            record: logging.LogRecord = before(*arguments, **options)
            self.keep(record)
            return record

        self._before, self._factory = before, make
        logging.setLogRecordFactory(make)
        return self

    def keep(self, record: logging.LogRecord) -> None:
        """Keep one record, unless it belongs to another run or is about the keeping itself; never raises."""
        if record.levelno < self._level or getattr(self._busy, "now", False) or active_run() is not self._run:
            return
        try:
            self._busy.now = True
            text = mask(record.getMessage())[:_LONGEST]  # first: a part of a secret has no shape
            if record.exc_info and record.exc_info[0] is not None:
                text += "\n" + mask(logging.Formatter().formatException(record.exc_info))
            self._run.log_entry(LinesLogged(self._run.id, record.created, record.levelname, record.name, text))
        except Exception:  # noqa: BLE001, S110 - a message that does not fit its arguments: the program's handlers say so
            pass
        finally:
            self._busy.now = False

    def __exit__(self, *_: object) -> None:
        if logging.getLogRecordFactory() is self._factory:  # else somebody built upon it; it keeps nothing any more
            logging.setLogRecordFactory(self._before)
