"""Reads runs out of the tables."""

import math
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from treadle.errors import RunNotFoundError
from treadle.records import (
    ArtifactRecord,
    DatasetInputRecord,
    DatasetUseRecord,
    ErrorRecord,
    LogRecord,
    MetricPoint,
    MetricSummary,
    ModelUseRecord,
    NodeRunRecord,
    RecordPage,
    RunContents,
    RunDetails,
    RunPage,
    RunRecord,
    Series,
)
from treadle.store.search import Field, Search
from treadle.store.series import LEVELS, choose_level, drop_repeats, thin, unpack
from treadle.store.sql.database import Database, Row
from treadle.store.sql.paging import find_keys
from treadle.store.sql.points import CHUNK_POINTS

__all__ = [
    "find_page",
    "find_records",
    "find_run_key",
    "find_runs",
    "read_contents",
    "read_outline",
    "read_points",
    "read_records",
    "read_run",
    "read_series",
]

_RUN: Final = (
    "SELECT run.key, run.id, run.name, experiment.name, run.status, run.started, run.ended, run.kind, run.command,"
    " run.user_name, run.parent, run.error, run.dropped, run.deleted, run.experiment_key"
    " FROM run JOIN experiment ON experiment.key = run.experiment_key"
)
_MAX_VARIABLES: Final = 10_000
_ESCAPES: Final = {ord(character): f"\\{character}" for character in "%_\\"}

_read_error = msgspec.msgpack.Decoder(ErrorRecord).decode


def find_runs(database: Database, search: Search) -> list[RunRecord]:
    """Find runs, with their params, last metrics and tags."""
    return find_records(database, search).runs


def find_records(database: Database, search: Search) -> RecordPage:
    """Find a page of runs, with what is wanted of their params, last metrics and tags."""
    keys, following = find_keys(database, search)
    return RecordPage(runs=read_records(database, keys, columns=search.columns), next=following)


def find_page(database: Database, search: Search) -> RunPage:
    """Find runs, with all that was logged to them except points, files and lines."""
    keys, following = find_keys(database, search)
    return RunPage(runs=read_contents(database, keys), next=following)


def read_records(
    database: Database,
    keys: Sequence[int],
    summaries: Mapping[int, list[MetricSummary]] | None = None,
    columns: Sequence[Field] | None = None,
) -> list[RunRecord]:
    """Read runs by their keys, in the same order; what is known of their series already is not read again."""
    rows: dict[int, Row] = {}
    for begin in range(0, len(keys), _MAX_VARIABLES):
        some = keys[begin : begin + _MAX_VARIABLES]
        marks = ", ".join("?" * len(some))
        rows |= {row[0]: row for row in database.execute(f"{_RUN} WHERE run.key IN ({marks})", some)}
    params = _by_run(database, "SELECT run_key, name, value FROM param", keys, names=_names(columns, "params"))
    if summaries is None:
        found = _by_run(database, "SELECT run_key, name, last FROM series", keys, names=_names(columns, "metrics"))
        metrics = {key: {name: _nan_if_null(last) for name, last in found[key]} for key in keys}
    else:
        metrics = {key: {one.key: one.last for one in summaries[key]} for key in keys}
    tags = _by_run(database, "SELECT run_key, name, value FROM tag", keys, names=_names(columns, "tags"))
    return [
        RunRecord(
            id=row[1], name=row[2], experiment=row[3], status=row[4], started=row[5], ended=row[6], kind=row[7],
            command=row[8], user=row[9], parent=row[10], error=_error(row[11]), dropped=row[12], deleted=row[13],
            experiment_id=str(row[14]),
            params={name: msgspec.json.decode(value) for name, value in params[row[0]]},
            metrics=metrics[row[0]],
            tags=dict(tags[row[0]]),
        )
        for row in (rows[key] for key in keys if key in rows)
    ]  # fmt: skip


def read_contents(database: Database, keys: Sequence[int]) -> list[RunContents]:
    """Read runs by their keys, with summaries of their series, and what they read and made."""
    metrics = _summaries(database, keys)
    records = read_records(database, keys, metrics)
    inputs = _inputs(database, keys)
    models = _models(database, keys)
    return [
        RunContents(run=record, metrics=metrics[key], inputs=inputs[key], models=models[key])
        for key, record in zip(keys, records, strict=True)
    ]


def _names(columns: Sequence[Field] | None, family: str) -> list[str] | None:
    """Give the keys of one family that are wanted; None for all."""
    return None if columns is None else list(dict.fromkeys(one.key for one in columns if one.family == family))


def _by_run(
    database: Database, query: str, keys: Sequence[int], order: str = "name", names: Sequence[str] | None = None
) -> dict[int, list[Any]]:
    """Gather the rows of each run, without its key; only those of some names, where such are given."""
    found: dict[int, list[Any]] = defaultdict(list)
    if names is not None and not names:
        return found
    only = f" AND name IN ({', '.join('?' * len(names))})" if names else ""
    for begin in range(0, len(keys), _MAX_VARIABLES):
        some = keys[begin : begin + _MAX_VARIABLES]
        marks = ", ".join("?" * len(some))
        for row in database.execute(
            f"{query} WHERE run_key IN ({marks}){only} ORDER BY {order}", [*some, *(names or ())]
        ):
            found[row[0]].append(row[1:])
    return found


def find_run_key(database: Database, run: str) -> int:
    """Find one run by its id, its name (the newest of it), or the start or end of its id.

    Raises:
        RunNotFoundError: There is none, or an abbreviation fits several.
    """
    for (key,) in database.execute("SELECT key FROM run WHERE id = ?", (run,)):
        return int(key)
    if run == "latest":
        for (key,) in database.execute("SELECT key FROM run ORDER BY started DESC, key DESC LIMIT 1"):
            return int(key)
    # A whole name is meant before a part of an id: a run called "a" must not be one whose id begins with a.
    for (key,) in database.execute("SELECT key FROM run WHERE name = ? ORDER BY started DESC LIMIT 1", (run,)):
        return int(key)
    escaped = run.translate(_ESCAPES)
    query = "SELECT key, id FROM run WHERE id LIKE ? ESCAPE '\\' OR id LIKE ? ESCAPE '\\' ORDER BY key DESC LIMIT 6"
    close = list(database.execute(query, (f"{escaped}%", f"%{escaped}"))) if run else []
    if len(close) == 1:
        return int(close[0][0])
    if close:
        raise RunNotFoundError(
            f'"{run}" fits several runs: {", ".join(identifier for _, identifier in close)}.', hint="Write more of it."
        )
    raise RunNotFoundError(f'There is no run "{run}".', hint='"treadle runs" lists them; "latest" is the newest.')


def read_run(database: Database, run: str) -> RunDetails:
    """Read all that is kept about one run."""
    key = find_run_key(database, run)
    (contents,) = read_contents(database, [key])
    return RunDetails(
        run=contents.run,
        nodes=_nodes(database, key),
        datasets=_datasets(database, key),
        metrics=contents.metrics,
        inputs=contents.inputs,
        models=contents.models,
        artifacts=[
            ArtifactRecord(path=path, digest=digest, size=size, time=time)
            for path, digest, size, time in database.execute(
                "SELECT path, digest, size, time FROM artifact WHERE run_key = ? ORDER BY path", (key,)
            )
        ],
        logs=[
            LogRecord(time=time, level=level, logger=logger, text=text)
            for time, level, logger, text in database.execute(
                "SELECT time, level, logger, text FROM log_line WHERE run_key = ? ORDER BY key", (key,)
            )
        ],
        snapshots={
            kind: msgspec.Raw(content)
            for kind, content in database.execute("SELECT kind, content FROM snapshot WHERE run_key = ?", (key,))
        },
    )


def _nodes(database: Database, key: int) -> list[NodeRunRecord]:
    query = (
        "SELECT node, status, started, ended, cpu, peak, reason, error, key FROM node_run WHERE run_key = ?"
        " ORDER BY started, node"
    )
    return [
        NodeRunRecord(
            node=node, status=status, started=started, ended=ended, cpu=cpu, peak=peak, reason=reason,
            error=_error(error), key=digest,
        )
        for node, status, started, ended, cpu, peak, reason, error, digest in database.execute(query, (key,))
    ]  # fmt: skip


def _datasets(database: Database, key: int) -> list[DatasetUseRecord]:
    fields = DatasetUseRecord.__struct_fields__  # the columns have their names
    query = f"SELECT {', '.join(fields)} FROM dataset_use WHERE run_key = ? ORDER BY key"
    return [DatasetUseRecord(**dict(zip(fields, row, strict=True))) for row in database.execute(query, (key,))]


def _summaries(database: Database, keys: Sequence[int]) -> dict[int, list[MetricSummary]]:
    query = "SELECT run_key, name, last, last_step, last_time, min, max, total, finite, count, nan_count FROM series"
    return defaultdict(list, {
        key: [
            MetricSummary(
                key=name, last=_nan_if_null(last), last_step=step, last_time=time, min=low, max=high,
                mean=total / finite if finite else None, count=count, nan_count=nans,
            )
            for name, last, step, time, low, high, total, finite, count, nans in rows
        ]
        for key, rows in _by_run(database, query, keys).items()
    })  # fmt: skip


def _inputs(database: Database, keys: Sequence[int]) -> dict[int, list[DatasetInputRecord]]:
    query = (
        "SELECT run_key, name, digest, source_type, source, columns, profile, tags"
        " FROM dataset_input JOIN dataset ON dataset.key = dataset_input.dataset_key"
    )
    return defaultdict(list, {
        key: [
            DatasetInputRecord(
                name=name, digest=digest, source_type=kind, source=source, columns=columns, profile=profile,
                tags=msgspec.json.decode(tags),
            )
            for name, digest, kind, source, columns, profile, tags in rows
        ]
        for key, rows in _by_run(database, query, keys, "dataset_key").items()
    })  # fmt: skip


def _models(database: Database, keys: Sequence[int]) -> dict[int, list[ModelUseRecord]]:
    found = _by_run(database, "SELECT run_key, model, role, step FROM model_use", keys, "role, model")
    return defaultdict(list, {
        key: [ModelUseRecord(model=model, role=role, step=step) for model, role, step in rows]
        for key, rows in found.items()
    })  # fmt: skip


def read_points(database: Database, run_key: int, key: str) -> list[MetricPoint]:
    """Read a whole series in the order in which it was logged."""
    series = read_series(database, run_key, key)
    return list(map(MetricPoint, series.steps, series.times, series.values))


def read_series(database: Database, run_key: int, key: str) -> Series:
    """Read a whole series as columns, in the order in which it was logged."""
    query = "SELECT count, steps, times, vals FROM chunk WHERE run_key = ? AND name = ? ORDER BY position"
    series = Series(array("q"), array("d"), array("d"))
    for row in database.execute(query, (run_key, key)):
        _extend(series, row)
    return series


def _extend(series: Series, row: Row) -> None:
    count, *columns = row
    for column, data in zip(_columns(series), columns, strict=True):
        column.extend(unpack(column.typecode, data, count))


def _columns(series: Series) -> "tuple[array[Any], array[Any], array[Any]]":
    return series.steps, series.times, series.values


def read_outline(
    database: Database, run_key: int, key: str, buckets: int, steps: tuple[int, int] | None = None
) -> Series:
    """Read a series with at most four points for each of so many groups, extremes among them.

    Args:
        database: Where it is.
        run_key: Its run.
        key: Its name.
        buckets: How many groups.
        steps: The first and the last step to look at; all if not given.
    """
    low, high = steps or (-(2**63), 2**63 - 1)
    (counted,) = database.execute(
        "SELECT COALESCE(sum(count), 0) FROM chunk WHERE run_key = ? AND name = ?", (run_key, key)
    )
    size = choose_level(int(counted[0]), buckets)
    if steps is not None:
        query = "SELECT count(*) FROM level WHERE run_key = ? AND name = ? AND size = ? AND high >= ? AND low <= ?"
        near = database.execute(query, (run_key, key, LEVELS[0], low, high))[0][0]
        size = choose_level(near * CHUNK_POINTS, buckets)
    series = _read_level(database, run_key, key, size, (low, high))
    groups = len(series.steps) // 4 if size > 1 else len(series.steps)
    most = buckets if size > 1 else buckets * 4
    if groups > most:
        series = thin(series, math.ceil(len(series.steps) / buckets))
    return drop_repeats(series)


def _read_level(database: Database, run_key: int, key: str, size: int, steps: tuple[int, int]) -> Series:
    """Read one level, and thin to it what has none: chunks that are not full yet, or not wholly asked for."""
    if size == 1:
        return _cut(read_series(database, run_key, key), *steps)
    query = "SELECT position, high, low, steps, times, vals FROM level WHERE run_key = ? AND name = ? AND size = ?"
    series = Series(array("q"), array("d"), array("d"))
    tail = 0
    for position, high, low, *columns in database.execute(f"{query} ORDER BY position", (run_key, key, size)):
        if position != tail:
            # Chunks of a store of version 1 have no levels.
            _append(series, thin(_cut(_read_chunks(database, run_key, key, tail, position), *steps), size))
        tail = position + 1
        if low >= steps[0] and high <= steps[1]:
            _extend(series, (len(columns[0]) // 8, *columns))
        elif high >= steps[0] and low <= steps[1]:
            _append(series, thin(_cut(_read_chunks(database, run_key, key, position, tail), *steps), size))
    _append(series, thin(_cut(_read_chunks(database, run_key, key, tail, 2**62), *steps), size))
    return series


def _append(series: Series, more: Series) -> None:
    for column, other in zip(_columns(series), _columns(more), strict=True):
        column.extend(other)


def _read_chunks(database: Database, run_key: int, key: str, begin: int, end: int) -> Series:
    """Read the points from one place of a series up to another."""
    query = (
        "SELECT count, steps, times, vals FROM chunk WHERE run_key = ? AND name = ? AND position >= ? AND position < ?"
        " ORDER BY position"
    )
    series = Series(array("q"), array("d"), array("d"))
    for row in database.execute(query, (run_key, key, begin, end)):
        _extend(series, row)
    return series


def _cut(series: Series, low: int, high: int) -> Series:
    if not series.steps or (min(series.steps) >= low and max(series.steps) <= high):
        return series
    wanted = [place for place, step in enumerate(series.steps) if low <= step <= high]
    return Series(
        array("q", (series.steps[place] for place in wanted)),
        array("d", (series.times[place] for place in wanted)),
        array("d", (series.values[place] for place in wanted)),
    )


def _nan_if_null(value: float | None) -> float:
    return math.nan if value is None else value


def _error(data: bytes | None) -> ErrorRecord | None:
    return _read_error(data) if data else None
