"""Records calls that open, list, create or move files, and those that start programs."""

import os
import re
import shlex
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

from treadle.engine.observed.attribution import Reader
from treadle.engine.observed.collector import Watch
from treadle.engine.observed.ignored import is_quiet_path
from treadle.engine.observed.readers import Readers, absolute_path
from treadle.engine.observed.wrapping import After

_ASKS_WHETHER: Final = frozenset(
    {"exists", "isfile", "isdir", "islink", "lexists", "is_file", "is_dir", "is_symlink"}
)
_ASKS_WHAT: Final = frozenset({"", "stat", "lstat", "getsize", "getmtime"})
_CREATES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND
_LOADS: Final = re.compile(r"_*(read|load|scan|open|from_)")
"""Names of library functions that read their arguments."""


class FileReads:
    """Records which files and folders are read, created or changed.

    Its methods take the arguments of the observed functions, and return what records a successful
    call.
    """

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def open(self, file: Any, mode: str = "r", *_: Any, **__: Any) -> After:
        """Record that a file is opened."""
        if "r" in mode:
            self._readers.note_path(file, Watch.note_file)
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
            self._readers.note_path(path, Watch.note_file)
        return self._making(path, is_anew=bool(flags & os.O_TRUNC)) if flags & _CREATES else None

    def list_folder(self, path: Any = ".") -> After:
        """Record that a folder is listed."""
        self._readers.note_path("." if path is None else path, Watch.note_folder)
        return None

    def ask(self, path: Any, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> After:
        """Record a check whether something exists.

        A library that checks for a file is going to read it, maybe by functions outside Python.
        """
        found = absolute_path(path) if dir_fd is None else ""
        reader = self._readers.find_for_path(found)
        if (
            reader is None
            or reader.is_import
            or is_quiet_path(found, self._readers.folder, is_direct=reader.is_direct)
        ):
            return None
        note = self._note_of_question(found, reader)
        if note is not None:
            for watch in self._readers.watches(reader):
                note(watch, found)
        return None

    def _note_of_question(self, path: str, reader: Reader) -> Callable[[Watch, str], None] | None:
        if not reader.is_direct:
            if os.path.isdir(path):  # noqa: PTH112
                whole = self._readers.find()
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
        self._readers.note_path(src, Watch.note_file)
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
                self._readers.note_path(path, Watch.note_file)
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
            reader = self._readers.find() if os.path.isfile(found) else None  # noqa: PTH113
            if reader is not None and reader.is_direct:
                self._readers.note_path(found, Watch.note_file)

    def _making(self, path: Any, *, is_anew: bool) -> After:
        """Return what records that a path was created or changed.

        Args:
            path: The path.
            is_anew: Whether the previous content is replaced completely.
        """
        found = absolute_path(path) if self._readers.is_any_node else ""
        watches = self._readers.watches_here() if found else ()
        if not watches:
            return None
        is_made = is_anew or not os.path.exists(found)  # noqa: PTH110

        def after(_: Any) -> None:
            for watch in watches:
                (watch.note_made if is_made else watch.note_changed)(found)

        return after
