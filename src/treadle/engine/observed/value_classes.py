"""Finds the classes of the objects in a value, as their code came with the data."""

import gc
import types
from typing import Any, Final

from treadle.engine.modules import find_origin

_MOST: Final = 200_000
"""Largest number of objects to inspect; of more than these, most are alike."""
_PLAIN: Final = (str, bytes, int, float, complex, bool, type(None), types.ModuleType)


def find_classes(value: Any) -> tuple[set[type | types.FunctionType], set[str], bool]:
    """Find the classes and functions in a value, also in containers and attributes.

    Args:
        value: Any object, such as a model that was unpickled.

    Returns:
        Those of the project, the top-level modules of the packages of the others, and
        whether all objects were inspected.
    """
    own: set[type | types.FunctionType] = set()
    packages: set[str] = set()
    kinds: dict[Any, bool] = {}
    seen = {id(value)}
    waiting = [value]
    while waiting and len(seen) < _MOST:
        one = waiting.pop()
        kind: Any = one if isinstance(one, type | types.FunctionType) else type(one)
        if kind not in kinds:
            kinds[kind] = True
            top = str(getattr(kind, "__module__", "") or "").partition(".")[0]
            origin = find_origin(top) if top and top not in ("builtins", "treadle") else "standard"
            if origin == "project":
                own.add(kind)
            elif origin == "package":
                packages.add(top)
        if one is kind:
            continue  # the code reached from a class or function is followed elsewhere
        for inner in _parts_of(one):
            if id(inner) not in seen and not isinstance(inner, _PLAIN):
                seen.add(id(inner))
                waiting.append(inner)
    return own, packages, not waiting


def _parts_of(value: Any) -> list[Any]:
    """Return what an object refers to; numpy does not report the objects in an array."""
    parts = gc.get_referents(value)
    if type(value).__module__ == "numpy" and getattr(
        getattr(value, "dtype", None), "hasobject", False
    ):
        parts += value.ravel()[:_MOST].tolist()
    return parts
