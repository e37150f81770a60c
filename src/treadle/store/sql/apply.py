"""Turns journal entries into rows, once each."""

import functools
import math
import sys
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol

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
    RunStarted,
    SnapshotTaken,
    TagsSet,
)

__all__ = ["CHUNK_POINTS", "Connection", "EntryApplier"]

CHUNK_POINTS: Final = 4096
"""How many points a full chunk of a series has."""

_pack = msgspec.msgpack.encode


class Connection(Protocol):
    """What the applier needs of a database: parameters are written as ``?``."""

    def execute(self, statement: str, parameters: Sequence[Any] = ...) -> Iterable[tuple[Any, ...]]:
        """Run one statement."""
        ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> object:
        """Run one statement for many rows."""
        ...


class EntryApplier:
    """Applies one batch inside the caller's transaction; made anew for every batch.

    Points are gathered and go in as arrays, one row for a series rather than one for a point:
    that is what keeps a training loop and the thread that stores its metrics out of each other's way.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._keys: dict[str, int] = {}
        self._touched: dict[str, float] = {}
        self._points: dict[tuple[str, str], tuple[array[int], array[float], array[float]]] = defaultdict(
            lambda: (array("q"), array("d"), array("d"))
        )
        self._rows: dict[str, list[Sequence[Any]]] = defaultdict(list)  # by statement
        self._nodes: dict[tuple[str, str], NodeStarted | NodeEnded] = {}

    def apply(self, entries: Iterable[Entry]) -> None:
        """Write every entry."""
        last: tuple[str, str] = ("", "")
        steps, times, values = self._points[last]
        for entry in entries:
            if type(entry) is not MetricLogged:
                _HANDLERS[type(entry)](self, entry)
                continue
            if (entry.run, entry.key) != last:
                # Nearly always the series of the entry before: finding it anew is half of the work.
                last = (entry.run, entry.key)
                steps, times, values = self._points[last]
            steps.append(entry.step)
            times.append(entry.time)
            values.append(entry.value)
        del self._points["", ""]
        for (run, _), (_, seen, _) in self._points.items():
            self._touch(run, seen[-1])
        for statement, rows in self._rows.items():
            self._connection.executemany(statement, rows)
        self._store_nodes()
        for (run, key), (steps, times, values) in self._points.items():
            self._store_points(self._key(run), key, steps, times, values)
        for run, time in self._touched.items():
            self._connection.execute(
                "UPDATE run SET touched = ? WHERE key = ? AND touched < ?", (time, self._key(run), time)
            )

    def _key(self, run: str) -> int:
        """Find a run's key; a run that another writer announces later gets its row now."""
        known = self._keys.get(run)
        if known is None:
            row = next(iter(self._connection.execute("SELECT key FROM run WHERE id = ?", (run,))), None)
            known = int(row[0]) if row else self._insert_run(run)
            self._keys[run] = known
        return known

    def _insert_run(self, run: str) -> int:
        self._connection.execute(
            "INSERT INTO run (id, experiment_key, name, status, started, kind, command, user_name, parent, touched)"
            " VALUES (?, ?, '', 'running', 0, 'code', '', '', '', 0)",
            (run, self._experiment("default", 0.0)),
        )
        return int(next(iter(self._connection.execute("SELECT key FROM run WHERE id = ?", (run,))))[0])

    def _experiment(self, name: str, created: float) -> int:
        self._connection.execute(
            "INSERT INTO experiment (name, created) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, created)
        )
        return int(next(iter(self._connection.execute("SELECT key FROM experiment WHERE name = ?", (name,))))[0])

    def _touch(self, run: str, time: float) -> None:
        if time > self._touched.get(run, 0.0):
            self._touched[run] = time

    def run_started(self, entry: RunStarted) -> None:
        """A run begins, or goes on in another process."""
        key = self._key(entry.run)
        experiment = self._experiment(entry.experiment, entry.started)
        self._connection.execute(
            "UPDATE run SET experiment_key = ?, name = ?, status = 'running', ended = NULL, error = NULL,"
            " started = CASE WHEN started = 0 THEN ? ELSE started END,"
            " kind = ?, command = ?, user_name = ?, parent = ?, owner = ? WHERE key = ?",
            (experiment, entry.name, entry.started, entry.kind, entry.command, entry.user, entry.parent,
             _pack(entry.owner), key),
        )  # fmt: skip
        self._touch(entry.run, entry.started)

    def run_ended(self, entry: RunEnded) -> None:
        """A run ends; what it still has running ends with it."""
        key = self._key(entry.run)
        self._connection.execute(
            "UPDATE run SET status = ?, ended = ?, error = ? WHERE key = ?",
            (entry.status, entry.ended, _pack(entry.error) if entry.error else None, key),
        )
        self._touch(entry.run, entry.ended)

    def params_logged(self, entry: ParamsLogged) -> None:
        """The first value of a parameter stays."""
        key = self._key(entry.run)
        self._rows["INSERT INTO param VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_key, name) DO NOTHING"] += [
            (key, name, msgspec.json.encode(value).decode(), _as_text(value), _as_number(value))
            for name, value in entry.params.items()
        ]

    def tags_set(self, entry: TagsSet) -> None:
        """The last value of a tag stays."""
        key = self._key(entry.run)
        statement = "INSERT INTO tag VALUES (?, ?, ?) ON CONFLICT (run_key, name) DO UPDATE SET value = excluded.value"
        self._rows[statement] += [(key, name, value) for name, value in entry.tags.items()]

    def metrics_logged(self, entry: MetricsLogged) -> None:
        """One point of several series."""
        for key, value in entry.values.items():
            steps, times, values = self._points[entry.run, key]
            steps.append(entry.step)
            times.append(entry.time)
            values.append(value)
        self._touched[entry.run] = entry.time

    def artifact_logged(self, entry: ArtifactLogged) -> None:
        """A file; a second one of the path replaces the first."""
        self._rows[
            "INSERT INTO artifact VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_key, path) DO UPDATE SET"
            " digest = excluded.digest, size = excluded.size, time = excluded.time"
        ].append((self._key(entry.run), entry.path, entry.digest, entry.size, entry.time))

    def snapshot_taken(self, entry: SnapshotTaken) -> None:
        """A document of the run."""
        self._rows[
            "INSERT INTO snapshot VALUES (?, ?, ?) ON CONFLICT (run_key, kind) DO UPDATE SET content = excluded.content"
        ].append((self._key(entry.run), entry.kind, entry.content))

    def node_seen(self, entry: NodeStarted | NodeEnded) -> None:
        """A node runs or ended; of several records in a batch the last one counts."""
        self._nodes[entry.run, entry.node] = entry
        self._touch(entry.run, entry.started if isinstance(entry, NodeStarted) else entry.ended)

    def _store_nodes(self) -> None:
        rows = [
            (self._key(e.run), e.node, "running", e.started, None, 0.0, 0, "", None)
            if isinstance(e, NodeStarted)
            else (self._key(e.run), e.node, e.status, e.started, e.ended, e.cpu, e.peak, e.reason,
                  _pack(e.error) if e.error else None)
            for e in self._nodes.values()
        ]  # fmt: skip
        self._connection.executemany(
            "INSERT INTO node_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_key, node) DO UPDATE SET"
            " status = excluded.status, started = excluded.started, ended = excluded.ended, cpu = excluded.cpu,"
            " peak = excluded.peak, reason = excluded.reason, error = excluded.error",
            rows,
        )

    def dataset_used(self, entry: DatasetUsed) -> None:
        """A dataset was read or written."""
        self._rows[
            "INSERT INTO dataset_use (run_key, node, dataset, role, type, location, version, digest, size, time)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ].append(
            (self._key(entry.run), entry.node, entry.dataset, entry.role, entry.type, entry.location, entry.version,
             entry.digest, entry.size, entry.time)
        )  # fmt: skip

    def lines_logged(self, entry: LinesLogged) -> None:
        """Lines of the log."""
        self._rows["INSERT INTO log_line (run_key, time, level, logger, text) VALUES (?, ?, ?, ?, ?)"].append(
            (self._key(entry.run), entry.time, entry.level, entry.logger, entry.text)
        )
        self._touch(entry.run, entry.time)

    def records_dropped(self, entry: RecordsDropped) -> None:
        """A gap is counted on the run."""
        self._rows["UPDATE run SET dropped = dropped + ? WHERE key = ?"].append((entry.count, self._key(entry.run)))

    def _store_points(
        self, key: int, name: str, steps: "array[int]", times: "array[float]", values: "array[float]"
    ) -> None:
        self._summarise(key, name, steps, values)
        position, count, tail = self._tail(key, name)
        begin = 0
        while begin < len(values):
            end = begin + min(CHUNK_POINTS - count, len(values) - begin)
            columns = (
                tail[0] + steps[begin:end].tobytes(),
                tail[1] + times[begin:end].tobytes(),
                tail[2] + values[begin:end].tobytes(),
            )
            self._connection.execute(
                "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_key, name, position) DO UPDATE SET"
                " count = excluded.count, steps = excluded.steps, times = excluded.times, vals = excluded.vals",
                (key, name, position, count + end - begin, *columns),
            )
            begin, position, count, tail = end, position + 1, 0, (b"", b"", b"")

    def _tail(self, key: int, name: str) -> tuple[int, int, tuple[bytes, bytes, bytes]]:
        """Find where the next point of a series goes: the last chunk if it has room, else a new one."""
        query = (
            "SELECT position, count, steps, times, vals FROM chunk WHERE run_key = ? AND name = ?"
            " ORDER BY position DESC LIMIT 1"
        )
        for position, count, *columns in self._connection.execute(query, (key, name)):
            if count < CHUNK_POINTS:
                return position, count, (columns[0], columns[1], columns[2])
            return position + 1, 0, (b"", b"", b"")
        return 0, 0, (b"", b"", b"")

    def _summarise(self, key: int, name: str, steps: "array[int]", values: "array[float]") -> None:
        numbers = [value for value in values if value == value]  # noqa: PLR0124 - only NaN differs from itself
        finite = [value for value in numbers if not math.isinf(value)]
        self._connection.execute(
            "INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_key, name) DO UPDATE SET"
            " last = excluded.last, last_step = excluded.last_step,"
            " min = CASE WHEN series.min <= excluded.min OR excluded.min IS NULL THEN series.min ELSE excluded.min END,"
            " max = CASE WHEN series.max >= excluded.max OR excluded.max IS NULL THEN series.max ELSE excluded.max END,"
            " total = series.total + excluded.total, finite = series.finite + excluded.finite,"
            " count = series.count + excluded.count, nan_count = series.nan_count + excluded.nan_count",
            (key, name, _null_if_nan(values[-1]), steps[-1], min(numbers, default=None), max(numbers, default=None),
             _total(finite), len(finite), len(values), len(values) - len(numbers)),
        )  # fmt: skip


def _total(finite: Sequence[float]) -> float:
    """Add up; a sum beyond what a float holds stays just within, so that adding to it never gives NaN."""
    total = sum(finite)
    return total if math.isfinite(total) else math.copysign(sys.float_info.max, total)


def _null_if_nan(value: float) -> float | None:
    return None if math.isnan(value) else value


def _as_text(value: str | float | bool | None) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@functools.singledispatch
def _as_number(value: object) -> float | None:
    """Give what a number compares with: a text that is a number counts as one."""
    return None


@_as_number.register(int | float)
def _(value: float) -> float | None:
    return _null_if_nan(float(value)) if abs(value) <= 1e308 else None  # noqa: PLR2004


@_as_number.register(str)
def _(value: str) -> float | None:
    try:
        return _null_if_nan(float(value))
    except ValueError:
        return None


_HANDLERS: Final[dict[type, Callable[[EntryApplier, Any], None]]] = {
    RunStarted: EntryApplier.run_started,
    RunEnded: EntryApplier.run_ended,
    ParamsLogged: EntryApplier.params_logged,
    TagsSet: EntryApplier.tags_set,
    MetricsLogged: EntryApplier.metrics_logged,
    ArtifactLogged: EntryApplier.artifact_logged,
    SnapshotTaken: EntryApplier.snapshot_taken,
    NodeStarted: EntryApplier.node_seen,
    NodeEnded: EntryApplier.node_seen,
    DatasetUsed: EntryApplier.dataset_used,
    LinesLogged: EntryApplier.lines_logged,
    RecordsDropped: EntryApplier.records_dropped,
}
