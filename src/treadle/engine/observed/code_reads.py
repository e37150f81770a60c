"""Records calls that run or import code, or load objects whose classes are code."""

import sys
from collections.abc import Callable
from importlib.util import resolve_name
from typing import Any, Final

from treadle.engine.modules import find_origin
from treadle.engine.observed.attribution import Reader
from treadle.engine.observed.collector import Watch
from treadle.engine.observed.readers import Readers
from treadle.engine.observed.wrapping import After

_RESOURCES: Final = frozenset({"files", "open_text", "open_binary", "read_text", "read_binary"})
"""Functions of ``importlib.resources``, which import the package that contains a file."""


class CodeReads:
    """Records which code is run, imported or unpickled.

    Its methods take the arguments of the observed functions, and return what records a successful
    call.
    """

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def run_source(self, loader: Any, path: Any) -> After:
        """Record that a source file is run by its path, not imported by name."""
        specification = getattr(sys.modules.get(loader.name), "__spec__", None)
        if not getattr(specification, "_initializing", False):  # else it is an import
            self._readers.note_path(
                loader.path if str(path).endswith(".pyc") else path, Watch.note_file
            )
        return None

    def open_source(self, path: Any) -> After:
        """Record that a source file is opened to be run; libraries do so to import it."""
        reader = self._readers.find()
        if reader is not None and reader.is_direct:
            self._readers.note_path(path, Watch.note_file)
        return None

    def import_module(self, name: str, package: str | None = None) -> After:
        """Record that a node imports a module by a name that is known only at run time."""
        reader = self._readers.find()
        # Changes by an import to other modules are followed by their values, a file by path.
        if reader is None or reader.module or reader.by in _RESOURCES:
            return None
        found = resolve_name(name, package) if package else name
        self._note_code(reader, found, lambda watch: watch.note_module(found))
        return None

    def find_class(self, _: Any, module: str, name: str) -> After:
        """Record that a node unpickles an object of a class, or a function."""
        reader = self._readers.find()
        if reader is not None and not reader.module:
            self._note_code(reader, module, lambda watch: watch.note_code(module, name))
        return None

    def load(self, *_: Any, **__: Any) -> After:
        """Record that an object is unpickled: its classes."""
        reader = self._readers.find()
        return None if reader is None or reader.module else self._note_arrival

    def load_bytes(self, *_: Any, **__: Any) -> After:
        """Record that the node itself unpickles an object from bytes: its classes."""
        reader = self._readers.find()
        return self.load() if reader is not None and reader.is_direct else None

    def _note_arrival(self, value: Any) -> None:
        for watch in self._readers.watches_here():
            watch.note_arrival(value)

    def _note_code(self, reader: Reader, module: str, note: Callable[[Watch], None]) -> None:
        """Record code by its module; for a package, its version."""
        top = module.partition(".")[0]
        origin = find_origin(top)
        if origin == "standard" or top == reader.library or (origin is None and reader.library):
            return
        for watch in self._readers.watches(reader):
            if origin == "package":
                watch.note_package(top)
            else:
                note(watch)
