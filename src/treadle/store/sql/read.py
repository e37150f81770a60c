"""Reads runs out of the tables."""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from treadle.errors import RunNotFoundError
from treadle.records import (
    ArtifactRecord,
    DatasetUseRecord,
    ErrorRecord,
    LogRecord,
    MetricPoint,
    MetricSummary,
    NodeRunRecord,
    RunDetails,
    RunRecord,
)
from treadle.store.search import Search
from treadle.store.sql.apply import Connection
from treadle.store.sql.compile import compile_search

__all__ = ["find_run_key", "find_runs", "read_points", "read_run"]

_RUN: Final = (
    "SELECT run.key, run.id, run.name, experiment.name, run.status, run.started, run.ended, run.kind, run.command,"
    " run.user_name, run.parent, run.error, run.dropped"
    " FROM run JOIN experiment ON experiment.key = run.experiment_key "
)
_MAX_VARIABLES: Final = 10_000
_ESCAPES: Final = {ord(character): f"\\{character}" for character in "%_\\"}

_read_error = msgspec.msgpack.Decoder(ErrorRecord).decode


def find_runs(connection: Connection, search: Search) -> list[RunRecord]:
    """Find runs, with their params, last metrics and tags."""
    clauses, values = compile_search(search)
    return _with_values(connection, list(connection.execute(_RUN + clauses, values)))


def _with_values(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> list[RunRecord]:
    keys = [row[0] for row in rows]
    params = _by_run(connection, "SELECT run_key, name, value FROM param", keys)
    metrics = _by_run(connection, "SELECT run_key, name, last FROM series", keys)
    tags = _by_run(connection, "SELECT run_key, name, value FROM tag", keys)
    return [
        RunRecord(
            id=row[1], name=row[2], experiment=row[3], status=row[4], started=row[5], ended=row[6], kind=row[7],
            command=row[8], user=row[9], parent=row[10], error=_error(row[11]), dropped=row[12],
            params={name: msgspec.json.decode(value) for name, value in params[row[0]]},
            metrics={name: _nan_if_null(value) for name, value in metrics[row[0]]},
            tags=dict(tags[row[0]]),
        )
        for row in rows
    ]  # fmt: skip


def _by_run(connection: Connection, query: str, keys: Sequence[int]) -> dict[int, list[tuple[str, Any]]]:
    found: dict[int, list[tuple[str, Any]]] = defaultdict(list)
    for begin in range(0, len(keys), _MAX_VARIABLES):
        some = keys[begin : begin + _MAX_VARIABLES]
        marks = ", ".join("?" * len(some))
        for key, name, value in connection.execute(f"{query} WHERE run_key IN ({marks}) ORDER BY name", some):
            found[key].append((name, value))
    return found


def find_run_key(connection: Connection, run: str) -> int:
    """Find one run by its id, the start or end of it, or its name.

    Raises:
        RunNotFoundError: There is none, or an abbreviation fits several.
    """
    for (key,) in connection.execute("SELECT key FROM run WHERE id = ?", (run,)):
        return int(key)
    if run == "latest":
        for (key,) in connection.execute("SELECT key FROM run ORDER BY started DESC, key DESC LIMIT 1"):
            return int(key)
    escaped = run.translate(_ESCAPES)
    query = "SELECT key, id FROM run WHERE id LIKE ? ESCAPE '\\' OR id LIKE ? ESCAPE '\\' ORDER BY key DESC LIMIT 6"
    close = list(connection.execute(query, (f"{escaped}%", f"%{escaped}"))) if run else []
    if len(close) == 1:
        return int(close[0][0])
    for (key,) in connection.execute("SELECT key FROM run WHERE name = ? ORDER BY started DESC LIMIT 1", (run,)):
        return int(key)
    if close:
        raise RunNotFoundError(
            f'"{run}" fits several runs: {", ".join(identifier for _, identifier in close)}.', hint="Write more of it."
        )
    raise RunNotFoundError(f'There is no run "{run}".', hint='"treadle runs" lists them; "latest" is the newest.')


def read_run(connection: Connection, run: str) -> RunDetails:
    """Read all that is kept about one run."""
    key = find_run_key(connection, run)
    record = _with_values(connection, list(connection.execute(_RUN + "WHERE run.key = ?", (key,))))[0]
    return RunDetails(
        run=record,
        nodes=_nodes(connection, key),
        datasets=_datasets(connection, key),
        metrics=_summaries(connection, key),
        artifacts=[
            ArtifactRecord(path=path, digest=digest, size=size, time=time)
            for path, digest, size, time in connection.execute(
                "SELECT path, digest, size, time FROM artifact WHERE run_key = ? ORDER BY path", (key,)
            )
        ],
        logs=[
            LogRecord(time=time, level=level, logger=logger, text=text)
            for time, level, logger, text in connection.execute(
                "SELECT time, level, logger, text FROM log_line WHERE run_key = ? ORDER BY key", (key,)
            )
        ],
        snapshots={
            kind: msgspec.Raw(content)
            for kind, content in connection.execute("SELECT kind, content FROM snapshot WHERE run_key = ?", (key,))
        },
    )


def _nodes(connection: Connection, key: int) -> list[NodeRunRecord]:
    query = (
        "SELECT node, status, started, ended, cpu, peak, reason, error FROM node_run WHERE run_key = ?"
        " ORDER BY started, node"
    )
    return [
        NodeRunRecord(
            node=node, status=status, started=started, ended=ended, cpu=cpu, peak=peak, reason=reason,
            error=_error(error),
        )
        for node, status, started, ended, cpu, peak, reason, error in connection.execute(query, (key,))
    ]  # fmt: skip


def _datasets(connection: Connection, key: int) -> list[DatasetUseRecord]:
    fields = DatasetUseRecord.__struct_fields__  # the columns have their names
    query = f"SELECT {', '.join(fields)} FROM dataset_use WHERE run_key = ? ORDER BY key"
    return [DatasetUseRecord(**dict(zip(fields, row, strict=True))) for row in connection.execute(query, (key,))]


def _summaries(connection: Connection, key: int) -> list[MetricSummary]:
    query = (
        "SELECT name, last, last_step, min, max, total, finite, count, nan_count FROM series WHERE run_key = ?"
        " ORDER BY name"
    )
    return [
        MetricSummary(
            key=name, last=_nan_if_null(last), last_step=step, min=low, max=high,
            mean=total / finite if finite else None, count=count, nan_count=nans,
        )
        for name, last, step, low, high, total, finite, count, nans in connection.execute(query, (key,))
    ]  # fmt: skip


def read_points(connection: Connection, run: str, key: str) -> list[MetricPoint]:
    """Read a whole series in the order in which it was logged."""
    run_key = find_run_key(connection, run)
    query = "SELECT steps, times, vals FROM chunk WHERE run_key = ? AND name = ? ORDER BY position"
    points: list[MetricPoint] = []
    for columns in connection.execute(query, (run_key, key)):
        steps, times, values = (_column(code, data) for code, data in zip("qdd", columns, strict=True))
        points += map(MetricPoint, steps, times, values)
    return points


def _column(code: str, data: bytes) -> Iterable[Any]:
    column: array[Any] = array(code)
    column.frombytes(data)
    return column


def _nan_if_null(value: float | None) -> float:
    return math.nan if value is None else value


def _error(data: bytes | None) -> ErrorRecord | None:
    return _read_error(data) if data else None
