"""Conversion of journal entries to rows."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from treadle.records import (
    Entry,
    LinesLogged,
    MetricLogged,
    MetricsLogged,
    NodeEnded,
    NodeStarted,
    RunEnded,
    RunResumed,
    RunStarted,
    Series,
    SeriesLogged,
)
from treadle.store.sql.database import Database
from treadle.store.sql.entry_rows import ROWS, node_row
from treadle.store.sql.locked_runs import LockedRuns
from treadle.store.sql.run_states import store_end, store_resumption, store_start
from treadle.store.sql.series.write import Batch, store_points
from treadle.store.sql.statements import SQL

_Columns = tuple["array[int]", "array[float]", "array[float]"]  # steps, times, values

_STATES: Final[dict[type, Callable[[Database, LockedRuns, Any], None]]] = {
    RunStarted: store_start,
    RunResumed: store_resumption,
    RunEnded: store_end,
}


def _new_columns() -> _Columns:
    return array("q"), array("d"), array("d")


class EntryApplier:
    """Writer of one batch of entries in the caller's transaction; created anew for each batch.

    Points are gathered and stored as arrays, one row per series instead of one per point: so a
    training loop and the thread that stores its metrics do not slow each other down. Other rows
    are gathered by statement.

    Args:
        database: The database.
        runs: The runs that the transaction has already locked, if any.
    """

    def __init__(self, database: Database, runs: LockedRuns | None = None) -> None:
        self._database = database
        self._runs = runs or LockedRuns(database)
        self._points: dict[tuple[str, str], _Columns] = defaultdict(_new_columns)
        self._rows: dict[str, list[Sequence[Any]]] = defaultdict(list)
        self._nodes: dict[tuple[str, str], NodeStarted | NodeEnded] = {}

    def apply(self, entries: Iterable[Entry]) -> None:
        """Store all entries."""
        last: tuple[str, str] = ("", "")
        steps, times, values = _new_columns()
        for entry in entries:
            if type(entry) is not MetricLogged:
                self._gather(entry)
                continue
            if (entry.run, entry.key) != last:
                # Nearly always the same series as before: looking it up again is half of the work.
                last = (entry.run, entry.key)
                steps, times, values = self._points[last]
            steps.append(entry.step)
            times.append(entry.time)
            values.append(entry.value)
        for (run, _), (_, seen, _) in self._points.items():
            self._runs.touch(run, seen[-1])
        self._store()

    def _gather(self, entry: Entry) -> None:
        """Gather the rows of an entry; the state of a run is stored at once."""
        kind = type(entry)
        if kind in ROWS:
            statement, rows = ROWS[kind]
            self._rows[statement] += rows(self._runs.lock(entry.run).key, entry)
            if isinstance(entry, LinesLogged):
                self._runs.touch(entry.run, entry.time)
        elif kind in _STATES:
            _STATES[kind](self._database, self._runs, entry)
        else:
            _GATHER[kind](self, entry)

    def set_node(self, entry: NodeStarted | NodeEnded) -> None:
        """Gather the state of a node; the last entry in a batch counts."""
        self._nodes[entry.run, entry.node] = entry
        time = entry.started if isinstance(entry, NodeStarted) else entry.ended
        self._runs.touch(entry.run, time)

    def add_point_of_each(self, entry: MetricsLogged) -> None:
        """Add one point to each of several series."""
        for key, value in entry.values.items():
            steps, times, values = self._points[entry.run, key]
            steps.append(entry.step)
            times.append(entry.time)
            values.append(value)
        self._runs.touch(entry.run, entry.time)

    def add_points(self, entry: SeriesLogged) -> None:
        """Add the points of one series; if the columns differ in length, the common part."""
        own: tuple[array[Any], array[Any], array[Any]] = _new_columns()
        for column, data in zip(own, (entry.steps, entry.times, entry.values), strict=True):
            column.frombytes(data[: len(data) // 8 * 8])
        count = min(len(own[0]), len(own[2]))
        if not count:
            return
        steps, times, values = self._points[entry.run, entry.key]
        steps.extend(own[0][:count])
        times.extend(own[1] if len(own[1]) == count else array("d", [entry.time]) * count)
        values.extend(own[2][:count])
        self._runs.touch(entry.run, entry.time)

    def _store(self) -> None:
        for statement, rows in self._rows.items():
            self._database.executemany(SQL[statement], rows)
        nodes = [node_row(self._runs.lock(one.run).key, one) for one in self._nodes.values()]
        self._database.executemany(SQL["log_node"], nodes)
        store_points(self._database, [self._batch(*key) for key in sorted(self._points)])
        self._runs.store_times()

    def _batch(self, run: str, key: str) -> Batch:
        locked = self._runs.lock(run)
        return locked.key, locked.experiment, key, Series(*self._points[run, key])


_GATHER: Final[dict[type, Callable[[EntryApplier, Any], None]]] = {
    NodeStarted: EntryApplier.set_node,
    NodeEnded: EntryApplier.set_node,
    MetricsLogged: EntryApplier.add_point_of_each,
    SeriesLogged: EntryApplier.add_points,
}
