"""Rows of journal entries that are stored one by one, by the statements that store them."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from treadle.records import (
    ArtifactLogged,
    DatasetUsed,
    LinesLogged,
    NodeEnded,
    NodeStarted,
    ParamsLogged,
    RecordsDropped,
    SnapshotTaken,
    TagsSet,
    ValuesReused,
)
from treadle.store.sql.series.write import null_if_nan

Rows = Sequence[Sequence[Any]]


def _params(key: int, entry: ParamsLogged) -> Rows:
    return [
        (key, name, msgspec.json.encode(value).decode(), _as_text(value), _as_number(value))
        for name, value in entry.params.items()
    ]


def _tags(key: int, entry: TagsSet) -> Rows:
    return [(key, name, value) for name, value in entry.tags.items()]


def _artifact(key: int, entry: ArtifactLogged) -> Rows:
    return [(key, entry.path, entry.digest, entry.size, entry.time)]


def _snapshot(key: int, entry: SnapshotTaken) -> Rows:
    return [(key, entry.kind, entry.content)]


def _dataset_use(key: int, entry: DatasetUsed) -> Rows:
    return [
        (
            key,
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
    ]


def _lines(key: int, entry: LinesLogged) -> Rows:
    return [(key, entry.time, entry.level, entry.logger, entry.text)]


def _reused_values(key: int, entry: ValuesReused) -> Rows:
    return [
        (key, kind, name, entry.origin, entry.node, content) for kind, name, content in entry.values
    ]


def _dropped(key: int, entry: RecordsDropped) -> Rows:
    return [(entry.count, key)]


ROWS: Final[dict[type, tuple[str, Callable[[int, Any], Rows]]]] = {
    ParamsLogged: ("log_param", _params),
    TagsSet: ("log_tag", _tags),
    ArtifactLogged: ("log_artifact", _artifact),
    SnapshotTaken: ("log_snapshot", _snapshot),
    DatasetUsed: ("log_dataset_use", _dataset_use),
    LinesLogged: ("log_line", _lines),
    ValuesReused: ("log_reused_value", _reused_values),
    RecordsDropped: ("count_dropped", _dropped),
}
"""The name of the statement of each kind of entry, and its rows by the key of the run."""


def node_row(key: int, entry: NodeStarted | NodeEnded) -> Sequence[Any]:
    """Return the row of the state of a node."""
    if isinstance(entry, NodeStarted):
        return (key, entry.node, "running", entry.started, None, 0.0, 0, "", None, "")
    return (
        key,
        entry.node,
        entry.status,
        entry.started,
        entry.ended,
        entry.cpu,
        entry.peak,
        entry.reason,
        msgspec.msgpack.encode(entry.error) if entry.error else None,
        entry.key,
    )


def _as_text(value: str | float | bool | None) -> str:
    """Return a value for comparisons with texts: numbers and booleans in JSON form."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@functools.singledispatch
def _as_number(value: object) -> float | None:
    """Return a value for comparisons with numbers, parsing texts; None if it is not a number."""
    return None


@_as_number.register(int | float)
def _(value: float) -> float | None:
    return null_if_nan(float(value)) if abs(value) <= 1e308 else None  # noqa: PLR2004


@_as_number.register(str)
def _(value: str) -> float | None:
    try:
        return null_if_nan(float(value))
    except ValueError:
        return None
