"""Shows the curves of runs in a notebook, by the charts of the web page."""

import fnmatch
import os
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import treadle.server
from treadle.errors import MissingExtraError, ProjectError, SearchError, TreadleError
from treadle.records import MetricSummary, RunDetails, RunRecord
from treadle.records.json_numbers import number_for_json
from treadle.store import Store
from treadle.tracking import Run
from treadle.tracking.reading import opened_reader

if TYPE_CHECKING:
    from anywidget import AnyWidget

_FOLDER: Final = Path(treadle.server.__file__).with_name("static")
_MOST_METRICS: Final = 24
_BUCKETS: Final = 250
_PAUSE: Final = 1.0  # seconds
_LIVE: Final = ("running", "scheduled", "lost")

Shown = dict[str, Any]
"""What the widget shows, as in ``ui/src/widget/model.ts``."""


def show(
    *runs: str | Run | RunRecord | RunDetails,
    metrics: Sequence[str] = (),
    store: str | os.PathLike[str] | None = None,
) -> "AnyWidget":
    """Show the curves of a run, or of several in the same charts, in a notebook.

    While a run is running, its curves grow.

    Args:
        runs: The runs: an id, a name (the newest of it), the start or the end of an id, ``latest``,
            or a run that a function of Treadle returned; by default ``latest``.
        metrics: The metrics to show, or patterns such as ``val/*``; by default the first 24 that
            are not system metrics.
        store: The store to read; by default, the one that runs are logged to.

    Returns:
        A widget, which a notebook shows when it is the last value of a cell.

    Raises:
        MissingExtraError: anywidget is not installed.
        ProjectError: The widget is not built.
        RunNotFoundError: No run matches, or several do.
        SearchError: No metric matches.

    Examples:
        >>> import treadle
        >>> treadle.show("baseline", "latest", metrics=["val/*"])  # doctest: +SKIP
    """
    widget = _widget_type()
    names = [_reference(run) for run in runs or ("latest",)]
    reader = _Reader(names, tuple(metrics), store)
    shown = reader.read()
    made = widget(shown=shown)
    if reader.is_live:
        threading.Thread(
            target=_follow, args=(made, reader), name="treadle-show", daemon=True
        ).start()
    return made


def _reference(run: str | Run | RunRecord | RunDetails) -> str:
    if isinstance(run, str):
        return run
    return run.run.id if isinstance(run, RunDetails) else run.id


@cache
def _widget_type() -> "type[AnyWidget]":
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise MissingExtraError("A widget", "anywidget", "notebook") from error
    script, styles = _FOLDER / "widget.js", _FOLDER / "widget.css"
    if not script.is_file() or not styles.is_file():
        raise ProjectError(
            "The widget is not built.", hint='In a clone of Treadle, "make page" builds it.'
        )

    class RunCharts(anywidget.AnyWidget):
        """The charts of some runs."""

        _esm = script.read_text(encoding="utf-8")
        _css = styles.read_text(encoding="utf-8")
        shown = traitlets.Dict().tag(sync=True)

    return RunCharts


class _Reader:
    """Reads what is shown, again and again while a run is running.

    Args:
        runs: The runs, as for `Store.get_run`; after the first reading, their ids.
        metrics: Patterns of the metrics; all if empty.
        store: The store.
    """

    def __init__(
        self,
        runs: Sequence[str],
        metrics: tuple[str, ...],
        store: str | os.PathLike[str] | None,
    ) -> None:
        self._runs = runs
        self._metrics = metrics
        self._store = store
        self._known: dict[tuple[str, str], Shown] = {}
        self.is_live = True

    def read(self) -> Shown:
        """Return what is shown now.

        Raises:
            RunNotFoundError: No run matches, or several.
            SearchError: There are metrics, but none that was asked for.
        """
        with opened_reader(self._store) as store:
            details = [store.get_run(run, logs=False) for run in self._runs]
            found = list({one.run.id: one for one in details}.values())
            self._runs = [one.run.id for one in found]
            self.is_live = any(one.run.status in _LIVE for one in found)
            keys, more = self._choose(found)
            series = [
                self._series(store, one.run.id, metric)
                for key in keys
                for one in found
                for metric in one.metrics
                if metric.key == key
            ]
        return {"runs": [_run(one.run) for one in found], "series": series, "more": more}

    def _choose(self, runs: Sequence[RunDetails]) -> tuple[list[str], int]:
        every = list(dict.fromkeys(metric.key for one in runs for metric in one.metrics))
        if self._metrics:
            keys = [
                key
                for key in every
                if any(fnmatch.fnmatchcase(key, pattern) for pattern in self._metrics)
            ]
            if every and not keys and not self.is_live:
                raise SearchError(
                    f"No metric matches {', '.join(self._metrics)}.",
                    hint=f"Available: {', '.join(every[:_MOST_METRICS])}.",
                )
            return keys, 0
        keys = [key for key in every if not key.startswith("system/")][:_MOST_METRICS]
        return keys, len(every) - len(keys)

    def _series(self, store: Store, run: str, metric: MetricSummary) -> Shown:
        """Return a series, which is read again only if it has grown."""
        name = run, metric.key
        known = self._known.get(name)
        if known is not None and known["count"] == metric.count:
            return known
        points = store.outline(run, metric.key, _BUCKETS)
        self._known[name] = {
            "run": run,
            "key": metric.key,
            "count": metric.count,
            "steps": [one.step for one in points],
            "times": [one.time for one in points],
            "values": [number_for_json(one.value) for one in points],
        }
        return self._known[name]


def _run(run: RunRecord) -> Shown:
    return {"id": run.id, "name": run.name, "status": run.status, "started": run.started}


def _follow(widget: "AnyWidget", reader: _Reader) -> None:
    """Show what is new until all runs have ended, or the widget is closed."""
    pause = threading.Event()
    while reader.is_live and widget.comm is not None:
        pause.wait(_PAUSE)
        try:
            shown = reader.read()
        except TreadleError:  # a store that does not answer for a while, or runs that are removed
            continue
        if shown != widget.shown:
            widget.shown = shown
