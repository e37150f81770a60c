"""Metric series: exact points, summaries, and outlines."""

import math
import random
from collections.abc import Sequence

import pytest

from treadle.records import Entry, MetricLogged
from treadle.store import Store
from treadle.store.sql.series.write import CHUNK_POINTS
from treadle.testing.store.base import StoreFixtures, start_run


def _check_equal(found: Sequence[object], expected: Sequence[object]) -> None:
    """Fail at the first difference of two long lists.

    pytest compares all their lines, which takes hours where it does not cut them: on CI.
    """
    for number, (one, other) in enumerate(zip(found, expected, strict=False)):
        if one != other:
            pytest.fail(f"Point {number} is {one}, not {other}.")
    assert len(found) == len(expected)


class SeriesSuite(StoreFixtures):
    """Tests of metric series."""

    def test_points_are_exact(self, empty_store: Store) -> None:
        """Every step and value is stored as it was, in the order in which it was logged."""
        values = [1.0, math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1]
        steps = [0, 0, 5, 3, -7, 2**63 - 1, -(2**63), 0]
        rounds = 2 * CHUNK_POINTS // len(values) + 3
        entries: list[Entry] = [start_run()]
        for number in range(rounds):
            entries += [
                MetricLogged("r1", "m", s, number + 0.5, v)
                for s, v in zip(steps, values, strict=True)
            ]
        at = 1
        for begin in range(0, len(entries), 700):
            batch = entries[begin : begin + 700]
            at = empty_store.apply("w", at, batch) + 1
        points = empty_store.points("r1", "m")
        _check_equal([p.step for p in points], steps * rounds)
        _check_equal([repr(p.value) for p in points], [repr(v) for v in values] * rounds)
        assert points[-1].time == rounds - 0.5
        (summary,) = empty_store.get_run("r1").metrics
        assert (summary.last, summary.last_step, summary.min, summary.max) == (
            5e-324,
            2**63 - 1,
            -math.inf,
            math.inf,
        )
        assert (summary.count, summary.nan_count) == (8 * rounds, rounds)

    @pytest.mark.parametrize("steps", [None, (2000, 9000), (-5, 3)])
    @pytest.mark.parametrize("buckets", [1, 7, 50, 400])
    def test_an_outline_has_the_extremes(
        self, empty_store: Store, buckets: int, steps: tuple[int, int] | None
    ) -> None:
        """An outline has few points, among them the least and the greatest."""
        noise = random.Random(4)
        values = [noise.gauss(0, 1) for _ in range(3 * CHUNK_POINTS + 77)]
        values[5000], values[7000], values[100] = 99.0, -99.0, math.nan
        empty_store.apply(
            "w",
            1,
            [start_run(), *(MetricLogged("r1", "m", s, 1.0, v) for s, v in enumerate(values))],
        )
        found = empty_store.outline("r1", "m", buckets, steps)
        first, last = steps or (0, len(values) - 1)
        wanted = [(s, v) for s, v in enumerate(values) if first <= s <= last and not math.isnan(v)]
        assert len(found) <= 4 * buckets
        assert {point.step for point in found} <= set(range(len(values)))
        assert all(repr(values[point.step]) == repr(point.value) for point in found)
        assert max(point.value for point in found if point.value == point.value) == max(
            v for _, v in wanted
        )
        assert min(point.value for point in found if point.value == point.value) == min(
            v for _, v in wanted
        )
        assert [point.step for point in found] == sorted(point.step for point in found)

    def test_an_outline_of_few_points_has_them_all(self, empty_store: Store) -> None:
        """A series that is short enough is returned whole."""
        empty_store.apply(
            "w", 1, [start_run(), *(MetricLogged("r1", "m", s, 1.0, float(s)) for s in range(30))]
        )
        assert empty_store.outline("r1", "m", 100) == empty_store.points("r1", "m")
        assert empty_store.outline("r1", "nothing", 100) == []

    def test_nan_has_no_extremes(self, empty_store: Store) -> None:
        """NaN counts, but is neither the least nor the greatest value."""
        empty_store.apply("w", 1, [start_run(), MetricLogged("r1", "m", 0, 0.0, math.nan)])
        empty_store.apply("w", 3, [MetricLogged("r1", "m", 1, 0.0, math.nan)])
        (summary,) = empty_store.get_run("r1").metrics
        assert (summary.min, summary.max, summary.mean, summary.count, summary.nan_count) == (
            None,
            None,
            None,
            2,
            2,
        )
        assert math.isnan(summary.last)
        empty_store.apply("w", 4, [MetricLogged("r1", "m", 2, 0.0, 3.0)])
        (summary,) = empty_store.get_run("r1").metrics
        assert (summary.min, summary.max, summary.mean, summary.last) == (3.0, 3.0, 3.0, 3.0)
