"""The thread that brings a writer's journal to the store.

It reads the journal back in batches and applies them: one format and one code path for a live run
and for a dead one, and no queue that could fill the memory.
"""

import contextlib
import logging
import os
import threading
from collections import deque
from pathlib import Path
from typing import Final

from treadle.store import JournalReader, Store, StoreLocation

__all__ = ["Delivery"]

_log = logging.getLogger(__name__)

_GATHER: Final = 0.2  # seconds that entries are gathered before they are applied
_BATCH: Final = 5000
_FIRST_PAUSE: Final = 1.0  # seconds before a failed delivery is tried again, doubled each time
_LONGEST_PAUSE: Final = 30.0


class Delivery:
    """Applies the journal files of one run in one process, in order, and removes those that are done.

    Args:
        location: The store.
        first: The first journal file.
    """

    def __init__(self, location: StoreLocation, first: Path) -> None:
        self._location = location
        self._files = deque([first])
        self._progress = threading.Condition()
        self._wake = threading.Event()
        self._urgent = threading.Event()
        self._is_stopping = False
        self._delivered = (0, 0)
        self._failures = 0
        self._store: Store | None = None
        self._descriptor = -1
        self._reader: JournalReader | None = None
        self._thread = threading.Thread(target=self._work, name="treadle-delivery", daemon=True)
        self._thread.start()

    def notify(self) -> None:
        """Say that there is something new."""
        if not self._wake.is_set():  # asking is several times cheaper than setting
            self._wake.set()

    def add_file(self, path: Path) -> None:
        """Say that the writer goes on in another file."""
        self._files.append(path)
        self._wake.set()

    def flush(self, place: tuple[int, int], timeout: float) -> bool:
        """Wait until the store has everything up to a place; tell whether it has.

        Args:
            place: How many files come before, and the sequence number in the file.
            timeout: Seconds to wait at most.
        """
        with self._progress:
            failures = self._failures
            self._urgent.set()
            self._wake.set()
            self._progress.wait_for(lambda: self._delivered >= place or self._failures > failures, timeout)
            return self._delivered >= place

    def stop(self, timeout: float) -> bool:
        """Deliver what is left and end; tell whether the store has all of it."""
        self._is_stopping = True
        self._urgent.set()
        self._wake.set()
        self._thread.join(timeout)
        return not self._thread.is_alive() and not self._files

    def _work(self) -> None:
        while not self._is_stopping:
            self._wake.wait()
            self._urgent.wait(self._pause())
            self._wake.clear()
            self._urgent.clear()
            # What comes from here on sets the event again; what came before is read now.
            self._attempt()
        self._attempt(last=True)
        self._disconnect()

    def _pause(self) -> float:
        return min(_FIRST_PAUSE * 2 ** (self._failures - 1), _LONGEST_PAUSE) if self._failures else _GATHER

    def _attempt(self, *, last: bool = False) -> None:
        try:
            while self._deliver_batch(last=last):
                with self._progress:
                    self._progress.notify_all()
        except Exception as error:  # noqa: BLE001 - whatever it is, the journal has it all, and training goes on
            if not self._failures:
                _log.warning(
                    "The store %s takes nothing at the moment; it is kept in the journal. %s", self._location, error
                )
            self._failures += 1
            self._disconnect()
            self._wake.set()
        else:
            self._failures = 0
        with self._progress:
            self._progress.notify_all()

    def _deliver_batch(self, *, last: bool) -> bool:
        """Bring one batch to the store; tell whether there may be more."""
        if not self._files:
            return False
        reader = self._reader or self._open()
        first = reader.next
        # Read before asking for a next file: entries are never written to a file that has a successor.
        is_finished = last or len(self._files) > 1
        entries = reader.read(_BATCH)
        if entries and reader.header is not None:
            high_water = self._connect().apply(reader.header.writer, first, entries)
            self._delivered = (self._delivered[0], high_water)
            return True
        if not is_finished:
            return False
        self._close_file()
        with contextlib.suppress(FileNotFoundError):
            self._files[0].unlink()
        self._files.popleft()
        self._delivered = (self._delivered[0] + 1, 0)
        return bool(self._files)

    def _open(self) -> JournalReader:
        self._descriptor = os.open(self._files[0], os.O_RDONLY | os.O_CLOEXEC)
        self._reader = JournalReader(self._descriptor)
        return self._reader

    def _connect(self) -> Store:
        if self._store is None:
            from treadle.store.sql.sqlite import SqliteStore

            self._store = SqliteStore(self._location)
        return self._store

    def _disconnect(self) -> None:
        """Drop the connection and the place in the file: after a failure, both are begun anew."""
        self._close_file()
        store, self._store = self._store, None
        if store is not None:
            with contextlib.suppress(Exception):
                store.close()

    def _close_file(self) -> None:
        if self._reader is not None:
            os.close(self._descriptor)
            self._reader = None
