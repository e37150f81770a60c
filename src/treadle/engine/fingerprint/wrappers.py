"""Unwraps objects that only hold other code: partials, methods, properties, nodes and the like."""

import functools
import types
from typing import Any

from treadle.engine.observed.wrapping import ObservedFunction, original_of
from treadle.pipelines import Node


def parts_of_wrapper(value: Any) -> list[Any] | None:
    """Return the wrapped objects; None if the value is more than a wrapper."""
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, types.MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, staticmethod | classmethod):
        return [value.__func__]
    if isinstance(value, property):
        return [one for one in (value.fget, value.fset, value.fdel) if one is not None]
    if isinstance(value, functools.cached_property):
        return [value.func]
    if isinstance(value, functools.singledispatchmethod):
        return [value.func, dict(value.dispatcher.registry)]
    if isinstance(value, Node):
        return [value.func]
    if isinstance(value, ObservedFunction):
        return [original_of(value)]
    if type(value).__name__ == "_lru_cache_wrapper":
        return [value.__wrapped__]
    return None
