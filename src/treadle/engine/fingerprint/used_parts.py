"""Finds the part of a value that code uses, such as one key of a configuration.

Code that names ``config.model.depth`` or ``SETTINGS["depth"]`` runs no code of the object for it,
and sees nothing else of it. So it depends on that part alone.
"""

import types
from collections.abc import Sequence
from typing import Any, Final

_MISSING: Final = object()


def item_step(key: str) -> str:
    """Return how ``[key]`` is written in a chain of attributes."""
    return f"[{key!r}]"


def narrow(value: Any, chain: Sequence[str]) -> tuple[Any, int]:
    """Follow attributes and items as long as only Python's own code runs.

    Args:
        value: An object.
        chain: Names of attributes, and items as `item_step` writes them.

    Returns:
        The last part that was reached, and the number of steps to it.
    """
    for count, step in enumerate(chain):
        part = _item(value, step) if step.startswith("[") else _attribute(value, step)
        if part is _MISSING:
            return value, count
        value = part
    return value, len(chain)


def _item(value: Any, step: str) -> Any:
    if type(value) is not dict:
        return _MISSING
    return next(
        (one for key, one in value.items() if type(key) is str and item_step(key) == step), _MISSING
    )


def _attribute(value: Any, name: str) -> Any:
    """Return an attribute of an object or of its class, else a sentinel."""
    kind: Any = type(value)
    if kind is type:
        return _class_attribute(value, name)
    if isinstance(value, type) or kind.__getattribute__ is not object.__getattribute__:
        return _MISSING
    found = _in_classes(kind, name)
    if isinstance(found, types.MemberDescriptorType):
        return getattr(value, name, _MISSING)
    if hasattr(type(found), "__set__"):
        return _MISSING
    own = getattr(value, "__dict__", None)
    return own.get(name, _MISSING) if type(own) is dict else _MISSING


def _class_attribute(cls: type, name: str) -> Any:
    found = _in_classes(cls, name)
    return _MISSING if hasattr(type(found), "__get__") or name.startswith("__") else found


def _in_classes(cls: type, name: str) -> Any:
    return next((vars(one)[name] for one in cls.__mro__ if name in vars(one)), _MISSING)
