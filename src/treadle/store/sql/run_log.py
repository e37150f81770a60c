"""Logging to a run by single requests of a client.

With PostgreSQL, the statements that lock the run, record the request and store its points are sent
with BEGIN and COMMIT, in one round trip instead of eight. The database itself uses the result of
one in the next: a deleted run stores nothing, nor does a request that is known already.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from treadle.records import Entry, RunState, Series
from treadle.store.sql.apply import EntryApplier
from treadle.store.sql.database import Answers, Database, Row
from treadle.store.sql.locked_runs import LockedRuns, RunKey
from treadle.store.sql.series.write import (
    Question,
    ask_points,
    find_long,
    pack_tails,
    store_points,
)
from treadle.store.sql.statements import SQL

_PURGE_AFTER: Final = 3600.0  # seconds for which a repeated request is recognized
_REPEATED: Final[tuple[list[list[Row]], ...]] = ([[]], [[("",)]])
"""The results of recording a known request."""


class _Found(msgspec.Struct, frozen=True):
    """Results of the statements of `open_log`."""

    state: RunState | None
    key: RunKey
    is_repeated: bool


class SqlRunLog:
    """Locked run that a client logs to with one request, until the transaction ends.

    Its state is best read after the transaction: it arrives with the response to COMMIT.

    Args:
        database: The database.
        run: Its id.
        answers: The results of the statements of `open_log`, perhaps not yet received.
        touched: The time of the newest point, in seconds since the epoch; 0 without points.
    """

    def __init__(self, database: Database, run: str, answers: Answers, touched: float) -> None:
        self._database = database
        self._run = run
        self._answers = answers
        self._touched = touched
        self._found: _Found | None = None

    def _know(self) -> _Found:
        if self._found is None:
            found, *noted = self._answers()[:2]  # without points, no request was recorded
            for key, experiment, deleted in found:
                state = RunState(str(experiment), deleted is not None)
                self._found = _Found(
                    state,
                    RunKey(key, experiment),
                    is_repeated=deleted is None and noted in _REPEATED,
                )
                break
            else:
                self._found = _Found(None, RunKey(0, 0), is_repeated=False)
        return self._found

    @property
    def state(self) -> RunState | None:
        """Experiment of the run and whether it is deleted; None if it does not exist."""
        return self._know().state

    @property
    def is_repeated(self) -> bool:
        """Whether the request is a repeated one, because its client did not get the response."""
        return self._know().is_repeated

    def write(self, entries: Sequence[Entry]) -> None:
        """Apply entries of this run."""
        locked, stored = {self._run: self._know().key}, {self._run: self._touched}
        EntryApplier(self._database, LockedRuns(self._database, locked, stored)).apply(entries)

    def pack(self) -> None:
        """Pack the series with long tails, in the caller's transaction or a later one."""
        counted = [row for answer in self._answers()[2:] for row in answer]
        if long := find_long(counted):
            with self._database.transaction():
                pack_tails(self._database, self._know().key.key, long)


def open_log(
    database: Database, run: str, series: Mapping[str, Series], *, digest: str, time: float
) -> SqlRunLog:
    """Lock a run in the caller's transaction, store points of it, and return its log.

    With a remote database, all of it is one round trip: the caller's COMMIT is sent with it, unless
    the state of the run is read before.

    Args:
        database: The database.
        run: Its id.
        series: Points, stored unless the request is a repeated one or the run is deleted. A caller
            that then lacks the permission must roll the transaction back.
        digest: The digest that identifies the request if it is repeated; required with points.
        time: The current time, in seconds since the epoch.
    """
    if not series:
        lock = f"SELECT key, experiment_key, deleted FROM run WHERE id = ?{database.row_lock}"
        locked = database.ask_later([(lock, (run,))])
        return SqlRunLog(database, run, locked, 0.0)
    if digest.startswith("00"):  # one request in 256
        database.execute("DELETE FROM request WHERE time < ?", (time - _PURGE_AFTER,))
    touched = max(max(one.times) for one in series.values())
    touch: Question = (SQL["lock_active_run_at"], (touched, touched, run))
    if database.is_remote:
        note: Question = (SQL["note_request_of_run"], (digest, time, run))
        asked = [touch, note, *ask_points(run, series, digest)]
        return SqlRunLog(database, run, database.ask_later(asked), touched)
    answers = _store_step_by_step(database, touch, series, (digest, time))
    return SqlRunLog(database, run, lambda: answers, touched)


def _store_step_by_step(
    database: Database, touch: Question, series: Mapping[str, Series], request: tuple[str, float]
) -> list[list[Row]]:
    """Run the statements one by one, which is cheaper than combined ones without round trips."""
    found = database.execute(*touch)
    for key, experiment, deleted in found:
        if deleted is None:
            noted = database.execute(SQL["note_request"], request)
            if noted:
                store_points(
                    database, [(key, experiment, name, one) for name, one in series.items()]
                )
            return [found, noted]
    return [found]
