"""The Python functions that read files, folders and variables, and how they are observed.

During observation, each of these functions is replaced by one that records its arguments and
calls the original. Python's audit events would see the same, but a hook for them is also called
for each ``id(…)``, which makes copying and pickling half as slow again; and there is no event for
environment variables.
"""

import contextlib
import functools
import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from treadle.engine.modules import origin_of_module
from treadle.engine.observed.attribution import call_node
from treadle.engine.observed.code_reads import CodeReads
from treadle.engine.observed.collector import Watch
from treadle.engine.observed.file_reads import FileReads
from treadle.engine.observed.readers import Readers
from treadle.engine.observed.variable_reads import VariableReads
from treadle.engine.observed.wrapping import After, ObservedFunction, create_method, original_of

_readers: Final = Readers()
_files: Final = FileReads(_readers)
_code: Final = CodeReads(_readers)
_variables: Final = VariableReads(_readers)
_NOTES: Final[dict[tuple[str, str], Callable[..., After]]] = {
    ("builtins", "open"): _files.open,
    ("os", "open"): _files.open_low,
    ("os", "listdir"): _files.list_folder,
    ("os", "scandir"): _files.list_folder,
    ("os", "stat"): _files.ask,
    ("os", "lstat"): _files.ask,
    **{("os", name): _files.make for name in ("mkdir", "remove", "unlink", "rmdir", "truncate")},
    **{("os", name): _files.move for name in ("rename", "replace", "link", "symlink")},
    ("os", "system"): _files.run_shell,
    ("_sqlite3", "connect"): _files.connect,
    ("io", "open_code"): _code.open_source,
    ("importlib", "import_module"): _code.import_module,
    ("_pickle", "load"): _code.load,
    ("_pickle", "loads"): _code.load_bytes,
}
"""Functions by module, and what records their arguments."""
_ALIASES: Final = (
    ("io", "open"),
    ("_io", "open"),
    ("bz2", "_builtin_open"),
    ("tarfile", "bltn_open"),
    ("tokenize", "_builtin_open"),
    ("numpy.lib._datasource", "_open"),
    ("sqlite3", "connect"),
    ("sqlite3.dbapi2", "connect"),
    ("_io", "open_code"),
    ("pickle", "load"),
    ("pickle", "loads"),
)
"""Other modules that hold one of these functions under a name of their own."""

_lock: Final = threading.Lock()
_restoring: Final[list[Callable[[], None]]] = []
"""Functions that each restore one of the original functions."""
_users = 0


def observe_node(watch: Watch, func: Callable[..., Any], *args: Any) -> Any:
    """Call a node's function, and record what it reads.

    Args:
        watch: Records it.
        func: The function.
        args: Its arguments.
    """
    outer = _readers.begin(watch)
    try:
        return call_node(func, *args)
    finally:
        _readers.end(outer)


@contextlib.contextmanager
def observing(folder: Path) -> Iterator[None]:
    """Observe what modules read during import, and what nodes read, until the block ends.

    Args:
        folder: The project's folder.
    """
    global _users  # noqa: PLW0603 - functions are replaced once per process, for all observers
    with _lock:
        outer, _readers.folder = _readers.folder, str(folder)
        if not _users:
            _replace_functions()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _readers.folder = outer
            _users -= 1
            if not _users:
                _restore_functions()


def _replace_functions() -> None:
    for name in ("_sqlite3", "pickle"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)  # some builds of Python have no SQLite
    wrapped: dict[int, ObservedFunction] = {}
    for (module, name), note in _NOTES.items():
        original = getattr(sys.modules.get(module), name, None)
        if original is not None:
            wrapped[id(original)] = _wrap((module, name), original, note)
            _replace(sys.modules[module], name, wrapped[id(original)])
    for module, name in _ALIASES:
        known = wrapped.get(id(getattr(sys.modules.get(module), name, None)))
        if known is not None:
            _replace(sys.modules[module], name, known)
    _replace_names_of_project(wrapped)
    openers = _openers_of_numpy()
    if id(openers.get(None)) in wrapped:
        original, openers[None] = openers[None], wrapped[id(openers[None])]
        _restoring.append(functools.partial(openers.__setitem__, None, original))
    _replace_methods()


def _wrap(home: tuple[str, str], original: Any, note: Callable[..., After]) -> ObservedFunction:
    wrapper = ObservedFunction(home, original, note, _readers.fail)
    for known in (
        os.supports_fd,
        os.supports_dir_fd,
        os.supports_follow_symlinks,
        os.supports_effective_ids,
    ):
        if original in known:
            known.add(wrapper)
            _restoring.append(functools.partial(known.discard, wrapper))
    return wrapper


def _replace_names_of_project(wrapped: Mapping[int, Any]) -> None:
    for own in _own_modules():
        # ``sys.modules`` may hold None for a module.
        for attribute, value in list(getattr(own, "__dict__", {}).items()):
            if id(value) in wrapped:
                _replace(own, attribute, wrapped[id(value)])


def _replace_methods() -> None:
    """Replace the methods by which files, variables, programs and pickles are read."""
    kind = type(os.environ)
    loader = next(one for one in SourceFileLoader.__mro__ if "get_data" in vars(one))
    methods: list[tuple[Any, str, Callable[..., After]]] = [
        (kind, "__getitem__", _variables.get_variable),
        (kind, "__iter__", _variables.list_variables),
        (kind, "__setitem__", _variables.set_variable),
        (kind, "__delitem__", _variables.set_variable),
        (loader, "get_data", _code.run_source),
        (threading.Thread, "start", _readers.start_thread),
    ]
    for module, owner, attribute, note in (
        ("subprocess", "Popen", "__init__", _files.start_program),
        ("pickle", "_Unpickler", "find_class", _code.find_class),
    ):
        if module in sys.modules:
            methods.append((getattr(sys.modules[module], owner), attribute, note))
    for cls, attribute, note in methods:
        _replace(cls, attribute, create_method(getattr(cls, attribute), note, _readers.fail))


def _own_modules() -> list[ModuleType]:
    """Return the imported modules of the project: they may hold a wrapper under any name."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] not in _NOT_OWN
        and not any(
            site in str(getattr(module, "__file__", "")) for site in _SITES
        )  # nearly all, and quick
        and origin_of_module(module) == "project"
    ]


_NOT_OWN: Final = sys.stdlib_module_names - {"__main__"} | {"treadle"}
_SITES: Final = ("site-packages", "dist-packages")


def _openers_of_numpy() -> dict[str | None, Any]:
    """Return the table by which numpy opens text files: it contains ``open``."""
    holder = getattr(sys.modules.get("numpy.lib._datasource"), "_file_openers", None)
    found = getattr(holder, "_file_openers", None)
    return found if isinstance(found, dict) else {}


def _replace(owner: Any, attribute: str, wrapper: Any) -> None:
    _restoring.append(functools.partial(setattr, owner, attribute, getattr(owner, attribute)))
    setattr(owner, attribute, wrapper)


def _restore_functions() -> None:
    while _restoring:
        _restoring.pop()()
    # Modules imported meanwhile hold wrapped instead of the functions.
    openers = _openers_of_numpy()
    openers.update({key: original_of(value) for key, value in openers.items()})
    named = [sys.modules[module] for module, _ in _ALIASES if module in sys.modules]
    for module in (*_own_modules(), *named):
        for attribute, value in list(getattr(module, "__dict__", {}).items()):
            if isinstance(value, ObservedFunction):
                setattr(module, attribute, original_of(value))
