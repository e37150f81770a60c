"""Opens a run for a client that logs to it one request at a time."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from treadle.records import Entry, RunState
from treadle.store.sql.apply import EntryApplier, RunKey
from treadle.store.sql.database import Database

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


def open_log(database: Database, run: str, *, touched: float, digest: str, time: float) -> SqlRunLog:
    """Lock a run inside the caller's transaction, and say what is known of it; all of it is one round trip.

    Args:
        database: Where the run is.
        run: Its id.
        touched: The time of the newest point that comes; 0 if none does.
        digest: What the request is known by if it comes again; empty if that does not matter.
        time: When it is now.
    """
    questions: list[tuple[str, Sequence[Any]]] = [
        (
            f"UPDATE run SET touched = CASE WHEN touched < ? THEN ? ELSE touched END WHERE id = ? RETURNING {_STATE}",
            (touched, touched, run),
        )
        if touched
        else (f"SELECT {_STATE} FROM run WHERE id = ?{database.row_lock}", (run,))
    ]
    if digest:
        questions.append(
            ("INSERT INTO request VALUES (?, ?) ON CONFLICT (digest) DO NOTHING RETURNING digest", (digest, time))
        )
    found, *fresh = database.execute_all(questions)
    if digest.startswith("00"):  # now and then
        database.execute("DELETE FROM request WHERE time < ?", (time - _PURGE_AFTER,))
    if not found:
        return SqlRunLog(None, is_repeated=False, database=database, run=run)
    key, experiment, deleted = found[0]
    return SqlRunLog(
        RunState(str(experiment), deleted is not None), fresh == [[]], database, run, RunKey(key, experiment), touched
    )
