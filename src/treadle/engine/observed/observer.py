"""Records calls that open a file, list a folder, or look up a variable."""

import os
import re
import shlex
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from importlib.util import resolve_name
from itertools import chain
from types import CodeType
from typing import Any, Final
from urllib.parse import unquote
from weakref import WeakSet

from treadle.engine.modules import find_origin
from treadle.engine.observed.attribution import Reader, find_reader
from treadle.engine.observed.collector import Watch
from treadle.engine.observed.ignored import SETTINGS_LIBRARIES, is_quiet_path, is_quiet_variable
from treadle.engine.observed.imports import watch_of_import
from treadle.engine.observed.wrapping import After

_ASKS_WHETHER: Final = frozenset(
    {"exists", "isfile", "isdir", "islink", "lexists", "is_file", "is_dir", "is_symlink"}
)
_ASKS_WHAT: Final = frozenset({"", "stat", "lstat", "getsize", "getmtime"})
_RESOURCES: Final = frozenset({"files", "open_text", "open_binary", "read_text", "read_binary"})
"""Functions of ``importlib.resources``, which import the package that contains a file."""
_CREATES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
_LOADS: Final = re.compile(r"_*(read|load|scan|open|from_)")
"""Names of library functions that read their arguments."""


class Observer:
    """Records which code reads what.

    Its methods take the arguments of the observed functions, and return what records a successful
    call.

    Attributes:
        folder: The project's folder.
    """

    def __init__(self) -> None:
        self.folder = ""
        self._nodes: dict[int, tuple[Watch, ...]] = {}  # by thread; nodes may be nested
        self._threads: WeakSet[threading.Thread] = WeakSet()  # started by nodes
        self._copying: set[CodeType | None] = set()  # library functions that copy the environment
        self._outer: dict[str, str | None] = {}  # set by this process: values before
        self._set: dict[str, str | None] = {}  # and after

    def begin(self, watch: Watch) -> tuple[Watch, ...]:
        """Record what this thread's node reads; return the previous watches, for `end`."""
        thread = threading.get_ident()
        outer = self._nodes.get(thread, ())
        self._nodes[thread] = (*outer, watch)
        return outer

    def end(self, outer: tuple[Watch, ...]) -> None:
        """Stop recording what the node reads."""
        thread = threading.get_ident()
        self._nodes[thread] = outer
        if not outer:
            del self._nodes[thread]

    def fail(self) -> None:
        """Record that something could not be recorded."""
        for watch in self._watches_here():
            watch.note_failure()

    def start_thread(self, thread: threading.Thread) -> After:
        """Record that a node starts a thread: what it reads counts for the node."""
        if self._is_of_node():
            self._threads.add(thread)  # now, as it may read before ``start`` returns
        return None

    def open(self, file: Any, mode: str = "r", *_: Any, **__: Any) -> After:
        """Record that a file is opened."""
        if "r" in mode:
            self._note_path(file, Watch.note_file)
        is_anew = "w" in mode or "x" in mode
        return (
            self._making(file, is_anew=is_anew) if is_anew or "a" in mode or "+" in mode else None
        )

    def open_low(
        self, path: Any, flags: int, *_: Any, dir_fd: int | None = None, **__: Any
    ) -> After:
        """Record that a file is opened by ``os.open``."""
        if dir_fd is not None:
            return None
        is_read = not flags & (os.O_WRONLY | os.O_TRUNC | os.O_EXCL)
        if is_read and (not flags & os.O_CREAT or os.path.exists(path)):  # noqa: PTH110
            self._note_path(path, Watch.note_file)
        return self._making(path, is_anew=bool(flags & os.O_TRUNC)) if flags & _CREATES else None

    def list_folder(self, path: Any = ".") -> After:
        """Record that a folder is listed."""
        self._note_path("." if path is None else path, Watch.note_folder)
        return None

    def ask(self, path: Any, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> After:
        """Record a check whether something exists.

        A library that checks for a file is going to read it, maybe by functions outside Python.
        """
        found = absolute_path(path) if dir_fd is None else ""
        reader = self._find_reader(found)
        if (
            reader is None
            or reader.is_import
            or is_quiet_path(found, self.folder, is_direct=reader.is_direct)
        ):
            return None
        note = self._note_of_question(found, reader)
        if note is not None:
            for watch in self._watches(reader):
                note(watch, found)
        return None

    def _note_of_question(self, path: str, reader: Reader) -> Callable[[Watch, str], None] | None:
        if not reader.is_direct:
            if os.path.isdir(path):  # noqa: PTH112
                whole = find_reader(is_node=self._is_of_node())
                return Watch.note_tree if whole is not None and _LOADS.match(whole.called) else None
            return Watch.note_file if os.path.exists(path) else None  # noqa: PTH110
        if reader.by in _ASKS_WHETHER:
            return Watch.note_existence
        return Watch.note_file if reader.by in _ASKS_WHAT else None

    def make(self, path: Any, *_: Any, dir_fd: int | None = None, **__: Any) -> After:
        """Record that something is created or removed."""
        return self._making(path, is_anew=True) if dir_fd is None else None

    def move(
        self,
        src: Any,
        dst: Any,
        *_: Any,
        src_dir_fd: int | None = None,
        dst_dir_fd: int | None = None,
        **__: Any,
    ) -> After:
        """Record a rename or link: what is under the new name was read under the old one."""
        if src_dir_fd is not None or dst_dir_fd is not None:
            return None
        self._note_path(src, Watch.note_file)
        notes = [
            note for one in (src, dst) if (note := self._making(one, is_anew=True)) is not None
        ]

        def after(result: Any) -> None:
            for note in notes:
                note(result)

        return after

    def connect(self, database: Any, *_: Any, uri: bool = False, **__: Any) -> After:
        """Record that a SQLite file is opened: it is read as it is, unless it is new."""
        if uri and str(database).startswith("file:"):
            database = unquote(str(database).removeprefix("file:").partition("?")[0])
            database = "/" + database.lstrip("/") if database.startswith("/") else database
        found = absolute_path(database)
        if not os.path.isfile(found):  # noqa: PTH113
            return (
                self._making(found, is_anew=True)
                if found and database not in ("", ":memory:")
                else None
            )
        for path in (found, f"{found}-wal"):
            if os.path.isfile(path):  # noqa: PTH113
                self._note_path(path, Watch.note_file)
        return self._making(found, is_anew=False)

    def start_program(self, _: Any, args: Any, *__: Any, cwd: Any = None, **___: Any) -> After:
        """Record the files in the arguments of another program."""
        given = shlex.split(args) if isinstance(args, str) else args
        for one in given[1:] if isinstance(given, list | tuple) else ():
            self._note_argument(one, cwd)
        return None

    def run_shell(self, command: Any) -> After:
        """Record the files in the arguments of a shell command."""
        for one in shlex.split(os.fsdecode(command))[1:]:
            self._note_argument(one, None)
        return None

    def _note_argument(self, argument: Any, cwd: Any) -> None:
        text = os.fsdecode(argument)
        for one in {text, text.partition("=")[2]} - {""}:
            found = absolute_path(os.path.join(os.fsdecode(cwd or "."), one))  # noqa: PTH118
            reader = find_reader(is_node=self._is_of_node()) if os.path.isfile(found) else None  # noqa: PTH113
            if reader is not None and reader.is_direct:
                self._note_path(found, Watch.note_file)

    def run_source(self, loader: Any, path: Any) -> After:
        """Record that a source file is run by its path, not imported by name."""
        specification = getattr(sys.modules.get(loader.name), "__spec__", None)
        if not getattr(specification, "_initializing", False):  # else it is an import
            self._note_path(loader.path if str(path).endswith(".pyc") else path, Watch.note_file)
        return None

    def open_source(self, path: Any) -> After:
        """Record that a source file is opened to be run; libraries do so to import it."""
        reader = find_reader(is_node=self._is_of_node())
        if reader is not None and reader.is_direct:
            self._note_path(path, Watch.note_file)
        return None

    def import_module(self, name: str, package: str | None = None) -> After:
        """Record that a node imports a module by a name that is known only at run time."""
        reader = find_reader(is_node=self._is_of_node())
        # Changes by an import to other modules are followed by their values, a file by path.
        if reader is None or reader.module or reader.by in _RESOURCES:
            return None
        found = resolve_name(name, package) if package else name
        self._note_code(reader, found, lambda watch: watch.note_module(found))
        return None

    def find_class(self, _: Any, module: str, name: str) -> After:
        """Record that a node unpickles an object of a class, or a function."""
        reader = find_reader(is_node=self._is_of_node())
        if reader is not None and not reader.module:
            self._note_code(reader, module, lambda watch: watch.note_code(module, name))
        return None

    def load(self, *_: Any, **__: Any) -> After:
        """Record that an object is unpickled: its classes."""
        reader = find_reader(is_node=self._is_of_node())
        return None if reader is None or reader.module else self._note_arrival

    def load_bytes(self, *_: Any, **__: Any) -> After:
        """Record that the node itself unpickles an object from bytes: its classes."""
        reader = find_reader(is_node=self._is_of_node())
        return self.load() if reader is not None and reader.is_direct else None

    def _note_arrival(self, value: Any) -> None:
        for watch in self._watches_here():
            watch.note_arrival(value)

    def _note_code(self, reader: Reader, module: str, note: Callable[[Watch], None]) -> None:
        """Record code by its module; for a package, its version."""
        top = module.partition(".")[0]
        origin = find_origin(top)
        if origin == "standard" or top == reader.library or (origin is None and reader.library):
            return
        for watch in self._watches(reader):
            if origin == "package":
                watch.note_package(top)
            else:
                note(watch)

    def get_variable(self, _: Mapping[str, str], key: Any) -> After:
        """Record the lookup of an environment variable, unless code has set its value."""
        name = os.fsdecode(key)
        reader = find_reader(is_node=self._is_of_node())
        if (
            reader is None
            or reader.code in self._copying
            or is_quiet_variable(name, reader.library, reader.by)
        ):
            return None
        value = os.environ.get(name)  # lookups during recording do not count
        if name in self._outer and value == self._set[name] != self._outer[name]:
            return None  # it comes from code, which counts
        for watch in self._watches(reader):
            watch.note_variable(name, value)
        return None

    def list_variables(self, _: Mapping[str, str]) -> After:
        """Record that all variables are looked up.

        Most libraries do so to copy them for a new program, which is not a reading; some, to find
        settings.
        """
        reader = find_reader(is_node=self._is_of_node())
        if reader is None:
            return None
        if reader.library and not reader.module and reader.library not in SETTINGS_LIBRARIES:
            self._copying.add(reader.code)
            return None
        for watch in self._watches(reader):
            watch.note_environment()
        return None

    def set_variable(self, _: Mapping[str, str], key: Any, value: Any = None) -> After:
        """Record that code sets or removes a variable."""
        name = os.fsdecode(key)
        outer = os.environ.get(name)

        def after(_: Any) -> None:
            self._outer.setdefault(name, outer)
            self._set[name] = None if value is None else os.fsdecode(value)

        return after

    def _making(self, path: Any, *, is_anew: bool) -> After:
        """Return what records that a path was created or changed.

        Args:
            path: The path.
            is_anew: Whether the previous content is replaced completely.
        """
        found = absolute_path(path) if self._nodes else ""
        watches = self._watches_here() if found else ()
        if not watches:
            return None
        is_made = is_anew or not os.path.exists(found)  # noqa: PTH110

        def after(_: Any) -> None:
            for watch in watches:
                (watch.note_made if is_made else watch.note_changed)(found)

        return after

    def _note_path(self, path: Any, note: Callable[[Watch, str], None]) -> None:
        found = absolute_path(path)
        reader = self._find_reader(found)
        # Code counts by its content; Python also opens it to show a line of it in a traceback.
        if reader is None or reader.is_import or found == reader.file:
            return
        if not is_quiet_path(found, self.folder, is_direct=reader.is_direct):
            for watch in self._watches(reader):
                note(watch, found)

    def _find_reader(self, path: str) -> Reader | None:
        """Return the reader of a path; None if it does not count, or is recorded already."""
        watches = self._nodes.get(threading.get_ident(), ())
        if not path or (watches and all(watch.has_read(path) for watch in watches)):
            return None
        is_inside = (
            bool(watches) and path.startswith(self.folder + os.sep) and not path.endswith(".py")
        )
        return find_reader(is_inside=is_inside, is_node=bool(watches) or self._is_of_node())

    def _is_of_node(self) -> bool:
        """Return whether this thread runs a node, or was started by one that does."""
        return threading.get_ident() in self._nodes or threading.current_thread() in self._threads

    def _watches(self, reader: Reader) -> Iterable[Watch]:
        """Return the watches that record for a reader."""
        return (
            (watch_of_import(reader.module, reader.body),)
            if reader.module
            else self._watches_here()
        )

    def _watches_here(self) -> tuple[Watch, ...]:
        """Return this thread's watches; without a node, it works for every running node."""
        own = self._nodes.get(threading.get_ident())
        return own or tuple(chain.from_iterable(list(self._nodes.values())))


def absolute_path(path: Any) -> str:
    """Return a path argument as absolute; empty for an open file or if it is not a path."""
    if isinstance(path, int):
        return ""
    try:
        return os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - does not resolve links
    except (TypeError, ValueError, OSError):
        return ""
