"""Finds who reads something, and the watches that record it."""

import os
import threading
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any
from weakref import WeakSet

from treadle.engine.observed.attribution import Reader, find_reader
from treadle.engine.observed.collector import Watch
from treadle.engine.observed.ignored import is_quiet_path
from treadle.engine.observed.imports import watch_of_import
from treadle.engine.observed.wrapping import After


class Readers:
    """The nodes that run in this process, by thread, with the watches of each.

    Attributes:
        folder: The project's folder.
    """

    def __init__(self) -> None:
        self.folder = ""
        self._nodes: dict[int, tuple[Watch, ...]] = {}  # by thread; nodes may be nested
        self._threads: WeakSet[threading.Thread] = WeakSet()  # started by nodes

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
        for watch in self.watches_here():
            watch.note_failure()

    def start_thread(self, thread: threading.Thread) -> After:
        """Record that a node starts a thread: what it reads counts for the node."""
        if self._is_of_node():
            self._threads.add(thread)  # now, as it may read before ``start`` returns
        return None

    @property
    def is_any_node(self) -> bool:
        """Whether any node runs."""
        return bool(self._nodes)

    def find(self) -> Reader | None:
        """Find the reader of something that is not a path; None if it does not count."""
        return find_reader(is_node=self._is_of_node())

    def find_for_path(self, path: str) -> Reader | None:
        """Return the reader of a path; None if it does not count, or is recorded already."""
        watches = self._nodes.get(threading.get_ident(), ())
        if not path or (watches and all(watch.has_read(path) for watch in watches)):
            return None
        is_inside = (
            bool(watches) and path.startswith(self.folder + os.sep) and not path.endswith(".py")
        )
        return find_reader(is_inside=is_inside, is_node=bool(watches) or self._is_of_node())

    def note_path(self, path: Any, note: Callable[[Watch, str], None]) -> None:
        """Record a path with the watches of its reader."""
        found = absolute_path(path)
        reader = self.find_for_path(found)
        # Code counts by its content; Python also opens it to show a line of it in a traceback.
        if reader is None or reader.is_import or found == reader.file:
            return
        if not is_quiet_path(found, self.folder, is_direct=reader.is_direct):
            for watch in self.watches(reader):
                note(watch, found)

    def watches(self, reader: Reader) -> Iterable[Watch]:
        """Return the watches that record for a reader."""
        return (
            (watch_of_import(reader.module, reader.body),) if reader.module else self.watches_here()
        )

    def watches_here(self) -> tuple[Watch, ...]:
        """Return this thread's watches; without a node, it works for every running node."""
        own = self._nodes.get(threading.get_ident())
        return own or tuple(chain.from_iterable(list(self._nodes.values())))

    def _is_of_node(self) -> bool:
        """Return whether this thread runs a node, or was started by one that does."""
        return threading.get_ident() in self._nodes or threading.current_thread() in self._threads


def absolute_path(path: Any) -> str:
    """Return a path argument as absolute; empty for an open file or if it is not a path."""
    if isinstance(path, int):
        return ""
    try:
        return os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - does not resolve links
    except (TypeError, ValueError, OSError):
        return ""
