"""Metric series as columns: compression and downsampling.

A full chunk of a series is stored with three coarser levels. A level has four points per group, in
their order: the first, the least, the greatest and the last. A plot of the four has the same pixels
as one of all points (M4 aggregation: Jugel et al., VLDB 2014), and the points of four neighbouring
groups give the four of the next level. NaN is never least or greatest if the group has a number.
"""

import itertools
import math
import operator
import struct
import zlib
from array import array
from collections.abc import Iterator
from typing import Any, Final

from treadle.records import Series

LEVELS: Final = (64, 256, 1024)
"""The sizes of the groups, in points, by level."""

_KEPT: Final = 4
_PROGRESSION: Final = struct.Struct("<cqq")
_STEADY: Final = b"A"
_DEFLATED: Final = b"Z"
_WORTH: Final = 0.9  # of the length; less compression is not worth the decompression
_PROBE: Final = 4096  # bytes of a column that are compressed to see whether it is worth it


def pack(column: "array[Any]") -> bytes:
    """Compress a column of 8-byte values; return it unchanged if that does not shorten it."""
    if column.typecode == "q" and len(column) > 2:  # noqa: PLR2004 - fewer are always a progression
        stride = column[1] - column[0]
        is_steady = (
            stride
            and column[-1] == column[0] + stride * (len(column) - 1)
            and -(2**63) <= stride < 2**63
        )
        if is_steady and column.tolist() == list(range(column[0], column[-1] + stride, stride)):
            return _PROGRESSION.pack(_STEADY, column[0], stride)
    raw = column.tobytes()
    if not _is_compressible(raw[:_PROBE]):
        return raw  # noise, as most metrics are: compressing all of it would be slow
    deflated = _DEFLATED + zlib.compress(raw, 1)
    return deflated if len(deflated) < len(raw) * _WORTH else raw


def _is_compressible(raw: bytes) -> bool:
    return len(zlib.compress(raw, 1)) < len(raw) * _WORTH


def unpack(code: str, data: bytes, count: int) -> "array[Any]":
    """Decompress a column; its length shows whether it is compressed at all."""
    column: array[Any] = array(code)
    if len(data) == count * 8:
        column.frombytes(data)
    elif data[:1] == _STEADY:
        _, first, stride = _PROGRESSION.unpack(data)
        column.extend(range(first, first + stride * count, stride))
    else:
        column.frombytes(zlib.decompress(data[1:]))
    return column


def find_range(column: "array[int]", packed: bytes) -> tuple[int, int]:
    """Return the minimum and maximum of a packed column: the ends of a progression."""
    if packed[:1] == _STEADY and len(packed) == _PROGRESSION.size:
        return min(column[0], column[-1]), max(column[0], column[-1])
    numbers = column.tolist()  # converted once, not at each access
    return min(numbers), max(numbers)


def make_levels(series: Series) -> Iterator[tuple[int, Series]]:
    """Yield the levels of a chunk, each with the size of its groups in points."""
    finer, points = series, 1
    for size in LEVELS:
        finer = thin(finer, size // points if points == 1 else size // points * _KEPT)
        points = size
        yield size, finer


def thin(series: Series, group: int) -> Series:
    """Downsample a series to four points per group."""
    values = series.values.tolist()  # converted once, not at each access
    # One sum shows for nearly all series that no group has to be searched for NaN.
    find = _extremes if math.isnan(sum(values)) else _extremes_of_numbers
    places: list[int] = []
    for begin in range(0, len(values), group):
        places += find(values[begin : begin + group], begin)
    steps, times = series.steps, series.times
    return Series(
        array("q", [steps[place] for place in places]),
        array("d", [times[place] for place in places]),
        array("d", [values[place] for place in places]),
    )


def _extremes(values: list[float], begin: int) -> list[int]:
    numbers = [value for value in values if not math.isnan(value)]
    if not numbers:
        return [begin, begin, begin, begin + len(values) - 1]
    inner = sorted((values.index(min(numbers)), values.index(max(numbers))))
    return [begin, begin + inner[0], begin + inner[1], begin + len(values) - 1]


def _extremes_of_numbers(values: list[float], begin: int) -> list[int]:
    low, high = values.index(min(values)), values.index(max(values))
    if low > high:
        low, high = high, low
    return [begin, begin + low, begin + high, begin + len(values) - 1]


def least_count(size: int, buckets: int) -> int:
    """Return the points that a series needs to use a level of a group size for so many buckets.

    The coarsest such level is read. Three quarters of the buckets suffice: a million points have
    977 groups of 1,024, and reading four times as much for 1,000 groups would show nothing more.
    """
    return -(-3 * size * buckets // 4)


def drop_repeats(series: Series) -> Series:
    """Remove repeated points, such as one that is both the least and the last of its group."""
    if not series.steps:
        return series
    bits = memoryview(series.values).cast("B").cast("q").tolist()  # NaN equals itself
    steps, times, values = series.steps.tolist(), series.times.tolist(), series.values.tolist()
    # Steps first, all at once: most differ, and then nothing else is compared.
    kept = [True, *map(operator.ne, steps, steps[1:])]
    same = [place for place, is_kept in enumerate(kept) if not is_kept]
    for place in same:
        before = place - 1
        kept[place] = times[before] != times[place] or bits[before] != bits[place]
    if all(kept):
        return series
    return Series(
        array("q", list(itertools.compress(steps, kept))),
        array("d", list(itertools.compress(times, kept))),
        array("d", list(itertools.compress(values, kept))),
    )
