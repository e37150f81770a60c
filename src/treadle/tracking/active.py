"""The active run: Treadle's only ambient state.

The active run is a context variable, so asyncio tasks and nested blocks see their own. A thread
starts with an empty context; it logs to the run that was active where it was started.
"""

import threading
from contextvars import Context, ContextVar, Token, copy_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from treadle.tracking.run import Run


_Value = TypeVar("_Value")

_active: "ContextVar[Run | None]" = ContextVar("treadle_active_run", default=None)
_ATTRIBUTE = "_treadle_context"
_lock = threading.Lock()


def active_run() -> "Run | None":
    """Return the run that calls such as `treadle.log_metric` log to here."""
    run = inherited(_active)
    return run if run is not None and not run.has_ended else None


def inherited(variable: "ContextVar[_Value | None]") -> "_Value | None":
    """Return a context variable's value; in a thread without one, that of its starting thread."""
    value = variable.get()
    if value is None:
        context: Context | None = getattr(threading.current_thread(), _ATTRIBUTE, None)
        value = context.get(variable) if context is not None else None
    return value


def activate(run: "Run") -> "Token[Run | None]":
    """Make a run the active one in this context."""
    hand_to_threads()
    return _active.set(run)


def deactivate(token: "Token[Run | None]") -> None:
    """Restore the previous active run."""
    try:
        _active.reset(token)
    except ValueError:  # ended in another context than it was started in, as notebooks do
        _active.set(token.old_value if token.old_value is not Token.MISSING else None)


def hand_to_threads() -> None:
    """Make threads inherit the active run of the thread that starts them. Done once."""
    with _lock:
        if hasattr(threading.Thread.start, _ATTRIBUTE):
            return
        original = threading.Thread.start

        def start(self: threading.Thread) -> None:
            context = copy_context()
            if _active.get() is None:
                # A thread's own context is empty: it passes on what it inherited.
                context = getattr(threading.current_thread(), _ATTRIBUTE, context)
            setattr(self, _ATTRIBUTE, context)
            original(self)

        setattr(start, _ATTRIBUTE, True)
        threading.Thread.start = start  # type: ignore[method-assign]
