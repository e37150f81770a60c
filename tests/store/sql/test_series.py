import math
import struct
from array import array

from hypothesis import example, given
from hypothesis import strategies as st

from treadle.records import Series
from treadle.store.series_columns import (
    LEVELS,
    drop_repeats,
    least_count,
    make_levels,
    pack,
    thin,
    unpack,
)

INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_subnormal=True, width=64)


@given(
    st.lists(INTEGERS)
    | st.builds(
        lambda a, d, n: list(range(a, a + d * n, d)),
        st.integers(-99, 99),
        st.integers(1, 9),
        st.integers(0, 50),
    )
)
@example([-(2**63), 2**63 - 1])
@example([5, 5, 5, 5])
@example([9, 8, 7])
def test_whole_numbers_come_back(values):
    column = array("q", values)
    assert unpack("q", pack(column), len(column)) == column


@given(st.lists(FLOATS))
@example([0.0] * 500)
@example([math.nan, -0.0])
def test_numbers_come_back_bit_by_bit(values):
    column = array("d", values)
    assert unpack("d", pack(column), len(column)).tobytes() == column.tobytes()


def test_steps_and_times_pack_well():
    assert len(pack(array("q", range(4096)))) < 20
    assert len(pack(array("d", [1e9 + n for n in range(4096)]))) < 4096 * 4


@given(st.lists(FLOATS, min_size=1, max_size=400), st.integers(1, 50))
def test_four_points_stand_for_a_group(values, group):
    series = Series(
        array("q", range(len(values))), array("d", [0.0] * len(values)), array("d", values)
    )
    found = thin(series, group)
    assert len(found.steps) == 4 * math.ceil(len(values) / group)
    for place in range(0, len(found.steps), 4):
        own = values[place // 4 * group : place // 4 * group + group]
        four = list(found.values[place : place + 4])
        steps = list(found.steps[place : place + 4])
        assert steps == sorted(steps)
        assert [struct.pack("<d", values[step]) for step in steps] == [
            struct.pack("<d", value) for value in four
        ]
        assert steps[0] == place // 4 * group
        assert steps[-1] == place // 4 * group + len(own) - 1
        numbers = [value for value in own if not math.isnan(value)]
        if numbers:
            assert max(v for v in four if not math.isnan(v)) == max(numbers)
            assert min(v for v in four if not math.isnan(v)) == min(numbers)
    assert len(drop_repeats(found).steps) <= len(found.steps)


def test_repeats_are_left_out_bit_by_bit():
    nan = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]
    values = array("d", [1.0, 1.0, math.nan, math.nan, nan, 0.0, -0.0, -0.0])
    some = Series(array("q", [1, 1, 2, 2, 2, 3, 3, 4]), array("d", [5.0] * 8), values)
    found = drop_repeats(some)
    assert found.steps.tolist() == [1, 2, 2, 3, 3, 4]
    assert found.values.tobytes() == array("d", [1.0, math.nan, nan, 0.0, -0.0, -0.0]).tobytes()
    empty = Series(array("q"), array("d"), array("d"))
    assert not drop_repeats(empty).steps


@given(st.lists(FLOATS, min_size=1, max_size=40), st.integers(1, 97))
def test_levels_are_what_thinning_gives(some, stride):
    values = [some[place * stride % len(some)] for place in range(4096)]
    series = Series(array("q", range(4096)), array("d", range(4096)), array("d", values))
    for size, level in make_levels(series):
        direct = thin(series, size)
        for place in range(0, len(direct.values), 4):
            for choose in (max, min):
                one = [v for v in level.values[place : place + 4] if not math.isnan(v)]
                other = [v for v in direct.values[place : place + 4] if not math.isnan(v)]
                assert bool(one) == bool(other)
                assert not one or choose(one) == choose(other)


def test_the_level_fits_the_picture():
    assert [least_count(size, 100) for size in LEVELS] == [4800, 19_200, 76_800]
    assert least_count(LEVELS[-1], 1000) <= 1_000_000
    assert [least_count(1, buckets) for buckets in (1, 2, 3, 4)] == [1, 2, 3, 3]
