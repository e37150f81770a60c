"""The functions of Python by which code reads files, folders and variables, and how they are observed.

While something is observed, each of these functions is replaced by one that notes what it is asked for, and then calls
the original. Python's audit events would see the same, but a hook for them is called for each ``id(…)`` as well, which
makes copying and pickling half as slow again; and there is no event for variables of the environment.
"""

import contextlib
import functools
import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from treadle.engine.modules import origin_of_module
from treadle.engine.observed.notes import Observer
from treadle.engine.observed.reader import call_node
from treadle.engine.observed.watch import Watch

__all__ = ["observe_node", "observing"]

_observer: Final = Observer()
_NOTES: Final[dict[str, Callable[..., None]]] = {
    "builtins open": _observer.open,
    "os open": _observer.open_low,
    "os listdir": _observer.list_folder,
    "os scandir": _observer.list_folder,
    **dict.fromkeys(("os stat", "os lstat"), _observer.ask),
    **dict.fromkeys(("os mkdir", "os remove", "os unlink", "os rmdir", "os truncate"), _observer.make),
    **dict.fromkeys(("os rename", "os replace", "os link", "os symlink"), _observer.move),
    "_sqlite3 connect": _observer.connect,
}
"""Modules with their functions, and what notes their arguments."""
_ALIASES: Final = (
    "io open", "_io open", "bz2 _builtin_open", "tarfile bltn_open", "tokenize _builtin_open",
    "numpy.lib._datasource _open", "sqlite3 connect", "sqlite3.dbapi2 connect",
)  # fmt: skip
"""Other modules that hold one of these functions under a name of their own."""

_lock: Final = threading.Lock()
_noting: Final[set[int]] = set()
"""Threads that are noting something: what they read meanwhile is for that."""
_restoring: Final[list[Callable[[], None]]] = []
"""Each puts one of the original functions back."""
_users = 0


def observe_node(watch: Watch, func: Callable[..., Any], *args: Any) -> Any:
    """Call a node's function, and note what it reads.

    Args:
        watch: Notes it.
        func: What is called.
        args: Its arguments.
    """
    with _observer.observe(watch):
        return call_node(func, *args)


@contextlib.contextmanager
def observing(folder: Path) -> Iterator[None]:
    """Observe what modules read when they are imported, and what nodes read, until the block ends.

    Args:
        folder: The project's.
    """
    global _users  # noqa: PLW0603 - the functions of a process are replaced once, however many observe
    with _lock:
        _observer.folder = str(folder)
        if not _users:
            _replace_doors()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _restore_doors()


def _replace_doors() -> None:
    doors = {}
    with contextlib.suppress(ImportError):
        importlib.import_module("_sqlite3")  # some builds of Python have none
    for name, note in _NOTES.items():
        module, _, attribute = name.partition(" ")
        original = getattr(sys.modules.get(module), attribute, None)
        if original is not None:
            doors[id(original)] = _create_door(original, note)
            _replace(sys.modules[module], attribute, doors[id(original)])
    for name in _ALIASES:
        module, _, attribute = name.partition(" ")
        known = doors.get(id(getattr(sys.modules.get(module), attribute, None)))
        if known is not None:
            _replace(sys.modules[module], attribute, known)
    for own in _own_modules():
        # Where somebody has put None for a module, there are no names.
        for attribute, value in list(getattr(own, "__dict__", {}).items()):
            if id(value) in doors:
                _replace(own, attribute, doors[id(value)])
    openers = _openers_of_numpy()
    if id(openers.get(None)) in doors:
        original, openers[None] = openers[None], doors[id(openers[None])]
        _restoring.append(functools.partial(openers.__setitem__, None, original))
    kind = type(os.environ)
    _replace(kind, "__getitem__", _create_door(kind.__getitem__, _observer.get_variable))
    _replace(kind, "__iter__", _create_door(kind.__iter__, _observer.list_variables))
    _replace(kind, "__setitem__", _create_door(kind.__setitem__, _observer.set_variable))
    _replace(kind, "__delitem__", _create_door(kind.__delitem__, _observer.set_variable))
    programs = sys.modules.get("subprocess")
    if programs is not None:
        start = programs.Popen.__init__
        _replace(programs.Popen, "__init__", _create_door(start, _observer.start_program))


def _own_modules() -> list[ModuleType]:
    """Return the modules of the project that were imported before: they may hold a door under any name."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] not in _NOT_OWN
        and not any(site in str(getattr(module, "__file__", "")) for site in _SITES)  # nearly all, and quick
        and origin_of_module(module) == "project"
    ]


_NOT_OWN: Final = sys.stdlib_module_names - {"__main__"} | {"treadle"}
_SITES: Final = ("site-packages", "dist-packages")


def _openers_of_numpy() -> dict[str | None, Any]:
    """Return the table by which numpy opens texts: it has ``open`` in it."""
    holder = getattr(sys.modules.get("numpy.lib._datasource"), "_file_openers", None)
    found = getattr(holder, "_file_openers", None)
    return found if isinstance(found, dict) else {}


def _create_door(original: Any, note: Callable[..., None]) -> Any:
    @functools.wraps(original)
    def door(*args: Any, **kwargs: Any) -> Any:
        thread = threading.get_ident()
        if thread not in _noting:
            _noting.add(thread)
            try:
                note(*args, **kwargs)
            except Exception:  # noqa: BLE001, S110 - what is wrong with the arguments, the original says
                pass
            finally:
                _noting.discard(thread)
        return original(*args, **kwargs)

    for known in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        if original in known:
            known.add(door)
    return door


def _replace(owner: Any, attribute: str, door: Any) -> None:
    _restoring.append(functools.partial(setattr, owner, attribute, getattr(owner, attribute)))
    setattr(owner, attribute, door)


def _restore_doors() -> None:
    while _restoring:
        _restoring.pop()()
