"""Moves what a node logged to an earlier run to where the series of another run have ended.

Steps that were counted continue there, and times do not lie before those that are there already: of
two points at one step, the later one is the last value.
"""

from array import array
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from treadle.tracking.logged import Count, Logged, LoggedSeries, floats

_MOMENT: Final = 1e-6  # seconds


def rebase(logged: Logged, last: Mapping[str, int]) -> list["array[int]"]:
    """Return the steps of what a node logged, for a run whose series ended at other steps.

    Explicit steps stay. Counted steps continue from the previous one of their series; for several
    series logged at one step, from the greatest of them.

    Args:
        logged: What the node logged.
        last: The last step of each series in the run so far; a missing series has no point.

    Returns:
        The steps of each series.
    """
    cursors = {series.key: _Cursor(series, last.get(series.key, -1)) for series in logged.series}
    if any(cursor.is_moved for cursor in cursors.values()):
        _count_groups(cursors, logged.groups)
        for cursor in cursors.values():
            cursor.finish()
    return [cursor.steps for cursor in cursors.values()]


def note_times(logged: Logged, times: dict[str, float]) -> None:
    """Note the time of the latest point of each series that a node has logged.

    Args:
        logged: What it logged.
        times: The latest times so far, by series; they are updated.
    """
    for series in logged.series:
        latest = max(floats(series.times))
        times[series.key] = max(latest, times.get(series.key, latest))


def after_times(logged: Logged, times: Mapping[str, float]) -> Logged:
    """Return what a node logged with times after those of points that other nodes have logged.

    Args:
        logged: What it logged.
        times: The latest times so far, by series.
    """
    moved = []
    for series in logged.series:
        floor = times.get(series.key)
        own = floats(series.times)
        if floor is not None and min(own) <= floor:
            for position, time in enumerate(own):
                floor = own[position] = max(time, floor + _MOMENT)
            series = msgspec.structs.replace(series, times=own.tobytes())  # noqa: PLW2901 - one of two forms
        moved.append(series)
    return msgspec.structs.replace(logged, series=moved)


def _count_groups(
    cursors: Mapping[str, "_Cursor"], groups: Iterable[tuple[int, list[str]]]
) -> None:
    """Count the steps of points shared by several series, and of the points before them."""
    for times, keys in groups:
        members = [cursors[key] for key in keys]
        for _ in range(times):
            step = max(member.seek() for member in members) + 1
            for member in members:
                member.advance(step)


class _Cursor:
    """A position in a series whose steps are being recounted."""

    def __init__(self, series: LoggedSeries, last: int) -> None:
        self.steps = array("q")
        self.steps.frombytes(series.steps)
        self._follows = series.follows
        self._before, self._now = series.base, last
        self._position = 0
        self.is_moved = last != series.base and any(series.follows)

    def seek(self) -> int:
        """Count up to the next point with a shared step; return the step before it."""
        while self._position < len(self.steps) and self._follows[self._position] != Count.TOGETHER:
            is_counted = self._follows[self._position] == Count.ALONE
            self.advance(
                self._now + self.steps[self._position] - self._before if is_counted else None
            )
        return self._now

    def advance(self, step: int | None) -> None:
        """Set the step of the next point; None leaves it."""
        if self._position < len(self.steps):
            self._before = self.steps[self._position]
            self._now = self._before if step is None else step
            self.steps[self._position] = self._now
            self._position += 1

    def finish(self) -> None:
        """Count the remaining points."""
        while self._position < len(self.steps):
            self.seek()
            self.advance(self._now + 1)
