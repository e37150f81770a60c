"""What one node logged to its run, in a form that another run can take over."""

import struct
from array import array
from collections.abc import Iterable, Iterator

import msgspec

from treadle.records import ArtifactLogged, Entry, ParamsLogged, SeriesLogged, TagsSet, ValuesReused

__all__ = ["Logged", "LoggedFile", "LoggedSeries", "one_point", "rebased", "repeated_entries"]

Scalar = str | int | float | bool | None

_SERIES_POINTS = 100_000  # in one record of the journal


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
    """For each point, whether its step was counted on from the one before, and not given."""


_point = struct.Struct("<q").pack, struct.Struct("<d").pack


def one_point(
    key: str,
    last: int | None,
    point: tuple[int, float, float],
    *,
    follows: bool,
) -> LoggedSeries:
    """Return a series of one point.

    Args:
        key: The series.
        last: Its last step before; None if it had no point.
        point: Step, time and value.
        follows: Whether the step was counted, and not given.
    """
    whole, real = _point
    step, time, value = point
    columns = (whole(step), real(time), real(value))
    return LoggedSeries(key, -1 if last is None else last, *columns, b"\1" if follows else b"\0")


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
    """As they are kept: secrets are masked."""
    tags: dict[str, str] = {}
    runs: list[str] = []
    """Ids of runs that the node started inside of its run."""
    name: str = ""
    """What it renamed its run to."""
    experiment: str = ""
    series: list[LoggedSeries] = []

    def __bool__(self) -> bool:
        parts = (self.files, self.params, self.tags, self.runs, self.series)
        return any(parts) or bool(self.name or self.experiment)


def rebased(series: LoggedSeries, last: int) -> "array[int]":
    """Return the steps that points get in a run in which their series ended at another step.

    Steps that were given stay; those that were counted go on from the one before.
    """
    steps = array("q")
    steps.frombytes(series.steps)
    if last == series.base or not any(series.follows):
        return steps
    found = array("q")
    before, now = series.base, last
    for step, is_counted in zip(steps, series.follows, strict=True):
        now = now + step - before if is_counted else step
        before = step
        found.append(now)
    return found


def repeated_entries(
    run: str, node: str, origin: str, logged: Logged, steps: Iterable["array[int]"]
) -> Iterator[Entry]:
    """Yield the records by which another run gets what a node logged.

    Args:
        run: The id of that run.
        node: The node.
        origin: The id of the run that the node logged it to.
        logged: What it logged.
        steps: The steps of each series.
    """
    for series, own in zip(logged.series, steps, strict=True):
        for begin in range(0, len(own), _SERIES_POINTS):
            part = slice(8 * begin, 8 * (begin + _SERIES_POINTS))
            columns = (one[part] for one in (own.tobytes(), series.values, series.times))
            yield SeriesLogged(run, series.key, 0.0, *columns)
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
    """Write a param as the store compares it."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
