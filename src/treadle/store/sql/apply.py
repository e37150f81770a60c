"""Turns journal entries into rows, once each."""

import functools
import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
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
    RunStarted,
    Series,
    SeriesLogged,
    SnapshotTaken,
    TagsSet,
)
from treadle.store.series import make_levels, pack, unpack
from treadle.store.sql.database import Database

__all__ = ["CHUNK_POINTS", "EntryApplier", "as_number", "as_text"]

CHUNK_POINTS: Final = 4096
"""How many points a full chunk of a series has."""

_MAX_TOTAL: Final = 1e300
_MAX_NAME: Final = 500  # a run's or an experiment's; what is longer cannot be indexed

_pack = msgspec.msgpack.encode


class EntryApplier:
    """Applies one batch inside the caller's transaction; made anew for every batch.

    Points are gathered and go in as arrays, one row for a series rather than one for a point:
    that is what keeps a training loop and the thread that stores its metrics out of each other's way.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
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
            self._database.executemany(statement, rows)
        self._store_nodes()
        for (run, key), (steps, times, values) in self._points.items():
            self._store_points(self._key(run), key, steps, times, values)
        for run, time in self._touched.items():
            self._database.execute(
                "UPDATE run SET touched = ? WHERE key = ? AND touched < ?", (time, self._key(run), time)
            )

    def _key(self, run: str) -> int:
        """Find a run's key and keep others from it; a run that another writer announces later gets its row now."""
        known = self._keys.get(run)
        if known is None:
            query = f"SELECT key FROM run WHERE id = ?{self._database.row_lock}"
            rows = self._database.execute(query, (run,))
            if not rows:
                self._insert_run(run)
                rows = self._database.execute(query, (run,))
            known = self._keys[run] = int(rows[0][0])
        return known

    def _insert_run(self, run: str) -> None:
        self._database.execute(
            "INSERT INTO run (id, experiment_key, name, status, started, kind, command, user_name, parent, touched)"
            " VALUES (?, 0, '', 'running', 0, 'code', '', '', '', 0) ON CONFLICT (id) DO NOTHING",
            (run,),
        )

    def _experiment(self, name: str, created: float) -> int:
        query = "SELECT key FROM experiment WHERE name = ?"
        rows = self._database.execute(query, (name[:_MAX_NAME],))
        if not rows:
            self._database.execute(
                "INSERT INTO experiment (name, created, updated) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING",
                (name[:_MAX_NAME], created, created),
            )
            rows = self._database.execute(query, (name[:_MAX_NAME],))
        return int(rows[0][0])

    def _touch(self, run: str, time: float) -> None:
        if time > self._touched.get(run, 0.0):
            self._touched[run] = time

    def run_started(self, entry: RunStarted) -> None:
        """A run begins, or goes on in another process."""
        key = self._key(entry.run)
        experiment = self._experiment(entry.experiment, entry.started)
        self._database.execute(
            "UPDATE run SET experiment_key = ?, name = ?, status = 'running', ended = NULL, error = NULL,"
            " started = CASE WHEN started = 0 THEN ? ELSE started END,"
            " kind = ?, command = ?, user_name = ?, parent = ?, owner = ? WHERE key = ?",
            (experiment, entry.name[:_MAX_NAME], entry.started, entry.kind, entry.command, entry.user, entry.parent,
             _pack(entry.owner), key),
        )  # fmt: skip
        self._touch(entry.run, entry.started)

    def run_ended(self, entry: RunEnded) -> None:
        """A run ends; what it still has running ends with it."""
        key = self._key(entry.run)
        self._database.execute(
            "UPDATE run SET status = ?, ended = ?, error = ? WHERE key = ?",
            (entry.status, entry.ended, _pack(entry.error) if entry.error else None, key),
        )
        self._touch(entry.run, entry.ended)

    def params_logged(self, entry: ParamsLogged) -> None:
        """The first value of a parameter stays."""
        key = self._key(entry.run)
        self._rows["INSERT INTO param VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_key, name) DO NOTHING"] += [
            (key, name, msgspec.json.encode(value).decode(), as_text(value), as_number(value))
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

    def series_logged(self, entry: SeriesLogged) -> None:
        """Many points of one series; of columns that do not fit together, what fits."""
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
        self._database.executemany(
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
        self._summarise(key, name, steps, times, values)
        position, tail = self._tail(key, name)
        begin = 0
        while begin < len(values):
            end = begin + min(CHUNK_POINTS - len(tail.steps), len(values) - begin)
            tail.steps.extend(steps[begin:end])
            tail.times.extend(times[begin:end])
            tail.values.extend(values[begin:end])
            self._store_chunk(key, name, position, tail)
            begin, position, tail = end, position + 1, Series(array("q"), array("d"), array("d"))

    def _store_chunk(self, key: int, name: str, position: int, series: Series) -> None:
        """Write a chunk; a full one is never written again, and is packed."""
        is_full = len(series.steps) == CHUNK_POINTS
        columns = (series.steps, series.times, series.values)
        self._database.execute(
            "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_key, name, position) DO UPDATE SET"
            " count = excluded.count, steps = excluded.steps, times = excluded.times, vals = excluded.vals",
            (key, name, position, len(series.steps), *(pack(one) if is_full else one.tobytes() for one in columns)),
        )
        if is_full:
            low, high = min(series.steps), max(series.steps)
            self._database.executemany(
                "INSERT INTO level VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (key, name, size, position, low, high, level.steps.tobytes(), level.times.tobytes(),
                     level.values.tobytes())
                    for size, level in make_levels(series)
                ],
            )  # fmt: skip

    def _tail(self, key: int, name: str) -> tuple[int, Series]:
        """Find where the next point of a series goes: the last chunk if it has room, else a new one."""
        query = (
            "SELECT position, count, steps, times, vals FROM chunk WHERE run_key = ? AND name = ?"
            " ORDER BY position DESC LIMIT 1"
        )
        for position, count, *columns in self._database.execute(query, (key, name)):
            if count < CHUNK_POINTS:
                kept = [unpack(code, data, count) for code, data in zip("qdd", columns, strict=True)]
                return position, Series(*kept)
            return position + 1, Series(array("q"), array("d"), array("d"))
        return 0, Series(array("q"), array("d"), array("d"))

    def _summarise(
        self, key: int, name: str, steps: "array[int]", times: "array[float]", values: "array[float]"
    ) -> None:
        numbers = [value for value in values if value == value]  # noqa: PLR0124 - only NaN differs from itself
        finite = [value for value in numbers if not math.isinf(value)]
        last = _last(steps, times, values)
        self._database.execute(
            _SUMMARISE,
            (key, name, _null_if_nan(values[last]), steps[last], min(numbers, default=None),
             max(numbers, default=None), _total(finite), len(finite), len(values), len(values) - len(numbers),
             times[last], -math.inf, -math.inf, -math.inf, -math.inf),
        )  # fmt: skip


_IS_LATER: Final = (
    "(excluded.last_step, excluded.last_time, COALESCE(excluded.last, ?))"
    " >= (series.last_step, series.last_time, COALESCE(series.last, ?))"
)
_SUMMARISE: Final = (
    "INSERT INTO series (run_key, name, last, last_step, min, max, total, finite, count, nan_count, last_time)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_key, name) DO UPDATE SET"
    f" last = CASE WHEN {_IS_LATER} THEN excluded.last ELSE series.last END,"
    f" last_time = CASE WHEN {_IS_LATER} THEN excluded.last_time ELSE series.last_time END,"
    " last_step = CASE WHEN excluded.last_step > series.last_step THEN excluded.last_step ELSE series.last_step END,"
    " min = CASE WHEN series.min <= excluded.min OR excluded.min IS NULL THEN series.min ELSE excluded.min END,"
    " max = CASE WHEN series.max >= excluded.max OR excluded.max IS NULL THEN series.max ELSE excluded.max END,"
    " total = series.total + excluded.total, finite = series.finite + excluded.finite,"
    " count = series.count + excluded.count, nan_count = series.nan_count + excluded.nan_count"
)


def _last(steps: "array[int]", times: "array[float]", values: "array[float]") -> int:
    """Find the point that a series is at: of those at the highest step the newest, and then the largest."""
    end = len(steps) - 1
    highest = max(steps)
    if steps[end] == highest and steps.count(highest) == 1:
        return end
    return max(
        (place for place, step in enumerate(steps) if step == highest),
        key=lambda place: (times[place], -math.inf if math.isnan(values[place]) else values[place], place),
    )


def _total(finite: Sequence[float]) -> float:
    """Add up; a sum beyond any use stays where adding to it never overflows, which PostgreSQL refuses."""
    total = sum(finite)
    return max(-_MAX_TOTAL, min(total, _MAX_TOTAL))


def _null_if_nan(value: float) -> float | None:
    return None if math.isnan(value) else value


def as_text(value: str | float | bool | None) -> str:
    """Give what a text compares with: numbers and truth values as JSON writes them."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@functools.singledispatch
def as_number(value: object) -> float | None:
    """Give what a number compares with: a text that is a number counts as one."""
    return None


@as_number.register(int | float)
def _(value: float) -> float | None:
    return _null_if_nan(float(value)) if abs(value) <= 1e308 else None  # noqa: PLR2004


@as_number.register(str)
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
    SeriesLogged: EntryApplier.series_logged,
    ArtifactLogged: EntryApplier.artifact_logged,
    SnapshotTaken: EntryApplier.snapshot_taken,
    NodeStarted: EntryApplier.node_seen,
    NodeEnded: EntryApplier.node_seen,
    DatasetUsed: EntryApplier.dataset_used,
    LinesLogged: EntryApplier.lines_logged,
    RecordsDropped: EntryApplier.records_dropped,
}
