"""Access of requests to the store: reads run in parallel, writes are grouped into transactions.

Changes that many clients request at the same time share one transaction and one sync of the disk;
each of them can fail alone. A response is sent after the commit: what was acknowledged is stored.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, TypeVar

import msgspec

from treadle.errors import StoreError, StoreUnreachableError, UnknownOutcomeError
from treadle.store.sql import SqlStore

_log = logging.getLogger(__name__)

T = TypeVar("T")

_READERS: Final = 4
_MAX_GROUP: Final = 256
_LONGEST_PAUSE: Final = 30
_AWAY: Final = "The database of this server does not answer."


class AfterCommit(msgspec.Struct, Generic[T], frozen=True):
    """The result of a change whose response is known only after its transaction is committed."""

    answer: Callable[[], T]
    """Called after the commit. It may raise; the change stays committed."""


class _Job(msgspec.Struct, frozen=True):
    """A change that a request waits for."""

    change: Callable[[SqlStore], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"


_Outcome = tuple[_Job, Any, BaseException | None]


class StoreAccess:
    """The connections to a store: reading threads, a writing thread, and one that watches it.

    Args:
        connect: Opens a connection; each thread has its own.
    """

    def __init__(self, connect: Callable[[], SqlStore]) -> None:
        self._connect = connect
        self._local = threading.local()
        self._opened: list[SqlStore] = []
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="treadle-reader")
        self._watcher = ThreadPoolExecutor(1, thread_name_prefix="treadle-watcher")
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._failing_since: float | None = None
        self._writer = threading.Thread(target=self._write_all, name="treadle-writer", daemon=True)
        self._writer.start()

    async def read(self, ask: Callable[[SqlStore], T]) -> T:
        """Run a query against the store in a reading thread.

        Raises:
            StoreError: The store cannot be read.
        """
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._ask, ask)

    async def watch(self, ask: Callable[[SqlStore], T]) -> T:
        """Run a query in the thread that watches the store, always on the same connection.

        Raises:
            StoreError: The store cannot be read.
        """
        return await asyncio.get_running_loop().run_in_executor(self._watcher, self._ask, ask)

    def _ask(self, ask: Callable[[SqlStore], T]) -> T:
        try:
            found = ask(self._store())
        except StoreUnreachableError as error:
            self._note_failure()
            raise _away(error) from error
        self._failing_since = None
        return found

    @property
    def pause(self) -> int:
        """Seconds after which to retry: as long as the store has been failing, within reason.

        Clients that count their attempts survive a restart of the database that way.
        """
        since = self._failing_since
        elapsed = 0.0 if since is None else time.monotonic() - since
        return max(1, min(_LONGEST_PAUSE, round(elapsed)))

    def _note_failure(self) -> None:
        if self._failing_since is None:
            self._failing_since = time.monotonic()

    def _store(self) -> SqlStore:
        store: SqlStore | None = getattr(self._local, "store", None)
        if store is None:
            store = self._local.store = self._connect()
            self._opened.append(store)
        return store

    async def write(self, change: Callable[[SqlStore], T | AfterCommit[T]]) -> T:
        """Change the store; the change is committed when this returns.

        Raises:
            UnknownOutcomeError: The change may have been committed, or not.
            StoreError: Nothing of it was committed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(change, loop, future))
        return await future

    def _write_all(self) -> None:
        is_open = True
        while is_open:
            jobs = [self._jobs.get()]
            try:
                while len(jobs) < _MAX_GROUP and jobs[-1] is not None:
                    jobs.append(self._jobs.get_nowait())
            except Empty:
                pass
            is_open = jobs[-1] is not None
            asked = [job for job in jobs if job is not None]
            if asked:
                self._settle(self._commit(asked))

    def _commit(self, jobs: list[_Job]) -> list[_Outcome]:
        """Commit all changes in one transaction, or each in its own if that fails as a whole."""
        try:
            outcomes = self._commit_together(jobs)
        except Exception as error:  # noqa: BLE001 - it goes to whoever asked
            # What may be committed is not repeated: only the caller knows whether that does harm.
            is_lost = isinstance(error, UnknownOutcomeError)
            if len(jobs) > 1 and isinstance(error, StoreError) and not is_lost:
                return self._commit_one_by_one(jobs, error)
            if isinstance(error, StoreError):
                self._note_failure()
            told = _away(error) if isinstance(error, StoreUnreachableError) else error
            return [(job, None, told) for job in jobs]
        self._failing_since = None
        return outcomes

    def _commit_one_by_one(self, jobs: list[_Job], error: StoreError) -> list[_Outcome]:
        """Retry each change alone: one may have failed the others, as in a deadlock of servers."""
        _log.info("A group of %d changes failed, and is tried one by one: %s", len(jobs), error)
        outcomes: list[_Outcome] = []
        for job in jobs:
            outcomes += self._commit([job])
            reason = outcomes[-1][2]
            if isinstance(reason, StoreUnreachableError):  # to find that out once may take seconds
                untried = StoreUnreachableError(_AWAY, hint="Try again in a moment.")
                return [*outcomes, *((one, None, untried) for one in jobs[len(outcomes) :])]
        return outcomes

    def _commit_together(self, jobs: list[_Job]) -> list[_Outcome]:
        store = self._store()
        outcomes: list[_Outcome] = []
        with store.transaction():
            if len(jobs) == 1:
                outcomes.append((jobs[0], jobs[0].change(store), None))
            else:
                outcomes += [self._change_apart(store, job) for job in jobs]
        return [_conclude(one) for one in outcomes]

    @staticmethod
    def _change_apart(store: SqlStore, job: _Job) -> _Outcome:
        """Make a change in a savepoint, which can fail alone."""
        try:
            with store.transaction():
                return job, job.change(store), None
        except Exception as error:  # noqa: BLE001 - it goes to whoever asked
            return job, None, error

    @staticmethod
    def _settle(outcomes: list[_Outcome]) -> None:
        """Send the outcomes to all waiting requests, with one wake-up of their event loop."""
        by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
        for outcome in outcomes:
            by_loop.setdefault(outcome[0].loop, []).append(outcome)
        for loop, own in by_loop.items():
            try:
                loop.call_soon_threadsafe(_answer, own)
            except RuntimeError:  # the loop is closed: no request waits any more
                _log.debug("%d answers came too late.", len(own))

    def close(self) -> None:
        """Finish the pending work, and close the connections."""
        self._jobs.put(None)
        self._writer.join()
        self._readers.shutdown(wait=True)
        self._watcher.shutdown(wait=True)
        for store in self._opened:
            store.close()


def _away(error: StoreUnreachableError) -> StoreUnreachableError:
    """Log what is wrong with the database; return an error that hides its address from clients."""
    _log.warning("%s", error)
    if isinstance(error, UnknownOutcomeError):
        return UnknownOutcomeError(
            "The connection to the database was lost during the commit, which may have succeeded "
            "or not.",
            hint="Check whether it is there before you try again.",
        )
    return StoreUnreachableError(_AWAY, hint="Try again in a moment.")


def _conclude(outcome: _Outcome) -> _Outcome:
    """Return the outcome with the response that is computed after the commit."""
    job, result, error = outcome
    if not isinstance(result, AfterCommit):
        return outcome
    try:
        return job, result.answer(), error
    except StoreError as error:
        _log.warning("A change was stored, but its response is not known: %s", error)
        return job, None, UnknownOutcomeError("This was stored, but its response was lost.")
    except Exception as error:  # noqa: BLE001 - it goes to whoever asked
        return job, None, error


def _answer(outcomes: list[_Outcome]) -> None:
    for job, result, error in outcomes:
        if job.future.done():
            continue  # the client disconnected
        if error is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(result)
