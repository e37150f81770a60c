"""Comparison of values: numbers within a tolerance, everything else exactly."""

import math
from collections.abc import Mapping
from typing import Any


def is_close(one: Any, other: Any, tolerance: float) -> bool:
    """Return whether two values are the same, up to small differences of numbers.

    Supported are plain values, lists and dicts of them, numpy arrays, and frames of pandas and
    polars, compared by column, in the same order of rows.

    Args:
        one: A value.
        other: Another one.
        tolerance: The maximum difference of numbers, relative to the greater one.

    Examples:
        >>> is_close({"r2": 0.5, "n": 3}, {"r2": 0.5000001, "n": 3}, 1e-6)
        True
        >>> is_close([1.0, 2.0], [1.0, 2.1], 1e-6)
        False
    """
    if isinstance(one, bool | str | bytes | None) or isinstance(other, bool | str | bytes | None):
        return type(one) is type(other) and one == other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return _close_numbers(one, other, tolerance)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return list(one) == list(other) and all(
            is_close(one[key], other[key], tolerance) for key in one
        )
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(
            is_close(a, b, tolerance) for a, b in zip(one, other, strict=True)
        )
    if type(one) is not type(other):
        return False
    library = type(one).__module__.partition(".")[0]
    if library in ("pandas", "polars") and hasattr(one, "columns"):
        return _close_frames(one, other, tolerance)
    if library == "numpy" and hasattr(one, "dtype"):
        return _close_arrays(one, other, tolerance)
    return False


def _close_numbers(one: float, other: float, tolerance: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or math.isclose(one, other, rel_tol=tolerance)


def _close_frames(one: Any, other: Any, tolerance: float) -> bool:
    if list(one.columns) != list(other.columns) or one.shape != other.shape:
        return False
    if hasattr(one, "index") and not one.index.equals(other.index):
        return False
    return all(
        one[name].dtype == other[name].dtype
        and (
            one[name].equals(other[name])
            or _close_arrays(one[name].to_numpy(), other[name].to_numpy(), tolerance)
        )
        for name in one.columns
    )


def _close_arrays(one: Any, other: Any, tolerance: float) -> bool:
    import numpy as np

    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype.kind in "fciu":
        both = (one == other) | ((one != one) & (other != other))  # noqa: PLR0124 - so that NaN equals NaN
        first, second = one[~both], other[~both]
        if one.dtype.kind in "iu":
            first, second = first.astype("f8"), second.astype("f8")
        if not (np.all(np.isfinite(first)) and np.all(np.isfinite(second))):
            return False
        return bool(
            np.all(np.abs(first - second) <= tolerance * np.maximum(np.abs(first), np.abs(second)))
        )
    if one.dtype.kind == "O":
        return is_close(one.tolist(), other.tolist(), tolerance)
    return bool(np.array_equal(one, other))
