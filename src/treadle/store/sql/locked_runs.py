"""Rows of the runs that a transaction writes to, which it locks once."""

from collections.abc import Mapping

import msgspec

from treadle.store.sql.database import Database, Row
from treadle.store.sql.statements import SQL


class RunKey(msgspec.Struct, frozen=True):
    """Keys of a locked run and its experiment, which other tables refer to."""

    key: int
    experiment: int


class LockedRuns:
    """Runs by id, each locked when it is first needed, and the times of their newest entries.

    Args:
        database: The database, in a transaction.
        keys: The keys of runs whose rows the transaction has already locked.
        stored: The times of their newest entries that it has already stored.
    """

    def __init__(
        self,
        database: Database,
        keys: Mapping[str, RunKey] | None = None,
        stored: Mapping[str, float] | None = None,
    ) -> None:
        self._database = database
        self._keys = dict(keys or {})
        self._newest: dict[str, float] = {}
        self._stored = dict(stored or {})

    def lock(self, run: str) -> RunKey:
        """Return the keys of a run; one that another writer starts later is created now."""
        known = self._keys.get(run)
        if known is None:
            rows = self._lock(run)
            if not rows:
                self._database.execute(SQL["add_run"], (run, 0, "", 0.0, "", "", "", 0.0))
                rows = self._lock(run)
            known = self._keys[run] = RunKey(*rows[0])
        return known

    def _lock(self, run: str) -> list[Row]:
        """Lock the row of a run; also store the time of its newest entry, if known."""
        time = self._newest.get(run)
        if time is None:
            return self._database.execute(
                f"SELECT key, experiment_key FROM run WHERE id = ?{self._database.row_lock}", (run,)
            )
        self._stored[run] = time
        return self._database.execute(SQL["lock_run_at"], (time, time, run))

    def move(self, run: str, experiment: int) -> None:
        """Store the experiment of a run in its series, unless they have it."""
        known = self.lock(run)
        if known.experiment != experiment:
            self._database.execute(
                "UPDATE series SET experiment_key = ? WHERE run_key = ?", (experiment, known.key)
            )
            self._keys[run] = RunKey(known.key, experiment)

    def touch(self, run: str, time: float) -> None:
        """Note the time of an entry of a run."""
        if time > self._newest.get(run, 0.0):
            self._newest[run] = time

    def store_times(self) -> None:
        """Store the times of the newest entries."""
        for run, time in self._newest.items():
            key = self.lock(run).key
            if time > self._stored.get(run, 0.0):
                self._database.execute(
                    "UPDATE run SET touched = ? WHERE key = ? AND touched < ?", (time, key, time)
                )
