"""What is noted when a function is called that opens a file, lists a folder, or looks up a variable."""

import os
import shlex
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from importlib.util import resolve_name
from itertools import chain
from types import CodeType
from typing import Any, Final

from treadle.engine.modules import find_origin
from treadle.engine.observed.imports import watch_of_import
from treadle.engine.observed.quiet import SETTINGS_LIBRARIES, is_quiet_path, is_quiet_variable
from treadle.engine.observed.reader import Reader, find_reader
from treadle.engine.observed.watch import Watch

__all__ = ["Observer"]

_ASKS_WHETHER: Final = frozenset({"exists", "isfile", "isdir", "islink", "lexists", "is_file", "is_dir", "is_symlink"})
_ASKS_WHAT: Final = frozenset({"", "stat", "lstat", "getsize", "getmtime"})
_RESOURCES: Final = frozenset({"files", "open_text", "open_binary", "read_text", "read_binary"})
"""Functions of ``importlib.resources``, which import the package that a file is in."""
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Observer:
    """Notes who reads what; its methods take the arguments of the functions that they observe.

    Attributes:
        folder: The project's.
    """

    def __init__(self) -> None:
        self.folder = ""
        self._nodes: dict[int, tuple[Watch, ...]] = {}  # by thread; a node may run others inside of itself
        self._copying: set[CodeType | None] = set()  # functions of libraries that copy the environment
        self._set_here: set[str] = set()  # variables whose values come from code of this process

    def begin(self, watch: Watch) -> tuple[Watch, ...]:
        """Note what the node reads that this thread runs; return who noted until now, for `end`."""
        thread = threading.get_ident()
        outer = self._nodes.get(thread, ())
        self._nodes[thread] = (*outer, watch)
        return outer

    def end(self, outer: tuple[Watch, ...]) -> None:
        """Note no more what that node reads."""
        thread = threading.get_ident()
        self._nodes[thread] = outer
        if not outer:
            del self._nodes[thread]

    def open(self, file: Any, mode: str = "r", *_: Any, **__: Any) -> None:
        """Note that a file is opened."""
        if "r" in mode:
            self._note_path(file, Watch.note_file)
        if "r" not in mode or "+" in mode:
            self.make(file)

    def open_low(self, path: Any, flags: int, *_: Any, dir_fd: int | None = None, **__: Any) -> None:
        """Note that a file is opened by ``os.open``."""
        if dir_fd is not None:
            return
        if flags & _WRITES:
            self.make(path)
        else:
            self._note_path(path, Watch.note_file)

    def list_folder(self, path: Any = ".", *_: Any, **__: Any) -> None:
        """Note that a folder is listed."""
        self._note_path("." if path is None else path, Watch.note_folder)

    def ask(self, path: Any, *_: Any, dir_fd: int | None = None, **__: Any) -> None:
        """Note that somebody asks whether something is there.

        Where a library asks for a file, it is going to read it, maybe by functions that are not Python's.
        """
        found = absolute_path(path) if dir_fd is None else ""
        reader = self._find_reader(found)
        if reader is None or reader.is_import:
            return
        if is_quiet_path(found, self.folder, is_direct=reader.is_direct):
            return
        for watch in self._watches(reader):
            if not reader.is_direct:
                if os.path.isfile(found):  # noqa: PTH113
                    watch.note_file(found)
            elif reader.by in _ASKS_WHETHER:
                watch.note_existence(found)
            elif reader.by in _ASKS_WHAT:
                watch.note_file(found)

    def make(self, path: Any, *_: Any, **__: Any) -> None:
        """Note that something is written or removed."""
        found = absolute_path(path) if self._nodes else ""
        for watches in [*self._nodes.values()] if found else ():
            for watch in watches:
                watch.note_made(found)

    def move(self, source: Any, target: Any, *_: Any, **__: Any) -> None:
        """Note that something is renamed or linked."""
        self.make(source)
        self.make(target)

    def connect(self, database: Any, *_: Any, **__: Any) -> None:
        """Note that a file of SQLite is opened; one that is changed is written."""
        found = absolute_path(database)
        if found and os.path.isfile(found):  # noqa: PTH113
            self._note_path(found, Watch.note_database)

    def start_program(self, _: Any, arguments: Any, *__: Any, **___: Any) -> None:
        """Note the files that the arguments of another program name."""
        given = shlex.split(arguments) if isinstance(arguments, str) else arguments
        for one in given[1:] if isinstance(given, list | tuple) else ():
            found = absolute_path(one)
            reader = find_reader() if found and os.path.isfile(found) else None  # noqa: PTH113
            if reader is not None and reader.is_direct:
                self._note_path(found, Watch.note_file)

    def run_source(self, loader: Any, path: Any) -> None:
        """Note that a source file is run by its path, and not imported by a name."""
        specification = getattr(sys.modules.get(loader.name), "__spec__", None)
        if not getattr(specification, "_initializing", False):  # else it is an import
            self._note_path(loader.path if str(path).endswith(".pyc") else path, Watch.note_file)

    def open_source(self, path: Any) -> None:
        """Note that a source file is opened to be run; libraries do so to import it."""
        reader = find_reader()
        if reader is not None and reader.is_direct:
            self._note_path(path, Watch.note_file)

    def import_module(self, name: str, package: str | None = None) -> None:
        """Note that a node imports a module by a name that is known only when it runs."""
        reader = find_reader()
        # What an import makes of other modules is followed by its values, and a file by its path.
        if reader is None or reader.module or reader.by in _RESOURCES:
            return
        found = resolve_name(name, package) if package else name
        self._note_code(reader, found, lambda watch: watch.note_module(found))

    def find_class(self, _: Any, module: str, name: str) -> None:
        """Note that a node loads a pickled object of a class, or a function."""
        reader = find_reader()
        if reader is not None and not reader.module:
            self._note_code(reader, module, lambda watch: watch.note_code(module, name))

    def load_object(self, value: Any) -> None:
        """Note the classes of an object that a node unpickles."""
        reader = find_reader()
        if reader is not None and not reader.module:
            for watch in self._watches(reader):
                watch.note_arrival(value)

    def load_bytes(self, value: Any) -> None:
        """Note the classes of an object that a node itself unpickles from bytes."""
        reader = find_reader()
        if reader is not None and reader.is_direct:
            self.load_object(value)

    def _note_code(self, reader: Reader, module: str, note: Callable[[Watch], None]) -> None:
        """Note code by its module: where that is of a package, its version."""
        top = module.partition(".")[0]
        origin = find_origin(top)
        if origin == "standard" or top == reader.library or (origin is None and reader.library):
            return
        for watch in self._watches(reader):
            if origin == "package":
                watch.note_package(top)
            else:
                note(watch)

    def get_variable(self, _: Mapping[str, str], name: Any) -> None:
        """Note that a variable of the environment is looked up."""
        reader = find_reader() if isinstance(name, str) and name not in self._set_here else None
        if reader is None or reader.code in self._copying or is_quiet_variable(name, reader.library):
            return
        value = os.environ.get(name)  # what asks meanwhile is not noted
        for watch in self._watches(reader):
            watch.note_variable(name, value)

    def list_variables(self, _: Mapping[str, str]) -> None:
        """Note that all variables are looked up.

        Libraries do so to start a program with a copy of them, which is no reading; some do to find settings.
        """
        reader = find_reader()
        if reader is None:
            return
        if reader.library and not reader.module and reader.library not in SETTINGS_LIBRARIES:
            self._copying.add(reader.code)
            return
        for watch in self._watches(reader):
            watch.note_environment()

    def set_variable(self, _: Mapping[str, str], name: str, *__: str) -> None:
        """Note that a variable is set or removed by code."""
        self._set_here.add(name)

    def _note_path(self, path: Any, note: Callable[[Watch, str], None]) -> None:
        found = absolute_path(path)
        reader = self._find_reader(found)
        # Code is followed, and told by what it is; Python opens it to show a line of it in a traceback, too.
        if reader is None or reader.is_import or found == reader.file:
            return
        if not is_quiet_path(found, self.folder, is_direct=reader.is_direct):
            for watch in self._watches(reader):
                note(watch, found)

    def _find_reader(self, path: str) -> Reader | None:
        """Return who reads a path; None if that does not count, or is known."""
        watches = self._nodes.get(threading.get_ident(), ())
        if not path or (watches and all(watch.has_read(path) for watch in watches)):
            return None
        is_inside = bool(watches) and path.startswith(self.folder + os.sep) and not path.endswith(".py")
        return find_reader(is_inside=is_inside)

    def _watches(self, reader: Reader) -> Iterable[Watch]:
        """Return who notes it: a thread that a node has started reads for every node that runs."""
        if reader.module:
            return (watch_of_import(reader.module),)
        own = self._nodes.get(threading.get_ident())
        return own or tuple(chain.from_iterable(list(self._nodes.values())))


def absolute_path(path: Any) -> str:
    """Return the absolute path of what a function is given; empty for an open file, and where there is no path."""
    if isinstance(path, int):
        return ""
    try:
        return os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - links stay what they are
    except (TypeError, ValueError, OSError):
        return ""
