"""Logs points of metrics: one, several at a step, or a whole series."""

import struct
import time as clock
from array import array
from collections.abc import Iterable, Mapping
from typing import Any, SupportsFloat, SupportsIndex

from treadle.records import MetricLogged, MetricsLogged, Series
from treadle.store import StoreLocation
from treadle.tracking.logged import Count, LoggedSeries, one_point, series_entries
from treadle.tracking.media_log import MediaLog
from treadle.tracking.node_log import NodeLog
from treadle.tracking.values import MAX_STEP, check_key, check_point, column, flatten

_now = clock.time


class SeriesLog(MediaLog):
    """The methods of a run that log metrics.

    Args:
        run_id: The run.
        location: Its store.
        steps: The last step that each series has already.
    """

    def __init__(self, run_id: str, location: StoreLocation, steps: Mapping[str, int]) -> None:
        super().__init__(run_id, location)
        self._steps = dict(steps)

    def log_metric(
        self,
        key: str,
        value: SupportsFloat,
        step: SupportsIndex | None = None,
        *,
        time: float | None = None,
    ) -> None:
        """Log one point of a series.

        Args:
            key: The series, such as ``loss`` or ``val/loss``.
            value: A number; NaN and infinities are stored as they are.
            step: The step; by default, one after the last of this series.
            time: Seconds since the epoch; now if not given.

        Raises:
            ValueError: The key, value or step is invalid.
        """
        node = self._node_log()
        last = self._steps.get(key)
        follows = step is None
        if last is None or type(value) is not float or (step is not None and type(step) is not int):
            next_step = 0 if last is None else last + 1
            key, step, value = check_point(key, next_step if step is None else step, value)
        elif step is None:
            step = last + 1
        elif not -MAX_STEP <= step <= MAX_STEP:
            check_point(key, step, value)
        if node is not None and node.is_muted:
            return
        self._steps[key] = step
        moment = _now() if time is None else time
        self._append(MetricLogged(self.id, key, step, moment, value))
        if node is not None:
            count = Count.ALONE if follows else Count.GIVEN
            _note(node, {key: last}, {key: value}, (step, moment), count)

    def log_metrics(
        self,
        metrics: Mapping[str, Any],
        step: SupportsIndex | None = None,
        *,
        time: float | None = None,
    ) -> None:
        """Log one point of several series at one step.

        Nested mappings become names with slashes: ``{"val": {"loss": 1.0}}`` logs ``val/loss``.
        """
        node = self._node_log()
        flat = dict(flatten(metrics, "/"))
        if not flat or (node is not None and node.is_muted):
            return
        follows = step is None
        if step is None:
            step = max(self._steps.get(key, -1) for key in flat) + 1
        points = [check_point(key, step, value) for key, value in flat.items()]
        step = points[-1][1]
        moment = _now() if time is None else time
        before = {name: self._steps.get(name) for name, _, _ in points} if node else {}
        self._steps |= {name: step for name, _, _ in points}
        checked = {name: number for name, _, number in points}
        self._append(MetricsLogged(self.id, step, moment, checked))
        if node is not None:
            count = (
                Count.GIVEN if not follows else Count.TOGETHER if len(checked) > 1 else Count.ALONE
            )
            _note(node, before, checked, (step, moment), count)

    def log_series(
        self,
        key: str,
        values: Iterable[SupportsFloat],
        steps: Iterable[SupportsIndex] | None = None,
        *,
        times: Iterable[SupportsFloat] | None = None,
    ) -> None:
        """Log many points of one series at once, such as a curve that a library returned.

        Args:
            key: The series.
            values: Numbers: a list, a numpy array, a data frame column.
            steps: As many integers; by default, the ones after the last of this series.
            times: As many seconds since the epoch; now if not given.

        Raises:
            ValueError: The key is invalid, a value is not a number, or the lengths differ.
        """
        name = check_key(key)
        numbers = column("d", values, name)
        first = self._steps.get(name, -1) + 1
        counted = range(first, first + len(numbers))
        own_steps = array("q", counted) if steps is None else column("q", steps, name)
        own_times = array("d") if times is None else column("d", times, name)
        counts = (len(own_steps), len(own_times) if times is not None else len(numbers))
        if counts != (len(numbers), len(numbers)):
            raise ValueError(
                f"Metric {name!r}: {len(numbers)} values have {len(own_steps)} steps and "
                f"{len(own_times)} times."
            )
        node = self._node_log()
        if not numbers or (node is not None and node.is_muted):
            return
        last, now = self._steps.get(name, -1), _now()
        self._steps[name] = own_steps[-1]
        series = Series(own_steps, own_times, numbers)
        for entry in series_entries(self.id, name, series, now):
            self._append(entry)
        if node is not None:
            moments = own_times or array("d", [now]) * len(numbers)
            flags = bytes([Count.GIVEN if steps is not None else Count.ALONE]) * len(numbers)
            columns = (own_steps.tobytes(), moments.tobytes(), numbers.tobytes(), flags)
            node.add_points([LoggedSeries(name, last, *columns)])


def _note(
    node: NodeLog,
    last: Mapping[str, int | None],
    values: Mapping[str, float],
    where: tuple[int, float],
    count: Count,
) -> None:
    """Record points of several series at one step and time."""
    points = [(key, last[key], (*where, value)) for key, value in values.items()]
    try:
        node.add_points([one_point(*point, count) for point in points])
    except struct.error:  # a time that is not a number
        node.add_loss()
