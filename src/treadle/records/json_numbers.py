"""Writes records as JSON, where NaN and the infinities are texts: JSON has no numbers for them."""

import math
from typing import Any

import msgspec


def number_for_json(value: float) -> float | str:
    """Return a number as JSON can have it: one that is not finite as its name.

    Examples:
        >>> [number_for_json(value) for value in (0.5, float("nan"), float("-inf"))]
        [0.5, 'NaN', '-Infinity']
    """
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def encode_numbers(value: Any) -> bytes:
    """Encode records and containers; numbers that are not finite become "NaN" and the like."""
    plain = msgspec.to_builtins(value, builtin_types=(msgspec.Raw,), enc_hook=list)
    return msgspec.json.encode(_replace(plain))


def _replace(value: Any) -> Any:
    if isinstance(value, float):
        return number_for_json(value)
    if isinstance(value, dict):
        return {key: _replace(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_replace(one) for one in value]
    return value
