"""Opens a run for a client that logs to it one request at a time."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from treadle.records import Entry, RunState, Series
from treadle.store.sql.apply import EntryApplier, RunKey
from treadle.store.sql.database import Answers, Database, Row
from treadle.store.sql.points import NOTED, Question, ask_points, find_long, pack_tails, store_points

__all__ = ["SqlRunLog", "open_log"]

_PURGE_AFTER: Final = 3600.0  # seconds in which a request that comes again is known
_STATE: Final = "key, experiment_key, deleted"
_TOUCH: Final = (
    "UPDATE run SET touched = CASE WHEN touched < ? AND deleted IS NULL THEN ? ELSE touched END"
    f" WHERE id = ? RETURNING {_STATE}"
)
_ONCE: Final = "ON CONFLICT (digest) DO NOTHING RETURNING digest"
_NOTE: Final = f"INSERT INTO request VALUES (?, ?) {_ONCE}"
# What stores the points looks there whether they are to be stored: it is sent before the answer to this comes.
_NOTE_OF_RUN: Final = (
    "WITH noted AS (INSERT INTO request SELECT CAST(? AS TEXT), CAST(? AS DOUBLE PRECISION) FROM run"
    f" WHERE id = ? AND deleted IS NULL {_ONCE})"
    f" SELECT set_config('{NOTED}', COALESCE((SELECT digest FROM noted), ''), TRUE)"
)
_REPEATED: Final[tuple[list[list[Row]], ...]] = ([[]], [[("",)]])
"""The answers to what notes a request that is known."""


class _Found(msgspec.Struct, frozen=True):
    """What the questions of `open_log` say."""

    state: RunState | None
    key: RunKey
    is_repeated: bool


class SqlRunLog:
    """A run that is written to, and what is known of it; until the transaction ends, nobody else writes to it.

    Args:
        database: Where it is.
        run: Its id.
        answers: What the questions of `open_log` gave, or will give.
        touched: When the newest of the points was logged, in seconds; 0 without points.
    """

    def __init__(self, database: Database, run: str, answers: Answers, touched: float) -> None:
        self._database = database
        self._run = run
        self._answers = answers
        self._touched = touched
        self._found: _Found | None = None

    def _know(self) -> _Found:
        if self._found is None:
            found, *noted = self._answers()[:2]  # without points, nothing was noted
            for key, experiment, deleted in found:
                state = RunState(str(experiment), deleted is not None)
                self._found = _Found(state, RunKey(key, experiment), is_repeated=deleted is None and noted in _REPEATED)
                break
            else:
                self._found = _Found(None, RunKey(0, 0), is_repeated=False)
        return self._found

    @property
    def state(self) -> RunState | None:
        """Where the run belongs, and whether it is in the bin; None where there is no such run."""
        return self._know().state

    @property
    def is_repeated(self) -> bool:
        """Whether the request has been here before."""
        return self._know().is_repeated

    def write(self, entries: Sequence[Entry]) -> None:
        """Take entries of this run."""
        keys, touched = {self._run: self._know().key}, {self._run: self._touched}
        EntryApplier(self._database, keys=keys, touched=touched).apply(entries)

    def pack(self) -> None:
        """Pack the series whose tails have become long, in the caller's transaction or in one of its own."""
        counted = [row for answer in self._answers()[2:] for row in answer]
        if long := find_long(counted):
            with self._database.transaction():
                pack_tails(self._database, self._know().key.key, long)


def open_log(database: Database, run: str, series: Mapping[str, Series], *, digest: str, time: float) -> SqlRunLog:
    """Lock a run inside the caller's transaction, take points of it, and say what is known of it.

    To a database that is far away, all of it is one round trip: the caller's COMMIT goes out with it, unless
    something that is known of the run is asked for before.

    Args:
        database: Where the run is.
        run: Its id.
        series: Points, which are taken unless the request has been here before or the run is deleted.
        digest: What the request is known by if it comes again; needed with points.
        time: When it is now.
    """
    if not series:
        locked = database.ask_later([(f"SELECT {_STATE} FROM run WHERE id = ?{database.row_lock}", (run,))])
        return SqlRunLog(database, run, locked, 0.0)
    if digest.startswith("00"):  # now and then
        database.execute("DELETE FROM request WHERE time < ?", (time - _PURGE_AFTER,))
    touched = max(max(one.times) for one in series.values())
    touch: Question = (_TOUCH, (touched, touched, run))
    if database.is_remote:
        asked = [touch, (_NOTE_OF_RUN, (digest, time, run)), *ask_points(run, series, digest)]
        return SqlRunLog(database, run, database.ask_later(asked), touched)
    answers = _store_step_by_step(database, touch, series, (digest, time))
    return SqlRunLog(database, run, lambda: answers, touched)


def _store_step_by_step(
    database: Database, touch: Question, series: Mapping[str, Series], request: tuple[str, float]
) -> list[list[Row]]:
    """Ask one thing after the other, where that costs less than a statement that looks up what is known by then."""
    found = database.execute(*touch)
    for key, experiment, deleted in found:
        if deleted is None:
            noted = database.execute(_NOTE, request)
            if noted:
                store_points(database, [(key, experiment, name, one) for name, one in series.items()])
            return [found, noted]
    return [found]
