"""The thread that delivers a writer's journal to the store.

It reads the journal in batches and applies them: one format and one code path for live and dead
runs, and no queue that could fill the memory.
"""

import contextlib
import logging
import os
import threading
import time
from collections import deque
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple

from treadle.store import JournalReader, JournalWriter, Store, StoreLocation, finish_journal

_log = logging.getLogger(__name__)

_GATHER: Final = 0.2  # seconds that entries are collected before they are applied
_BATCH: Final = 5000
_FIRST_PAUSE: Final = 1.0  # seconds before a failed delivery is repeated, doubled each time
_LONGEST_PAUSE: Final = 30.0
_BEAT: Final = 15.0  # seconds between heartbeats to a store on another machine


class _Flush(NamedTuple):
    """Requests immediate delivery of everything up to an entry."""

    journal: JournalWriter
    last: int
    reply: "SimpleQueue[bool]"


class _Stop(NamedTuple):
    """Requests an immediate check whether to stop."""


class Delivery:
    """Applies the journal files of one run in one process, in order, and removes delivered ones.

    Args:
        run: The id of the run.
        location: The store.
        journals: The files; the last is being written. The writer appends, this class removes.
    """

    def __init__(self, run: str, location: StoreLocation, journals: deque[JournalWriter]) -> None:
        self._run = run
        self._location = location
        self._journals = journals
        # C queues, not events or conditions: Ctrl-C inside those leaves their locks held.
        self._messages: SimpleQueue[_Flush | _Stop | None] = SimpleQueue()
        self._is_notified = False
        self._is_stopping = False
        self._delivered = 0  # last sequence number of the first journal that is in the store
        self._failures = 0
        self._steps = 0  # batches that the store accepted
        self._store: Store | None = None
        self._descriptor = -1
        self._reader: JournalReader | None = None
        self._thread = threading.Thread(target=self._work, name="treadle-delivery", daemon=True)
        self._thread.start()

    def notify(self) -> None:
        """Signal that there are new entries."""
        if not self._is_notified:
            self._is_notified = True
            self._messages.put(None)

    def flush(self, journal: JournalWriter, last: int, timeout: float) -> bool:
        """Wait until the store has everything up to an entry; return whether it has.

        Args:
            journal: The journal that contains the entry.
            last: The sequence number of the entry.
            timeout: Maximum seconds to wait.
        """
        request = _Flush(journal, last, SimpleQueue())
        self._messages.put(request)
        try:
            return request.reply.get(timeout=timeout)
        except Empty:
            return False

    def _has(self, journal: JournalWriter, last: int) -> bool:
        if journal not in self._journals:
            return True
        return journal is self._journals[0] and self._delivered >= last

    def stop(self, timeout: float) -> bool:
        """Deliver what is left and stop; return whether the store has all of it.

        Args:
            timeout: Maximum seconds to wait without progress.
        """
        self._is_stopping = True
        self._messages.put(_Stop())
        seen = -1
        while self._thread.is_alive() and seen != (seen := self._progress()):
            self._thread.join(timeout)
        return not self._thread.is_alive() and not self._journals

    def _progress(self) -> int:
        return self._steps + getattr(self._store, "steps", 0)

    def _work(self) -> None:
        while not self._is_stopping:
            try:
                request = self._messages.get(
                    timeout=_BEAT if self._location.kind != "sqlite" else None
                )
            except Empty:
                self._beat()
                continue
            if request is None:
                with contextlib.suppress(Empty):
                    request = self._messages.get(timeout=self._pause())
            # Later entries notify again; earlier ones are read now.
            self._is_notified = False
            self._attempt()
            if isinstance(request, _Flush):
                request.reply.put(self._has(request.journal, request.last))
        if self._failures == 0 or self._location.kind == "sqlite":
            self._attempt(last=True)
        self._disconnect()

    def _beat(self) -> None:
        """Send a heartbeat of the run's process while nothing is logged."""
        with contextlib.suppress(Exception):
            self._connect().beat([self._run], time.time())

    def _pause(self) -> float:
        return (
            min(_FIRST_PAUSE * 2 ** (self._failures - 1), _LONGEST_PAUSE)
            if self._failures
            else _GATHER
        )

    def _attempt(self, *, last: bool = False) -> None:
        try:
            while self._deliver_batch(last=last):
                pass
        except Exception as error:  # noqa: BLE001 - the journal has it all; training continues
            if not self._failures:
                _log.warning(
                    "The store %s is unavailable at the moment; the run continues, and its "
                    "journal keeps what is logged. %s",
                    self._location,
                    error,
                )
            self._failures += 1
            self._disconnect()
            self.notify()
        else:
            self._failures = 0

    def _deliver_batch(self, *, last: bool) -> bool:
        """Deliver one batch to the store; return whether there may be more."""
        if not self._journals:
            return False
        reader = self._reader or self._open()
        first = reader.next
        # Read before checking for a next file: a file with a successor gets no more entries.
        is_finished = last or len(self._journals) > 1
        entries = reader.read(_BATCH, is_complete=is_finished)
        if entries and reader.header is not None:
            self._delivered = self._connect().apply(reader.header.writer, first, entries)
            self._steps += 1
            # A batch that is not full was the last. Entries since then wait for the next round:
            # a commit for every few would slow down a program that logs without pause.
            return is_finished or len(entries) == _BATCH
        if not is_finished:
            return False
        self._close_file()
        finish_journal(self._journals[0].path, reader)
        self._delivered = 0
        self._journals.popleft()
        return bool(self._journals)

    def _open(self) -> JournalReader:
        self._descriptor = os.open(self._journals[0].path, os.O_RDONLY | os.O_CLOEXEC)
        self._reader = JournalReader(self._descriptor, self._journals[0].path)
        return self._reader

    def _connect(self) -> Store:
        if self._store is None:
            from treadle.store.connect import connect_store

            self._store = connect_store(self._location)
        return self._store

    def _disconnect(self) -> None:
        """Close the connection and the file: after a failure, both are opened again."""
        self._close_file()
        store, self._store = self._store, None
        if store is not None:
            with contextlib.suppress(Exception):
                store.close()

    def _close_file(self) -> None:
        if self._reader is not None:
            os.close(self._descriptor)
            self._reader = None
