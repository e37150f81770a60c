"""What goes on in a store, from indexes alone: pages ask for it after every change."""

from collections.abc import Sequence

from treadle.store.sql.database import Database
from treadle.store.sql.in_lists import in_parts


def read_activity(database: Database, experiments: Sequence[str] | None) -> tuple[int, int]:
    """Return the key of the newest run, 0 without runs, and the number of runs that are running.

    Args:
        database: The database.
        experiments: Ids of experiments; None for all.
    """
    if experiments is None:
        return _read(database, "", ())
    found = [
        _read(database, f"AND experiment_key IN ({marks})", some)
        for marks, some in in_parts(list(map(int, experiments)))
    ]
    return max((newest for newest, _ in found), default=0), sum(running for _, running in found)


def _read(database: Database, only: str, values: Sequence[int]) -> tuple[int, int]:
    newest = f"SELECT COALESCE(max(key), 0) FROM run WHERE key > 0 {only}"
    running = f"SELECT count(*) FROM run WHERE status = 'running' AND deleted IS NULL {only}"
    ((key,),), ((count,),) = database.execute_all([(newest, values), (running, values)])
    return int(key), int(count)
