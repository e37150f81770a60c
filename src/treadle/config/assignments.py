"""Conversion of parameters from Python to the form of ``--params``, so that they are recorded."""

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from treadle.config.documents import key_text
from treadle.errors import ConfigError


def write_assignments(tree: Mapping[str, Any]) -> list[str]:
    """Return a string ``a.b=value`` for each value of a tree.

    Args:
        tree: Parameters: nested dicts, dotted names, or both.

    Raises:
        ConfigError: A value is not one that configuration can hold.

    Examples:
        >>> write_assignments({"model": {"depth": 3, "kind": "a, b"}, "sizes": [1, None]})
        ['model.depth=3', 'model.kind="a, b"', 'sizes=[1, null]']
    """
    return [f"{path}={_write(value, path)}" for path, value in _leaves(tree, "")]


def _leaves(tree: Mapping[Any, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        path = f"{before}{key_text(key)}"
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def _write(value: Any, path: str) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _write_float(float(value))
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_write(item, path) for item in value)}]"
    if isinstance(value, Mapping):
        inner = (f"{_write(key, path)}: {_write(item, path)}" for key, item in value.items())
        return f"{{{', '.join(inner)}}}"
    raise ConfigError(
        f'The parameter "{path}" is a {type(value).__name__}, which configuration cannot hold.',
        hint="Use a string, a number, a boolean, a date, or a list or dict of them.",
    )


def _write_float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)
