"""Wraps Python functions to record their arguments."""

import functools
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

After = Callable[[Any], None] | None
"""Called with the result of a successful call to record it."""

_noting: Final[set[int]] = set()
"""Threads that are recording: what they read meanwhile does not count."""


def call_noted(
    original: Callable[..., Any],
    note: Callable[..., After],
    failed: Callable[[], None],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Call a function, and record its arguments before and its result after.

    Args:
        original: The function.
        note: Gets the same arguments, and returns what records a successful call.
        failed: Called if recording fails although the arguments are right.
        args: The arguments.
        kwargs: The keyword arguments.
    """
    thread = threading.get_ident()
    if thread in _noting:
        return original(*args, **kwargs)
    after, is_noted = _guarded(thread, lambda: note(*args, **kwargs))
    result = original(*args, **kwargs)
    if after is not None:
        _, is_noted = _guarded(thread, lambda: after(result))
    if not is_noted:
        failed()
    return result


def _guarded(thread: int, note: Callable[[], Any]) -> tuple[Any, bool]:
    """Call a recording function; return its result, and whether it succeeded."""
    _noting.add(thread)
    try:
        return note(), True
    except Exception:  # noqa: BLE001 - it must not reach the observed code
        return None, False
    finally:
        _noting.discard(thread)


class ObservedFunction:
    """Replaces a Python function during observation.

    Like a builtin function, it does not bind as a method of a class, and it is pickled and copied
    as the function itself.

    Args:
        home: The module of the function, and its name there.
        original: The function.
        note: See `call_noted`.
        failed: See `call_noted`.
    """

    def __init__(
        self,
        home: tuple[str, str],
        original: Callable[..., Any],
        note: Callable[..., After],
        failed: Callable[[], None],
    ) -> None:
        functools.update_wrapper(self, original)
        self._home = home
        self._note = note
        self._failed = failed

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return call_noted(original_of(self), self._note, self._failed, args, kwargs)

    def __repr__(self) -> str:
        return repr(original_of(self))

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        return _find_original, self._home


def original_of(value: Any) -> Any:
    """Return the function that an observed one replaces; anything else unchanged."""
    return value.__wrapped__ if isinstance(value, ObservedFunction) else value  # type: ignore[attr-defined]


def _find_original(module: str, name: str) -> Any:
    return original_of(getattr(import_module(module), name))


def create_method(original: Any, note: Callable[..., After], failed: Callable[[], None]) -> Any:
    """Return a function that replaces a method; its note also gets the object."""

    @functools.wraps(original)
    def method(*args: Any, **kwargs: Any) -> Any:
        return call_noted(original, note, failed, args, kwargs)

    return method
