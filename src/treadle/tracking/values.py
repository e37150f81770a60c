"""Validates logged values, and converts numbers and containers of other libraries."""

import json
import math
import os
from array import array
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, Literal

from treadle.errors import StoreError
from treadle.records.texts import clean_text

ParamValue = str | int | float | bool | None

MAX_STEP: Final = 2**63 - 1
_MAX_KEY: Final = 250
_MAX_EXPERIMENT: Final = 500
_MAX_ELEMENTS: Final = 100_000  # of an array that is stored as a list
_CONTROL: Final = frozenset(map(chr, (*range(32), 127)))


def check_key(key: object) -> str:
    """Return a valid name of a metric, parameter or tag.

    Raises:
        StoreError: It is not a string, empty, too long, or has control characters.
    """
    if not isinstance(key, str) or not key or len(key) > _MAX_KEY or not _CONTROL.isdisjoint(key):
        raise StoreError(
            f"{key!r:.80} cannot be a name: use a text of 1 to {_MAX_KEY} characters without "
            "control characters."
        )
    return clean_text(key)


def check_experiment(name: object) -> str:
    """Return a valid name of an experiment.

    Raises:
        StoreError: It is not a string, blank, too long, or has control characters.
    """
    if (
        not isinstance(name, str)
        or not name.strip()
        or len(name) > _MAX_EXPERIMENT
        or not _CONTROL.isdisjoint(name)
    ):
        raise StoreError(
            f"{name!r:.80} cannot be the name of an experiment:"
            f" use a text of 1 to {_MAX_EXPERIMENT} characters without control characters."
        )
    return clean_text(name)


def check_point(key: object, step: object, value: object) -> tuple[str, int, float]:
    """Return the name, step and value of a point.

    Numbers of other libraries (numpy, torch, Decimal) are accepted.

    Raises:
        StoreError: The key is invalid.
        ValueError: The value is not a number, or the step is not an integer.
    """
    name = check_key(key)
    try:
        number = value if type(value) is float else float(_item(value))
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"Metric {name!r}: {value!r} is not a number.") from None
    try:
        whole = int(step)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"Metric {name!r}: the step {step!r} is not a whole number.") from None
    if whole != step or not -MAX_STEP <= whole <= MAX_STEP:
        raise ValueError(f"Metric {name!r}: the step {step!r} is not a whole number of 64 bits.")
    return name, whole, number


def _item(value: Any) -> Any:
    """Return a number of numpy, torch or JAX, on any device, as a Python number.

    Their ``item`` accepts one-element arrays of any shape, and torch tensors with a gradient,
    without a warning.
    """
    shape = getattr(value, "shape", None)
    is_one = isinstance(shape, tuple) and all(size == 1 for size in shape)
    return value.item() if is_one and hasattr(value, "item") else value


def column(code: Literal["q", "d"], values: Iterable[Any], name: str) -> "array[Any]":
    """Return a column of any iterable of numbers.

    Raises:
        ValueError: One of them is not a number, or not an integer.
    """
    numbers = values.tolist() if hasattr(values, "tolist") else values
    try:
        return array(code, numbers)
    except (TypeError, ValueError, OverflowError) as error:
        kind = "whole numbers of 64 bits" if code == "q" else "numbers"
        raise ValueError(f"Metric {name!r}: these are not all {kind}: {error}.") from None


def flatten(
    values: Mapping[str, Any], separator: str, prefix: str = ""
) -> Iterable[tuple[str, Any]]:
    """Yield the leaves of nested mappings, with joined names."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, separator, f"{prefix}{key}{separator}")
        else:
            yield f"{prefix}{key}", value


def scalar(value: object) -> ParamValue:
    """Return a parameter as stored: a JSON scalar, JSON text, or its text."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return clean_text(str(value))  # subclasses, such as numpy's and enumerations, become plain
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, int):
        return int(value) if -MAX_STEP <= value <= MAX_STEP else str(value)
    if (item := _item(value)) is not value and not hasattr(item, "item"):
        return scalar(item)
    inner = plain(value)
    return clean_text(inner if isinstance(inner, str) else json.dumps(inner))


def plain(value: Any) -> Any:
    """Return a value as JSON and YAML can express it: Python scalars, lists and dicts.

    Numbers and arrays of numpy, torch and JAX become numbers and lists, dates ISO texts, paths and
    all else texts. Circular references are cut off.
    """
    return _plain(value, ())


def _plain(value: Any, around: tuple[int, ...]) -> Any:
    if value is None or type(value) in (bool, int, float):
        return value
    if isinstance(value, str):
        return clean_text(str(value))
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else float(value)
    if id(value) in around:
        return "…"
    inside = (*around, id(value))
    if isinstance(value, Mapping):
        return {_plain_key(key): _plain(item, inside) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, inside) for item in value]
    if isinstance(value, AbstractSet):
        return sorted((_plain(item, inside) for item in value), key=repr)
    if _is_array(value):
        return _plain(value.tolist(), inside)
    if isinstance(value, os.PathLike):
        return clean_text(os.fsdecode(value))
    return clean_text(value.isoformat() if hasattr(value, "isoformat") else str(value))


def _plain_key(key: object) -> str | int | float | bool | None:
    converted = _plain(key, ())
    return str(key) if isinstance(converted, list | dict) else converted


def _is_array(value: Any) -> bool:
    shape = getattr(value, "shape", None)
    return (
        isinstance(shape, tuple)
        and hasattr(value, "tolist")
        and all(isinstance(size, int) for size in shape)
        and math.prod(shape) <= _MAX_ELEMENTS
    )
