"""Reads recorded runs, as records and as data frames."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast, overload

from treadle.errors import MissingExtraError, SearchError
from treadle.records import MetricPoint, RunDetails, RunRecord
from treadle.records.display import moment_text, table_html
from treadle.store import Field, Search, Store, StoreLocation, open_store, parse, parse_sort
from treadle.tracking.columns import FACTS, convert, find_kind, read_fact, to_time
from treadle.tracking.store_choice import choose_location
from treadle.tracking.writer import flush_writers

if TYPE_CHECKING:
    from treadle.store.search.tree import Family


_FACTS = ("id", "name", "experiment", "status", "started", "ended", "duration", "user")
_SHOWN = 50  # runs of a notebook's table
_SHOWN_KEYS = 6
_FAMILIES = ("params", "metrics", "tags")


class _Frames:
    """Makes a data frame of columns, with whichever library is installed."""

    def _columns(self) -> dict[str, list[Any]]:
        raise NotImplementedError

    def _times(self) -> list[str]:
        """Return which columns hold times."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """Return a pandas data frame.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise MissingExtraError("A data frame", "pandas", "pandas") from error
        frame = pd.DataFrame(self._columns())
        for name in self._times():  # a column without values is a time column, too
            frame[name] = pd.to_datetime(frame[name], utc=True)
        return frame

    def to_polars(self) -> Any:
        """Return a polars data frame.

        Raises:
            MissingExtraError: polars is not installed.
        """
        try:
            import polars as pl
        except ImportError as error:
            raise MissingExtraError("A data frame", "polars", "polars") from error
        kinds = dict.fromkeys(self._times(), pl.Datetime("us", "UTC"))
        return pl.DataFrame(self._columns(), schema_overrides=kinds, strict=False)

    def to_frame(self) -> Any:
        """Return a pandas data frame, or one of polars if pandas is not installed.

        Raises:
            MissingExtraError: Neither is installed.
        """
        from importlib.util import find_spec

        return (
            self.to_polars()
            if find_spec("pandas") is None and find_spec("polars")
            else self.to_pandas()
        )


class FoundRuns(_Frames, Sequence[RunRecord]):
    """The runs found by a search, in the requested order.

    Args:
        runs: The records.
        columns: The columns of a data frame; all if empty.
    """

    def __init__(self, runs: Iterable[RunRecord], columns: Sequence[str] = ()) -> None:
        self._runs = list(runs)
        self._wanted = list(columns)

    @overload
    def __getitem__(self, index: int) -> RunRecord: ...
    @overload
    def __getitem__(self, index: slice) -> "FoundRuns": ...
    def __getitem__(self, index: int | slice) -> "RunRecord | FoundRuns":
        if isinstance(index, slice):
            return FoundRuns(self._runs[index], self._wanted)
        return self._runs[index]

    def __len__(self) -> int:
        return len(self._runs)

    def _columns(self) -> dict[str, list[Any]]:
        names = self._wanted or [
            *_FACTS,
            *(f"{family}.{key}" for family in _FAMILIES for key in _keys(self._runs, family)),
        ]
        return {name: self._column(name) for name in names}

    def _column(self, name: str) -> list[Any]:
        field = _field(name)
        if field is None:
            return [read_fact(run, name) for run in self._runs]
        values = [getattr(run, field.family).get(field.key) for run in self._runs]
        if field.family != "params":
            return values
        kind = find_kind(values)
        return [convert(value, kind) for value in values] if kind in (int, float) else values

    def _times(self) -> list[str]:
        return [name for name in self._wanted or _FACTS if name in ("started", "ended", "deleted")]

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        shown = self._runs[:_SHOWN]
        metrics = [key for key in _keys(shown, "metrics") if not key.startswith("system/")]
        names = self._wanted or [
            *("id", "name", "experiment", "status", "started", "duration"),
            *(f"metrics.{key}" for key in metrics[:_SHOWN_KEYS]),
            *(f"params.{key}" for key in _keys(shown, "params")[:_SHOWN_KEYS]),
        ]
        rows = [[_shown_value(run, name) for name in names] for run in shown]
        return table_html(names, rows, len(self) - len(shown))

    def __repr__(self) -> str:
        names = [run.name for run in self._runs]
        return f"<{len(names)} runs: {', '.join(names[:5])}{' …' if names[5:] else ''}>"


def _keys(runs: Sequence[RunRecord], family: str) -> list[str]:
    return sorted({key for run in runs for key in getattr(run, family)})


def _shown_value(run: RunRecord, name: str) -> Any:
    field = _field(name)
    if field is not None:
        return getattr(run, field.family).get(field.key)
    return moment_text(getattr(run, name)) if name in ("started", "ended") else read_fact(run, name)


def _field(name: str) -> Field | None:
    """Parse the name of a column: a key of a family, or None for an attribute of the run."""
    family, dot, key = name.partition(".")
    if dot and family in _FAMILIES:
        return Field(cast("Family", family), key)
    if name not in RunRecord.__struct_fields__ and name not in FACTS:
        known = ["duration", *RunRecord.__struct_fields__, "params.KEY", "metrics.KEY", "tags.KEY"]
        raise SearchError(f'There is no column "{name}".', hint=f"Available: {', '.join(known)}.")
    return None


class MetricHistory(_Frames, Sequence[MetricPoint]):
    """The points of one metric, in the order in which they were logged."""

    def __init__(self, points: Iterable[MetricPoint]) -> None:
        self._points = list(points)

    @overload
    def __getitem__(self, index: int) -> MetricPoint: ...
    @overload
    def __getitem__(self, index: slice) -> "MetricHistory": ...
    def __getitem__(self, index: int | slice) -> "MetricPoint | MetricHistory":
        return (
            MetricHistory(self._points[index]) if isinstance(index, slice) else self._points[index]
        )

    def __len__(self) -> int:
        return len(self._points)

    def _columns(self) -> dict[str, list[Any]]:
        return {
            "step": [point.step for point in self._points],
            "time": [to_time(point.time) for point in self._points],
            "value": [point.value for point in self._points],
        }

    def _times(self) -> list[str]:
        return ["time"]

    def __repr__(self) -> str:
        return f"<{len(self)} points>"


@contextmanager
def opened_reader(store: str | os.PathLike[str] | StoreLocation | None) -> Iterator[Store]:
    """Open the store that runs go to, after delivering what this process logged to it."""
    location = choose_location(store)
    flush_writers(location)
    opened = open_store(location)
    try:
        yield opened
    finally:
        opened.close()


def search_runs(
    where: str = "",
    *,
    sort: str = "-started",
    limit: int = 100,
    columns: Sequence[str] = (),
    store: str | os.PathLike[str] | None = None,
) -> FoundRuns:
    """Search runs.

    Args:
        where: The condition: ``metrics.r2 > 0.8 and status = "finished"``; all if empty.
        sort: Fields separated by commas, each with ``-`` before it for descending.
        limit: The maximum number of runs.
        columns: The columns to read and show in a data frame: ``id``, ``params.lr``,
            ``metrics.loss`` …; all if empty. Of thousands of metrics, a few are much faster.
        store: The store to read; by default, the one that runs are logged to.

    Raises:
        SearchError: The search or the order is invalid.
        StoreError: The store cannot be read.

    Examples:
        >>> import treadle
        >>> treadle.search_runs("metrics.r2 > 0.8", sort="-metrics.r2").to_frame()  # doctest: +SKIP
    """
    fields = (
        tuple(field for name in columns if (field := _field(name)) is not None) if columns else None
    )
    search = Search(
        where=parse(where) if where.strip() else None,
        sort=parse_sort(sort),
        limit=limit,
        columns=fields,
    )
    with opened_reader(store) as opened:
        return FoundRuns(opened.find_runs(search), columns)


def get_run(run: str, *, store: str | os.PathLike[str] | None = None) -> RunDetails:
    """Return everything recorded for one run, except the points of its series.

    Args:
        run: Its id, its name (the newest of it), the start or the end of its id, or ``latest``.
        store: The store to read; by default, the one that runs are logged to.

    Raises:
        RunNotFoundError: No run matches, or several do.
    """
    with opened_reader(store) as opened:
        return opened.get_run(run)


def metric_history(
    run: str,
    key: str,
    *,
    points: int = 0,
    steps: tuple[int, int] | None = None,
    store: str | os.PathLike[str] | None = None,
) -> MetricHistory:
    """Return the points of one metric: all, or a sample that draws the same curve.

    Args:
        run: Its run, as for `get_run`.
        key: The metric.
        points: The approximate number; it includes minima and maxima of each interval. All if 0.
        steps: The first and the last step to read; by default, all.
        store: The store to read; by default, the one that runs are logged to.

    Raises:
        RunNotFoundError: No run matches, or several do.
    """
    with opened_reader(store) as opened:
        if points:
            return MetricHistory(opened.outline(run, key, max(1, points // 4), steps))
        return MetricHistory(opened.points(run, key, steps))
