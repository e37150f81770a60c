"""JSON encoding in which NaN and the infinities are strings, as JSON has no such numbers."""

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec

_PLAIN: Final = frozenset({int, str, bool, type(None)})


def number_for_json(value: float) -> float | str:
    """Return a number that JSON can encode; NaN and the infinities become their names.

    Examples:
        >>> [number_for_json(value) for value in (0.5, float("nan"), float("-inf"))]
        [0.5, 'NaN', '-Infinity']
    """
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def encode_numbers(value: Any) -> bytes:
    """Encode records and containers as JSON, with NaN and the infinities as strings."""
    plain = msgspec.to_builtins(value, builtin_types=(msgspec.Raw,), enc_hook=list)
    return msgspec.json.encode(_replace(plain))


def _replace(value: Any) -> Any:
    if isinstance(value, float):
        return number_for_json(value)
    if isinstance(value, dict):
        return {key: _replace(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return value if _is_plain(value) else [_replace(one) for one in value]
    return value


def _is_plain(values: Sequence[Any]) -> bool:
    """Return whether a list, which may be a long series, certainly needs no replacement."""
    kinds = set(map(type, values))
    if float not in kinds:
        return kinds <= _PLAIN
    return kinds == {float} and math.isfinite(sum(values))
