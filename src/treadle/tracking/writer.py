"""The writer of one run in one process: appends to a journal, which a thread delivers."""

import contextlib
import logging
import os
import threading
import weakref
from collections import deque
from typing import Final

from treadle.files import create_folder
from treadle.masking import mask
from treadle.records import Entry, RecordsDropped, RunEnded
from treadle.store import JournalWriter, StoreLocation, new_id
from treadle.tracking.delivery import Delivery
from treadle.tracking.reserve import Reserve

_log = logging.getLogger(__name__)

_ROTATE: Final = 32 << 20  # bytes after which a journal continues in a new file
_PATIENCE: Final = {"sqlite": 30.0, "postgresql": 5.0, "http": 5.0}
# seconds that a flush and the end of a run wait for a store without progress

_writers: "weakref.WeakSet[RunWriter]" = weakref.WeakSet()


class RunWriter:
    """Stores what this process logs to one run; thread-safe.

    The journal is created at the first entry, so that a process that logs nothing leaves no file. A
    forked child continues with its own journal.

    Args:
        run: The id of the run.
        location: The store.
    """

    def __init__(self, run: str, location: StoreLocation) -> None:
        self.run = run
        self.location = location
        self.losses = 0
        """Number of records that this process could not store so far."""
        self._reset()
        _writers.add(self)

    def _reset(self) -> None:
        # A thread may re-enter here: the garbage collector can run finalizers in the lines below,
        # and these may print or log. What they log waits until those lines are done.
        self._lock = threading.RLock()
        self._is_busy = False
        self._waiting: deque[Entry] = deque()
        self._end: RunEnded | None = None
        # The last one is being written. One deque for writer and delivery: appending is one step,
        # which Ctrl-C cannot interrupt.
        self._journals: deque[JournalWriter] = deque()
        self._delivery: Delivery | None = None
        self._dropped = 0
        self._why = ""
        self._is_noted = False
        """Whether the store will learn that something is missing, if not yet how much."""
        self._reported: set[tuple[type, int | None]] = set()
        self._reserve = Reserve()

    def append(self, entry: Entry) -> None:
        """Append an entry; after the return it survives the death of this process.

        Never raises: entries that cannot be stored are counted, and the count is stored later.
        """
        self._append(entry)
        if self._waiting and not self._is_busy:
            # No more than there are now: entries that these cause wait for the next call.
            for _ in range(len(self._waiting)):
                with contextlib.suppress(IndexError):  # another thread may be faster
                    self._append(self._waiting.popleft())

    def _append(self, entry: Entry) -> None:
        try:
            with self._lock:
                # The lock is re-entrant, so this thread may be in the lines below already. An entry
                # written now would be in the middle of another one, so it waits for the next call.
                if self._is_busy:
                    self._waiting.append(entry)
                    return
                try:
                    self._is_busy = True
                    delivery = self._delivery or self._open()
                    journal = self._journals[-1]
                    if self._dropped:
                        journal.append(RecordsDropped(self.run, self._dropped, self._why))
                        self._dropped = 0
                    journal.append(entry)
                    if journal.size > _ROTATE:
                        self._journals.append(self._new_journal())
                        journal.close()
                    delivery.notify()
                finally:
                    self._is_busy = False
        except Exception as error:  # noqa: BLE001 - training continues on any error
            if isinstance(entry, RunEnded):
                # Tried again when the journal is closed: without it, the run would count as killed
                self._end = entry
            else:
                self.drop(error)

    def drop(self, error: Exception, count: int = 1) -> None:
        """Count an entry that cannot be stored, and warn once for each reason."""
        reason = (type(error), getattr(error, "errno", None))
        with self._lock:
            self._dropped += count
            self.losses += count
            self._why = mask(str(error))
            is_new = reason not in self._reported
            self._reported.add(reason)
            self._note_first()
        if is_new:
            # Without the lock: this message may be logged to this very run.
            _log.warning(
                "What is logged to run %s cannot be stored: %s", self.run, mask(str(error))
            )

    def _note_first(self) -> None:
        """Record at once that something is missing, as the final count may never be recorded."""
        if self._is_busy or self._delivery is None or self._is_noted:
            return
        self._is_noted = True
        self._reserve.release()
        with contextlib.suppress(OSError):
            self._journals[-1].append(RecordsDropped(self.run, self._dropped, self._why))
            self._dropped = 0

    def _open(self) -> Delivery:
        create_folder(self.location.journals, private=True)
        self._journals.clear()  # of an opening that was interrupted
        self._journals.append(self._new_journal())
        self._reserve.allocate(self.location.journals)
        self._delivery = Delivery(self.run, self.location, self._journals)
        return self._delivery

    def _new_journal(self) -> JournalWriter:
        """Create a file with its own writer id, so that each file counts from the beginning."""
        writer = new_id()
        return JournalWriter(
            self.location.journals / f"{self.run}-{writer}.log", run=self.run, writer=writer
        )

    def flush(self, *, durable: bool = False) -> bool:
        """Deliver what was logged so far to the store; return whether it has all of it.

        Args:
            durable: Also sync the journal to disk first, so that it survives a power cut.
        """
        with self._lock:
            if self._delivery is None:
                return not self._dropped
            delivery, journal = self._delivery, self._journals[-1]
            last = journal.next - 1
            if durable:
                with contextlib.suppress(OSError):
                    journal.sync()
        return delivery.flush(journal, last, _PATIENCE[self.location.kind])

    def close(self) -> None:
        """Deliver everything; what cannot be delivered stays in the journal for the next start."""
        with self._lock:
            if self._delivery is None:
                return
            try:
                self._is_busy = True
                delivery = self._finish()
            finally:
                self._is_busy = False
        if delivery is not None and not delivery.stop(_PATIENCE[self.location.kind]):
            _log.warning(
                "Not all of run %s could be delivered to the store %s; the rest is kept in %s"
                ' and delivered by "treadle sync" or the next start.',
                self.run,
                self.location,
                self.location.journals,
            )

    def _finish(self) -> Delivery | None:
        """Stop writing to this journal; logging after the end starts a new one."""
        delivery, journal = self._delivery, self._journals[-1]
        self._reserve.close()
        if self._dropped:
            with contextlib.suppress(OSError):
                journal.append(RecordsDropped(self.run, self._dropped, self._why))
        with contextlib.suppress(OSError):
            for _ in range(len(self._waiting)):
                journal.append(self._waiting.popleft())
        with contextlib.suppress(OSError):
            if self._end is not None:
                journal.append(self._end)
        with contextlib.suppress(OSError):
            journal.sync()
        journal.close()
        self._delivery = None
        self._journals = deque()
        self._dropped = 0
        self._is_noted = False
        self._end = None
        return delivery

    def _forget_parent(self) -> None:
        """Reset in a forked child: the journal and its thread belong to the parent."""
        inherited = self._journals
        self._reserve.forget()
        self._reset()
        for journal in inherited:
            journal.close()


def flush_writers(location: StoreLocation) -> None:
    """Deliver to a store what this process has logged and the store does not have yet."""
    for writer in list(_writers):
        if writer.location.uri == location.uri:
            writer.flush()


def _after_fork() -> None:
    for writer in list(_writers):
        writer._forget_parent()  # noqa: SLF001 - this module's own class


os.register_at_fork(after_in_child=_after_fork)
