"""Stores log records of the program with the run."""

import logging
import threading
from typing import Any

from treadle.masking import mask
from treadle.records import LinesLogged
from treadle.tracking.active import active_run
from treadle.tracking.run import Run

_LONGEST = 65_536  # characters of one entry


class RunLogs:
    """Stores log records with a run, only those of its own threads and tasks.

    A context manager. It hooks the creation of records and is not a handler: with a handler at the
    root, a program that has yet to set up its logging would take that as done.

    Args:
        run: The run.
        level: The lowest level to store.
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
            self.store(record)
            return record

        self._before, self._factory = before, make
        logging.setLogRecordFactory(make)
        return self

    def store(self, record: logging.LogRecord) -> None:
        """Store a record, unless it is of another run or of this method itself; never raises."""
        if (
            record.levelno < self._level
            or getattr(self._busy, "now", False)
            or active_run() is not self._run
        ):
            return
        try:
            self._busy.now = True
            text = mask(record.getMessage())[:_LONGEST]  # uncut: part of a secret has no shape
            if record.exc_info and record.exc_info[0] is not None:
                text += "\n" + mask(logging.Formatter().formatException(record.exc_info))
            self._run.log_entry(
                LinesLogged(self._run.id, record.created, record.levelname, record.name, text)
            )
        except Exception:  # noqa: BLE001, S110 - invalid arguments, which the handlers report
            pass
        finally:
            self._busy.now = False

    def __exit__(self, *_: object) -> None:
        if logging.getLogRecordFactory() is self._factory:  # else it is wrapped by another one
            logging.setLogRecordFactory(self._before)
