"""Finds the objects that expressions name, without running code, and who owns them."""

import ast
import builtins
import inspect
import os
import sys
import types
from collections.abc import Mapping, MutableMapping, MutableSequence, MutableSet
from typing import Any, Final

from treadle.engine.fingerprint.values import IndigestibleError, digest_value
from treadle.engine.modules import find_origin

MISSING: Final = object()
"""Stands for an object that is known only when the code runs."""
OWN_DATA: Final = (list, dict, set, frozenset, tuple, str, bytes, int, float, bool, type(None))
"""Types of values whose state is part of the project."""
_LOOKS: Final = frozenset(
    {"get", "items", "keys", "values", "copy", "index", "count", "isdisjoint", "union"}
)
"""Methods of lists, dicts and sets that change nothing."""


class Names:
    """The names that code can use, with their current objects.

    Args:
        objects: The names of its module.
        local: Names that belong to the function.
    """

    def __init__(self, objects: Mapping[str, Any], local: frozenset[str] = frozenset()) -> None:
        self._objects = objects
        self.local = local

    def get(self, name: str) -> Any:
        """Return the object of a name of the module, or `MISSING`."""
        return self._objects.get(name, MISSING)

    def find(self, expression: ast.expr) -> Any:
        """Return the object that a dotted name refers to, or `MISSING`."""
        chain = chain_of(expression)
        if not chain or chain[0] in self.local:
            return MISSING
        value = self.get(chain[0])
        if value is MISSING:
            return _builtin(chain)
        for name in chain[1:]:
            if not isinstance(value, types.ModuleType | type):
                return MISSING
            value = getattr(value, name, MISSING)
        return value


def is_change_of_shared(value: Any, names: list[str]) -> bool:
    """Return whether a method changes a library's list, dict or set, such as ``os.environ``."""
    if isinstance(value, types.ModuleType) and not is_own(value):
        for name in names[:-1]:
            value = getattr(value, name, None)
    elif not any(value is shared for shared in (os.environ, sys.path, sys.modules)):
        return False
    is_collection = isinstance(value, MutableMapping | MutableSequence | MutableSet)
    return is_collection and names[-1] not in _LOOKS


def chain_of(expression: ast.expr) -> list[str]:
    """Return the parts of a dotted name; empty for any other expression."""
    names: list[str] = []
    while isinstance(expression, ast.Attribute):
        names.append(expression.attr)
        expression = expression.value
    return [expression.id, *reversed(names)] if isinstance(expression, ast.Name) else []


def _builtin(chain: list[str]) -> Any:
    return vars(builtins).get(chain[0], MISSING) if len(chain) == 1 else MISSING


def functions_called(value: Any) -> list[types.FunctionType]:
    """Return the project functions that run when an object is called."""
    if isinstance(value, type):
        members = [getattr(value, name, None) for name in ("__new__", "__init__", "__post_init__")]
    else:
        inner = inspect.unwrap(value)
        inner = getattr(inner, "__func__", inner)
        members = [
            inner if isinstance(inner, types.FunctionType) else vars(type(inner)).get("__call__")
        ]
    return [one for one in members if isinstance(one, types.FunctionType) and is_own(one)]


def name_of(value: Any) -> str:
    """Return the name of an object, or of its type."""
    return str(getattr(value, "__name__", type(value).__name__))


def top_module(value: Any) -> str:
    """Return the top-level package of an object, or an empty text."""
    name = (
        value.__name__
        if isinstance(value, types.ModuleType)
        else getattr(value, "__module__", None)
    )
    return str(name or "").partition(".")[0]


def is_visible(value: Any) -> bool:
    """Return whether the digest of a project object includes its state."""
    if isinstance(value, (*OWN_DATA, types.ModuleType, type, types.FunctionType)) or not is_own(
        value
    ):
        return True
    try:
        digest_value(value, lambda inner: name_of(inner) if callable(inner) else None)
    except (IndigestibleError, RecursionError):
        return False
    return True


def is_own(value: Any) -> bool:
    """Return whether an object is defined by the project, so that its state is part of it."""
    if isinstance(value, OWN_DATA):
        return True
    if not isinstance(value, types.ModuleType | type | types.FunctionType | types.MethodType):
        value = (
            value
            if getattr(value, "__module__", None) and hasattr(value, "__name__")
            else type(value)
        )
    top = top_module(value)
    return bool(top) and top not in ("builtins", "treadle") and find_origin(top) == "project"
