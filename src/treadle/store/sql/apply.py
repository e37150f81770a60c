"""Conversion of journal entries to rows."""

import functools
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from treadle.records import (
    ArtifactLogged,
    DatasetUsed,
    Entry,
    LinesLogged,
    MetricLogged,
    MetricsLogged,
    NodeEnded,
    NodeStarted,
    ParamsLogged,
    RecordsDropped,
    RunEnded,
    RunResumed,
    RunStarted,
    Series,
    SeriesLogged,
    SnapshotTaken,
    TagsSet,
    ValuesReused,
)
from treadle.store.control_characters import without_control_characters
from treadle.store.sql.database import Database, Row
from treadle.store.sql.series.write import Batch, null_if_nan, store_points

MAX_NAME: Final = 500
"""Maximum length of a name in characters: PostgreSQL cannot index much longer ones."""

_pack = msgspec.msgpack.encode


class RunKey(msgspec.Struct, frozen=True):
    """Keys of a locked run and its experiment, which other tables refer to."""

    key: int
    experiment: int


class EntryApplier:
    """Writer of one batch of entries in the caller's transaction; created anew for each batch.

    Points are gathered and stored as arrays, one row per series instead of one per point: so a
    training loop and the thread that stores its metrics do not slow each other down.

    Args:
        database: The database.
        keys: The keys of runs whose rows the transaction has already locked.
        touched: The times of their newest entries that it has already stored.
    """

    def __init__(
        self,
        database: Database,
        keys: Mapping[str, RunKey] | None = None,
        touched: Mapping[str, float] | None = None,
    ) -> None:
        self._database = database
        self._keys = dict(keys or {})
        self._touched: dict[str, float] = {}
        self._written = dict(touched or {})  # the times that are already stored
        self._points: dict[tuple[str, str], tuple[array[int], array[float], array[float]]] = (
            defaultdict(lambda: (array("q"), array("d"), array("d")))
        )
        self._rows: dict[str, list[Sequence[Any]]] = defaultdict(list)  # rows by statement
        self._nodes: dict[tuple[str, str], NodeStarted | NodeEnded] = {}

    def apply(self, entries: Iterable[Entry]) -> None:
        """Store all entries."""
        last: tuple[str, str] = ("", "")
        steps, times, values = self._points[last]
        for entry in entries:
            if type(entry) is not MetricLogged:
                _HANDLERS[type(entry)](self, entry)
                continue
            if (entry.run, entry.key) != last:
                # Nearly always the same series as before: looking it up again is half of the work.
                last = (entry.run, entry.key)
                steps, times, values = self._points[last]
            steps.append(entry.step)
            times.append(entry.time)
            values.append(entry.value)
        del self._points["", ""]
        for (run, _), (_, seen, _) in self._points.items():
            self._touch(run, seen[-1])
        for statement, rows in self._rows.items():
            self._database.executemany(statement, rows)
        self._store_nodes()
        store_points(
            self._database,
            [
                self._batch(run, key, Series(*columns))
                for (run, key), columns in sorted(self._points.items())
            ],
        )
        for run, time in self._touched.items():
            key = self._key(run)
            if time > self._written.get(run, 0.0):
                self._database.execute(
                    "UPDATE run SET touched = ? WHERE key = ? AND touched < ?", (time, key, time)
                )

    def _batch(self, run: str, key: str, series: Series) -> Batch:
        row = self._row(run)
        return row.key, row.experiment, key, series

    def _key(self, run: str) -> int:
        return self._row(run).key

    def _row(self, run: str) -> RunKey:
        """Find and lock a run; one that another writer starts later is created now."""
        known = self._keys.get(run)
        if known is None:
            rows = self._lock(run)
            if not rows:
                self._insert_run(run)
                rows = self._lock(run)
            known = self._keys[run] = RunKey(*rows[0])
        return known

    def _lock(self, run: str) -> list[Row]:
        """Lock the row of a run; also store the time of its newest entry, if known."""
        time = self._touched.get(run)
        if time is None:
            return self._database.execute(
                f"SELECT key, experiment_key FROM run WHERE id = ?{self._database.row_lock}", (run,)
            )
        self._written[run] = time
        return self._database.execute(
            "UPDATE run SET touched = CASE WHEN touched < ? THEN ? ELSE touched END WHERE id = ?"
            " RETURNING key, experiment_key",
            (time, time, run),
        )

    def _insert_run(self, run: str) -> None:
        self._database.execute(
            "INSERT INTO run (id, experiment_key, name, status, started, kind, command, "
            "user_name, parent, touched)"
            " VALUES (?, 0, '', 'running', 0, 'code', '', '', '', 0) ON CONFLICT (id) DO NOTHING",
            (run,),
        )

    def _experiment(self, name: str, created: float) -> int:
        name = _plain(name)
        query = "SELECT key, deleted FROM experiment WHERE name = ?"
        rows = self._database.execute(query, (name,))
        if not rows:
            self._database.execute(
                "INSERT INTO experiment (name, created, updated) VALUES (?, ?, ?) ON CONFLICT "
                "(name) DO NOTHING",
                (name, created, created),
            )
            rows = self._database.execute(query, (name,))
        key, deleted = rows[0]
        if deleted is not None:  # it has a run again; its other runs stay deleted
            self._database.execute(
                "UPDATE experiment SET deleted = NULL, updated = ? WHERE key = ?", (created, key)
            )
        return int(key)

    def _touch(self, run: str, time: float) -> None:
        if time > self._touched.get(run, 0.0):
            self._touched[run] = time

    def run_started(self, entry: RunStarted) -> None:
        """Store the start of a run, or its continuation in another process."""
        row = self._row(entry.run)
        experiment = self._experiment(entry.experiment, entry.started)
        self._database.execute(
            "UPDATE run SET experiment_key = ?, name = ?, status = 'running', ended = NULL, error "
            "= NULL,"
            " started = CASE WHEN started = 0 THEN ? ELSE started END,"
            " kind = ?, command = ?, user_name = ?, parent = ?, owner = ? WHERE key = ?",
            (
                experiment,
                _plain(entry.name),
                entry.started,
                entry.kind,
                entry.command,
                entry.user[:MAX_NAME],
                entry.parent[:MAX_NAME],
                _pack(entry.owner),
                row.key,
            ),
        )
        self._move(entry.run, row, experiment)
        self._touch(entry.run, entry.started)

    def run_resumed(self, entry: RunResumed) -> None:
        """Store the continuation of a run; change only the given fields."""
        row = self._row(entry.run)
        if entry.owner is not None:
            self._database.execute(
                "UPDATE run SET status = 'running', ended = NULL, error = NULL, owner = ?,"
                " started = CASE WHEN started = 0 THEN ? ELSE started END WHERE key = ?",
                (_pack(entry.owner), entry.time, row.key),
            )
        if entry.name:
            self._database.execute(
                "UPDATE run SET name = ? WHERE key = ?", (_plain(entry.name), row.key)
            )
        if entry.experiment:
            experiment = self._experiment(entry.experiment, entry.time)
            self._database.execute(
                "UPDATE run SET experiment_key = ? WHERE key = ?", (experiment, row.key)
            )
            self._move(entry.run, row, experiment)
        self._touch(entry.run, entry.time)

    def _move(self, run: str, row: RunKey, experiment: int) -> None:
        """Store the new experiment of a run in its series."""
        if row.experiment != experiment:
            self._database.execute(
                "UPDATE series SET experiment_key = ? WHERE run_key = ?", (experiment, row.key)
            )
            self._keys[run] = RunKey(row.key, experiment)

    def run_ended(self, entry: RunEnded) -> None:
        """Store the end of a run."""
        key = self._key(entry.run)
        self._database.execute(
            "UPDATE run SET status = ?, ended = ?, error = ? WHERE key = ?",
            (entry.status, entry.ended, _pack(entry.error) if entry.error else None, key),
        )
        self._touch(entry.run, entry.ended)

    def params_logged(self, entry: ParamsLogged) -> None:
        """Store parameters; an existing value is not replaced."""
        key = self._key(entry.run)
        self._rows[
            "INSERT INTO param VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_key, name) DO NOTHING"
        ] += [
            (key, name, msgspec.json.encode(value).decode(), as_text(value), as_number(value))
            for name, value in entry.params.items()
        ]

    def tags_set(self, entry: TagsSet) -> None:
        """Store tags; an existing value is replaced."""
        key = self._key(entry.run)
        statement = (
            "INSERT INTO tag VALUES (?, ?, ?) ON CONFLICT (run_key, name) DO UPDATE SET value = "
            "excluded.value"
        )
        self._rows[statement] += [(key, name, value) for name, value in entry.tags.items()]

    def metrics_logged(self, entry: MetricsLogged) -> None:
        """Store one point of several series."""
        for key, value in entry.values.items():
            steps, times, values = self._points[entry.run, key]
            steps.append(entry.step)
            times.append(entry.time)
            values.append(value)
        self._touched[entry.run] = entry.time

    def series_logged(self, entry: SeriesLogged) -> None:
        """Store points of one series; if the columns differ in length, the common part."""
        columns: tuple[array[Any], array[Any], array[Any]] = (array("q"), array("d"), array("d"))
        for column, data in zip(columns, (entry.steps, entry.times, entry.values), strict=True):
            column.frombytes(data[: len(data) // 8 * 8])
        count = min(len(columns[0]), len(columns[2]))
        if not count:
            return
        own = columns[1] if len(columns[1]) == count else array("d", [entry.time]) * count
        steps, times, values = self._points[entry.run, entry.key]
        steps.extend(columns[0][:count])
        times.extend(own)
        values.extend(columns[2][:count])
        self._touch(entry.run, entry.time)

    def artifact_logged(self, entry: ArtifactLogged) -> None:
        """Store an artifact, replacing one with the same path."""
        self._rows[
            "INSERT INTO artifact VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_key, path) DO UPDATE SET"
            " digest = excluded.digest, size = excluded.size, time = excluded.time"
        ].append((self._key(entry.run), entry.path, entry.digest, entry.size, entry.time))

    def snapshot_taken(self, entry: SnapshotTaken) -> None:
        """Store a JSON document of a run."""
        self._rows[
            "INSERT INTO snapshot VALUES (?, ?, ?) ON CONFLICT (run_key, kind) DO UPDATE SET "
            "content = excluded.content"
        ].append((self._key(entry.run), entry.kind, entry.content))

    def node_seen(self, entry: NodeStarted | NodeEnded) -> None:
        """Store the state of a node; the last record in a batch counts."""
        self._nodes[entry.run, entry.node] = entry
        self._touch(entry.run, entry.started if isinstance(entry, NodeStarted) else entry.ended)

    def _store_nodes(self) -> None:
        rows = [
            (self._key(e.run), e.node, "running", e.started, None, 0.0, 0, "", None, "")
            if isinstance(e, NodeStarted)
            else (
                self._key(e.run),
                e.node,
                e.status,
                e.started,
                e.ended,
                e.cpu,
                e.peak,
                e.reason,
                _pack(e.error) if e.error else None,
                e.key,
            )
            for e in self._nodes.values()
        ]
        self._database.executemany(
            "INSERT INTO node_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_key, "
            "node) DO UPDATE SET"
            " status = excluded.status, started = excluded.started, ended = excluded.ended, cpu = "
            "excluded.cpu,"
            " peak = excluded.peak, reason = excluded.reason, error = excluded.error, key = "
            "excluded.key",
            rows,
        )

    def dataset_used(self, entry: DatasetUsed) -> None:
        """Store the use of a dataset by a node."""
        self._rows[
            "INSERT INTO dataset_use (run_key, node, dataset, role, type, location, version, "
            "digest, size, time)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ].append(
            (
                self._key(entry.run),
                entry.node,
                entry.dataset,
                entry.role,
                entry.type,
                entry.location,
                entry.version,
                entry.digest,
                entry.size,
                entry.time,
            )
        )

    def lines_logged(self, entry: LinesLogged) -> None:
        """Store lines of the log."""
        self._rows[
            "INSERT INTO log_line (run_key, time, level, logger, text) VALUES (?, ?, ?, ?, ?)"
        ].append((self._key(entry.run), entry.time, entry.level, entry.logger, entry.text))
        self._touch(entry.run, entry.time)

    def values_reused(self, entry: ValuesReused) -> None:
        """Store which earlier run values come from."""
        key = self._key(entry.run)
        self._rows[
            "INSERT INTO reused_value (run_key, kind, name, origin, node, content)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run_key, kind, name, origin) DO UPDATE SET"
            " node = excluded.node, content = excluded.content"
        ] += [
            (key, kind, name, entry.origin, entry.node, content)  # one row per value
            for kind, name, content in entry.values
        ]

    def records_dropped(self, entry: RecordsDropped) -> None:
        """Add dropped records to the count of the run."""
        self._rows["UPDATE run SET dropped = dropped + ? WHERE key = ?"].append(
            (entry.count, self._key(entry.run))
        )


def _plain(name: str) -> str:
    """Return a name in its stored form: entries of a journal can no longer be rejected."""
    return without_control_characters(name[:MAX_NAME])


def as_text(value: str | float | bool | None) -> str:
    """Return a value for comparisons with texts: numbers and booleans in JSON form."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@functools.singledispatch
def as_number(value: object) -> float | None:
    """Return a value for comparisons with numbers, parsing texts; None if it is not a number."""
    return None


@as_number.register(int | float)
def _(value: float) -> float | None:
    return null_if_nan(float(value)) if abs(value) <= 1e308 else None  # noqa: PLR2004


@as_number.register(str)
def _(value: str) -> float | None:
    try:
        return null_if_nan(float(value))
    except ValueError:
        return None


_HANDLERS: Final[dict[type, Callable[[EntryApplier, Any], None]]] = {
    RunStarted: EntryApplier.run_started,
    RunResumed: EntryApplier.run_resumed,
    RunEnded: EntryApplier.run_ended,
    ParamsLogged: EntryApplier.params_logged,
    TagsSet: EntryApplier.tags_set,
    MetricsLogged: EntryApplier.metrics_logged,
    SeriesLogged: EntryApplier.series_logged,
    ArtifactLogged: EntryApplier.artifact_logged,
    SnapshotTaken: EntryApplier.snapshot_taken,
    NodeStarted: EntryApplier.node_seen,
    NodeEnded: EntryApplier.node_seen,
    DatasetUsed: EntryApplier.dataset_used,
    LinesLogged: EntryApplier.lines_logged,
    RecordsDropped: EntryApplier.records_dropped,
    ValuesReused: EntryApplier.values_reused,
}
