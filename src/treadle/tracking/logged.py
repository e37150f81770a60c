"""What one node logged to its run, in a form that can be logged to another run."""

import enum
import struct
from array import array
from collections.abc import Iterable, Iterator

import msgspec

from treadle.records import (
    ArtifactLogged,
    Entry,
    ParamsLogged,
    Series,
    SeriesLogged,
    TagsSet,
    ValuesReused,
)

Scalar = str | int | float | bool | None

_SERIES_POINTS = 100_000  # in one record of the journal


class Count(enum.IntEnum):
    """How a point got its step."""

    GIVEN = 0
    ALONE = 1
    """One after the last step of its series."""
    TOGETHER = 2
    """One after the last step of all series logged with it."""


class LoggedSeries(msgspec.Struct, frozen=True, array_like=True):
    """Points of one series, as columns."""

    key: str
    base: int
    """The last step of the series before these points; -1 if there was none."""
    steps: bytes
    """int64."""
    times: bytes
    """float64."""
    values: bytes
    """float64."""
    follows: bytes
    """For each point, how it got its step: see `Count`."""


_point = struct.Struct("<q").pack, struct.Struct("<d").pack


def one_point(
    key: str, last: int | None, point: tuple[int, float, float], count: Count
) -> LoggedSeries:
    """Return a series of one point.

    Args:
        key: The series.
        last: Its last step before; None if it had no point.
        point: Step, time and value.
        count: How it got its step.
    """
    whole, real = _point
    step, time, value = point
    columns = (whole(step), real(time), real(value))
    return LoggedSeries(key, -1 if last is None else last, *columns, bytes((count,)))


def floats(column: bytes) -> "array[float]":
    """Return a column of times or values as an array."""
    numbers = array("d")
    numbers.frombytes(column)
    return numbers


class LoggedFile(msgspec.Struct, frozen=True, array_like=True):
    """An artifact."""

    path: str
    digest: str
    size: int
    time: float


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one node logged."""

    files: list[LoggedFile] = []
    params: dict[str, Scalar] = {}
    """As stored, with secrets masked."""
    tags: dict[str, str] = {}
    runs: list[str] = []
    """Ids of runs that the node started inside its run."""
    name: str = ""
    """The new name of its run, if it was renamed."""
    experiment: str = ""
    series: list[LoggedSeries] = []
    groups: list[tuple[int, list[str]]] = []
    """Series that shared a counted step, in order, and how many times."""

    def __bool__(self) -> bool:
        parts = (self.files, self.params, self.tags, self.runs, self.series)
        return any(parts) or bool(self.name or self.experiment)


def series_entries(run: str, key: str, series: Series, time: float = 0.0) -> Iterator[SeriesLogged]:
    """Yield the records of the points of a series.

    Args:
        run: The id of the run.
        key: The series.
        series: Its points; times may be empty.
        time: The time of all points if they have none of their own.
    """
    for begin in range(0, len(series.steps), _SERIES_POINTS):
        part = slice(begin, begin + _SERIES_POINTS)
        yield SeriesLogged(
            run,
            key,
            time,
            steps=series.steps[part].tobytes(),
            times=series.times[part].tobytes(),
            values=series.values[part].tobytes(),
        )


def repeated_entries(
    run: str, node: str, origin: str, logged: Logged, steps: Iterable["array[int]"]
) -> Iterator[Entry]:
    """Yield the records that log to another run what a node logged.

    Args:
        run: The id of the other run.
        node: The node.
        origin: The id of the run that the node logged to.
        logged: What it logged.
        steps: The steps of each series.
    """
    for series, own in zip(logged.series, steps, strict=True):
        points = Series(own, floats(series.times), floats(series.values))
        yield from series_entries(run, series.key, points)
    if logged.params:
        yield ParamsLogged(run, logged.params)
    if logged.tags:
        yield TagsSet(run, logged.tags)
    for file in logged.files:
        yield ArtifactLogged(run, file.path, file.digest, file.size, file.time)
    yield ValuesReused(run, node, origin, [*_values(logged)])


def _values(logged: Logged) -> Iterator[tuple[str, str, str]]:
    yield from (("metric", series.key, "") for series in logged.series)
    yield from (("param", name, _text(value)) for name, value in logged.params.items())
    yield from (("tag", name, value) for name, value in logged.tags.items())
    yield from (("artifact", file.path, file.digest) for file in logged.files)
    yield from (("run", run, "") for run in logged.runs)


def _text(value: Scalar) -> str:
    """Format a param as the store compares it."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
