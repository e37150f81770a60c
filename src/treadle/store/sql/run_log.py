"""Opens a run for a client that logs to it one request at a time."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from treadle.records import Entry, RunState, Series
from treadle.store.sql.apply import EntryApplier, RunKey
from treadle.store.sql.database import Database
from treadle.store.sql.points import Question, ask_summaries, store_points, store_rows

__all__ = ["SqlRunLog", "open_log"]

_PURGE_AFTER: Final = 3600.0  # seconds in which a request that comes again is known
_STATE: Final = "key, experiment_key, deleted"


class SqlRunLog(msgspec.Struct, frozen=True):
    """A run that is written to, and what is known of it; until the transaction ends, nobody else writes to it."""

    state: RunState | None
    """None where there is no such run."""
    is_repeated: bool
    """Whether the request has been here before."""
    database: Database
    run: str
    key: RunKey = RunKey(0, 0)
    touched: float = 0.0

    def write(self, entries: Sequence[Entry]) -> None:
        """Take entries of this run."""
        EntryApplier(self.database, keys={self.run: self.key}, touched={self.run: self.touched}).apply(entries)


def open_log(database: Database, run: str, series: Mapping[str, Series], *, digest: str, time: float) -> SqlRunLog:
    """Lock a run inside the caller's transaction, take points of it, and say what is known of it.

    All of it is one round trip, and what stores the points goes out with the next one.

    Args:
        database: Where the run is.
        run: Its id.
        series: Points, which are taken if the request has not been here before.
        digest: What the request is known by if it comes again; needed with points.
        time: When it is now.
    """
    touched = max((max(one.times) for one in series.values()), default=0.0)
    questions: list[Question] = [
        (
            f"UPDATE run SET touched = CASE WHEN touched < ? THEN ? ELSE touched END WHERE id = ? RETURNING {_STATE}",
            (touched, touched, run),
        )
        if touched
        else (f"SELECT {_STATE} FROM run WHERE id = ?{database.row_lock}", (run,))
    ]
    if series:
        noted = "INSERT INTO request VALUES (?, ?) ON CONFLICT (digest) DO NOTHING RETURNING digest"
        questions.append((noted, (digest, time)))
        if database.is_remote:
            questions += ask_summaries(run, series, digest, time)
    found, *answers = database.execute_all(questions)
    if digest.startswith("00"):  # now and then
        database.execute("DELETE FROM request WHERE time < ?", (time - _PURGE_AFTER,))
    if not found:
        return SqlRunLog(None, is_repeated=False, database=database, run=run)
    key, experiment, deleted = found[0]
    is_repeated = bool(series) and not answers[0]
    if series and not is_repeated:
        batches = [(key, experiment, name, one) for name, one in series.items()]
        if database.is_remote:
            store_rows(database, batches, [row for answer in answers[1:] for row in answer])
        else:
            store_points(database, batches)
    state = RunState(str(experiment), deleted is not None)
    return SqlRunLog(state, is_repeated, database, run, RunKey(key, experiment), touched)
