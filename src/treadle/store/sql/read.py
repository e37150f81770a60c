"""Reading of runs from the tables."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from treadle.errors import RunNotFoundError
from treadle.records import (
    ArtifactRecord,
    DatasetInputRecord,
    DatasetUseRecord,
    ErrorRecord,
    LogRecord,
    MetricSummary,
    ModelUseRecord,
    NodeRunRecord,
    RecordPage,
    ReusedValue,
    RunContents,
    RunDetails,
    RunPage,
    RunRecord,
)
from treadle.store.search.tree import Field, Search
from treadle.store.sql.database import Database, Row
from treadle.store.sql.in_lists import in_parts
from treadle.store.sql.search.paging import find_keys
from treadle.store.sql.statements import SQL

_ESCAPES: Final = {ord(character): f"\\{character}" for character in "%_\\"}

_read_error = msgspec.msgpack.Decoder(ErrorRecord).decode


def find_records(database: Database, search: Search) -> RecordPage:
    """Return a page of runs with the requested params, last metrics and tags."""
    keys, following = find_keys(database, search)
    return RecordPage(runs=read_records(database, keys, columns=search.columns), next=following)


def find_page(database: Database, search: Search) -> RunPage:
    """Return a page of runs with all that was logged, except points, files and log lines."""
    keys, following = find_keys(database, search)
    return RunPage(runs=read_contents(database, keys), next=following)


class _Part(msgspec.Struct, frozen=True):
    """Query for the rows of runs in one table."""

    query: str
    """Its first column is the run's key."""
    order: str = "name"
    family: str = ""
    """The family of its fields in a search."""
    names: tuple[str, ...] | None = None
    """The names of the rows to read; all if None."""


_PARAMS: Final = _Part("SELECT run_key, name, value FROM param", family="params")
_METRICS: Final = _Part("SELECT run_key, name, last FROM series", family="metrics")
_TAGS: Final = _Part("SELECT run_key, name, value FROM tag", family="tags")
_SUMMARIES: Final = _Part(
    "SELECT run_key, name, last, last_step, last_time, min, max, total, finite, count, nan_count "
    "FROM series"
)
_INPUTS: Final = _Part(
    "SELECT run_key, name, digest, source_type, source, columns, profile, tags"
    " FROM dataset_input JOIN dataset ON dataset.key = dataset_input.dataset_key",
    order="dataset_key",
)
_MODELS: Final = _Part("SELECT run_key, model, role, step FROM model_use", order="role, model")

_Found = dict[int, list[Any]]  # the rows of each run, without its key


def read_records(
    database: Database, keys: Sequence[int], columns: Sequence[Field] | None = None
) -> list[RunRecord]:
    """Read runs by key, in the same order, with the given columns or all."""
    parts = [_only(part, columns) for part in (_PARAMS, _METRICS, _TAGS)]
    return [
        _record(
            row,
            params[row[0]],
            {name: _nan_if_null(last) for name, last in metrics[row[0]]},
            tags[row[0]],
        )
        for rows, (params, metrics, tags) in _read(database, keys, parts)
        for row in rows
    ]


def read_contents(database: Database, keys: Sequence[int]) -> list[RunContents]:
    """Read runs by key, with the summaries of their series, their inputs and outputs."""
    contents = []
    for rows, found in _read(database, keys, (_PARAMS, _SUMMARIES, _TAGS, _INPUTS, _MODELS)):
        params, series, tags, inputs, models = found
        for row in rows:
            key = row[0]
            metrics = [_summary(one) for one in series[key]]
            contents.append(
                RunContents(
                    run=_record(
                        row, params[key], {one.key: one.last for one in metrics}, tags[key]
                    ),
                    metrics=metrics,
                    inputs=[_input(one) for one in inputs[key]],
                    models=[
                        ModelUseRecord(model=model, role=role, step=step)
                        for model, role, step in models[key]
                    ],
                    is_own=bool(row[15]),
                )
            )
    return contents


def _only(part: _Part, columns: Sequence[Field] | None) -> _Part:
    """Restrict a table's query to the columns of a search."""
    if columns is None:
        return part
    names = dict.fromkeys(one.key for one in columns if one.family == part.family)
    return msgspec.structs.replace(part, names=tuple(names))


def _read(
    database: Database, keys: Sequence[int], parts: Sequence[_Part]
) -> Iterator[tuple[list[Row], list[_Found]]]:
    """Yield the rows of runs in the order of the keys, and their parts, all queried at once."""
    wanted = [part for part in parts if part.names != ()]
    for marks, some in in_parts(keys):
        questions: list[tuple[str, Sequence[Any]]] = [
            (f"{SQL['runs']} WHERE run.key IN ({marks})", some)
        ]
        for part in wanted:
            only = f" AND name IN ({', '.join('?' * len(part.names))})" if part.names else ""
            text = f"{part.query} WHERE run_key IN ({marks}){only} ORDER BY {part.order}"
            questions.append((text, [*some, *(part.names or ())]))
        runs, *answers = database.execute_all(questions)
        rows = {row[0]: row for row in runs}
        gathered = iter([_by_run(answer) for answer in answers])
        yield (
            [rows[key] for key in some if key in rows],
            [next(gathered) if one in wanted else _by_run([]) for one in parts],
        )


def _by_run(rows: Iterable[Row]) -> _Found:
    found: _Found = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found


def _record(row: Row, params: list[Row], metrics: dict[str, float], tags: list[Row]) -> RunRecord:
    return RunRecord(
        id=row[1],
        name=row[2],
        experiment=row[3],
        status=row[4],
        started=row[5],
        ended=row[6],
        kind=row[7],
        command=row[8],
        user=row[9],
        parent=row[10],
        error=_error(row[11]),
        dropped=row[12],
        deleted=row[13],
        experiment_id=str(row[14]),
        params={name: msgspec.json.decode(value) for name, value in params},
        metrics=metrics,
        tags=dict(tags),
    )


def find_run_key(database: Database, run: str) -> int:
    """Return the key of a run by its id, its name (the newest one), or the start or end of its id.

    Raises:
        RunNotFoundError: No run matches, or several.
    """
    for (key,) in database.execute("SELECT key FROM run WHERE id = ?", (run,)):
        return int(key)
    if run == "latest":
        query = "SELECT key FROM run WHERE deleted IS NULL ORDER BY started DESC, key DESC LIMIT 1"
        for (key,) in database.execute(query):
            return int(key)
    # A name has priority over a part of an id: "a" is a run of that name, not one whose id begins
    # with a. Of several runs of a name, prefer one that is not deleted.
    query = "SELECT key FROM run WHERE name = ? ORDER BY deleted IS NOT NULL, started DESC LIMIT 1"
    for (key,) in database.execute(query, (run,)):
        return int(key)
    escaped = run.translate(_ESCAPES)
    parts = (f"{escaped}%", f"%{escaped}")
    close = database.execute(SQL["find_by_part_of_id"], parts) if run else []
    if len(close) == 1:
        return int(close[0][0])
    if close:
        raise RunNotFoundError(
            f'"{run}" matches several runs: {", ".join(identifier for _, identifier in close)}.',
            hint="Write more of it.",
        )
    raise RunNotFoundError(
        f'There is no run "{run}".', hint='"treadle runs" lists them; "latest" is the newest.'
    )


def read_run(database: Database, run: str, *, logs: bool = True) -> RunDetails:
    """Read all stored details of one run; without its lines of output if not wanted."""
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
                "SELECT path, digest, size, time FROM artifact WHERE run_key = ? ORDER BY path",
                (key,),
            )
        ],
        logs=_logs(database, key) if logs else [],
        snapshots={
            kind: msgspec.Raw(content)
            for kind, content in database.execute(
                "SELECT kind, content FROM snapshot WHERE run_key = ?", (key,)
            )
        },
        reused=_reused(database, key),
    )


def _logs(database: Database, key: int) -> list[LogRecord]:
    query = "SELECT time, level, logger, text FROM log_line WHERE run_key = ? ORDER BY key"
    return [
        LogRecord(time=time, level=level, logger=logger, text=text)
        for time, level, logger, text in database.execute(query, (key,))
    ]


def _reused(database: Database, key: int) -> list[ReusedValue]:
    """Read the values from earlier runs that were not replaced since."""
    return [
        ReusedValue(kind=kind, name=name, node=node, origin=origin)
        for kind, name, node, origin in database.execute(SQL["reused_values"], (key,))
    ]


def _nodes(database: Database, key: int) -> list[NodeRunRecord]:
    query = (
        "SELECT node, status, started, ended, cpu, peak, reason, error, key FROM node_run WHERE "
        "run_key = ?"
        " ORDER BY started, node"
    )
    return [
        NodeRunRecord(
            node=node,
            status=status,
            started=started,
            ended=ended,
            cpu=cpu,
            peak=peak,
            reason=reason,
            error=_error(error),
            key=digest,
        )
        for node, status, started, ended, cpu, peak, reason, error, digest in database.execute(
            query, (key,)
        )
    ]


def _datasets(database: Database, key: int) -> list[DatasetUseRecord]:
    fields = DatasetUseRecord.__struct_fields__  # the columns have the same names
    query = f"SELECT {', '.join(fields)} FROM dataset_use WHERE run_key = ? ORDER BY key"
    return [
        DatasetUseRecord(**dict(zip(fields, row, strict=True)))
        for row in database.execute(query, (key,))
    ]


def _summary(row: Row) -> MetricSummary:
    name, last, step, time, low, high, total, finite, count, nans = row
    return MetricSummary(
        key=name,
        last=_nan_if_null(last),
        last_step=step,
        last_time=time,
        min=low,
        max=high,
        mean=total / finite if finite else None,
        count=count,
        nan_count=nans,
    )


def _input(row: Row) -> DatasetInputRecord:
    name, digest, kind, source, columns, profile, tags = row
    return DatasetInputRecord(
        name=name,
        digest=digest,
        source_type=kind,
        source=source,
        columns=columns,
        profile=profile,
        tags=msgspec.json.decode(tags),
    )


def _nan_if_null(value: float | None) -> float:
    return math.nan if value is None else value


def _error(data: bytes | None) -> ErrorRecord | None:
    return _read_error(data) if data else None
