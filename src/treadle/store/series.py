"""Series as columns: how they are packed, and how a long one is seen whole without reading it whole.

A full chunk of a series is kept with three coarser levels. A level stands for every so many points by
four of them, in their order: the first, the least, the greatest and the last. Whoever draws the four
draws the same pixels as with all points (M4 aggregation: Jugel et al., VLDB 2014), and the four of four
neighbours give the four of the next level. NaN is never least or greatest while there is a number.
"""

import itertools
import math
import struct
import zlib
from array import array
from collections.abc import Iterator
from typing import Any, Final

from treadle.records import Series

__all__ = ["LEVELS", "drop_repeats", "find_range", "least_count", "make_levels", "pack", "thin", "unpack"]

LEVELS: Final = (64, 256, 1024)
"""How many points four of them stand for, level by level."""

_KEPT: Final = 4
_PROGRESSION: Final = struct.Struct("<cqq")
_STEADY: Final = b"A"
_DEFLATED: Final = b"Z"
_WORTH: Final = 0.9  # of its length; what does not get that short is not worth unpacking it
_PROBE: Final = 4096  # bytes that tell of a column whether it is


def pack(column: "array[Any]") -> bytes:
    """Pack a column of 8-byte values; what does not get shorter stays as it is."""
    if column.typecode == "q" and len(column) > 2:  # noqa: PLR2004 - less is a progression by chance
        stride = column[1] - column[0]
        is_steady = stride and column[-1] == column[0] + stride * (len(column) - 1) and -(2**63) <= stride < 2**63
        if is_steady and column.tolist() == list(range(column[0], column[-1] + stride, stride)):
            return _PROGRESSION.pack(_STEADY, column[0], stride)
    raw = column.tobytes()
    if not _is_compressible(raw[:_PROBE]):
        return raw  # noise, as most metrics are: to find that out of all of it would take most of the time of a chunk
    deflated = _DEFLATED + zlib.compress(raw, 1)
    return deflated if len(deflated) < len(raw) * _WORTH else raw


def _is_compressible(raw: bytes) -> bool:
    return len(zlib.compress(raw, 1)) < len(raw) * _WORTH


def unpack(code: str, data: bytes, count: int) -> "array[Any]":
    """Unpack a column; its length tells whether it is packed at all."""
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
    """Give the least and the greatest of a column that was packed: of a progression, those are its ends."""
    if packed[:1] == _STEADY and len(packed) == _PROGRESSION.size:
        return min(column[0], column[-1]), max(column[0], column[-1])
    numbers = column.tolist()  # each is made once, and not whenever it is looked at
    return min(numbers), max(numbers)


def make_levels(series: Series) -> Iterator[tuple[int, Series]]:
    """Give the levels of a chunk, each with how many points four of it stand for."""
    finer, points = series, 1
    for size in LEVELS:
        finer = thin(finer, size // points if points == 1 else size // points * _KEPT)
        points = size
        yield size, finer


def thin(series: Series, group: int) -> Series:
    """Let four points stand for every so many."""
    values = series.values.tolist()  # each number is made once, and not whenever it is looked at
    # One sum tells of nearly all series that no group has to be searched for NaN.
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
    """Say how many points a series needs for a level to have about so many groups; the coarsest that has is read.

    Three quarters of them will do: a million points have 977 groups of 1,024, and to read four times as much
    for 1,000 groups would show nothing more.
    """
    return -(-3 * size * buckets // 4)


def drop_repeats(series: Series) -> Series:
    """Leave out a point that stands for its group in several ways."""
    if not series.steps:
        return series
    bits = memoryview(series.values).cast("B").cast("q").tolist()  # a NaN is equal to itself, and to no other
    steps, times, values = series.steps.tolist(), series.times.tolist(), series.values.tolist()
    neighbours = zip(steps, steps[1:], times, times[1:], bits, bits[1:], strict=False)
    # Steps first: where they differ, which most do, nothing else is looked at.
    kept = [True, *(a != b or c != d or e != f for a, b, c, d, e, f in neighbours)]
    if all(kept):
        return series
    return Series(
        array("q", list(itertools.compress(steps, kept))),
        array("d", list(itertools.compress(times, kept))),
        array("d", list(itertools.compress(values, kept))),
    )
