"""Finds which code reads something: a node, a module being imported, or a library for itself."""

import functools
import linecache
import os
import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, Literal

import msgspec

from treadle.engine.modules import is_standard, origin_of_path


class Reader(msgspec.Struct, frozen=True):
    """The code on whose behalf something is read."""

    module: str
    """The module being imported; empty for a node."""
    is_direct: bool
    """Whether the project's own code reads it, directly or by Python's standard library, without
    another library in between."""
    by: str
    """The standard library function that the project's code calls, if any."""
    library: str = ""
    """The library that reads, unless it is the project's own code."""
    code: CodeType | None = None
    """The code of that library's function."""
    called: str = ""
    """The library function that the project's code calls."""
    file: str = ""
    """The source file of the project's code."""
    body: CodeType | None = None
    """The code of the module being imported."""
    is_import: bool = False
    """Whether it is read to import a module, by a statement or a standard library function."""


def call_node(func: Any, *args: Any) -> Any:
    """Call a function; mark its reads as those of a node."""
    return func(*args)


_NODE: Final[CodeType] = call_node.__code__
_OWN: Final = str(Path(__file__).parents[2]) + os.sep
_LOADS: Final = frozenset(
    {"load", "load_catalog", "load_parameters", "load_artifact", "parameters", "__getitem__"}
)
"""Treadle functions by which a module reads; other reads by Treadle do not count."""
_LOADS_OF_NODES: Final = _LOADS | {"log_artifact", "log_artifacts"}
"""Treadle functions by which a node reads."""
_IMPORTS: Final = frozenset(
    [
        "_find_and_load",
        "_handle_fromlist",
        "_call_with_frames_removed",
        "_gcd_import",
        "import_module",
        "reload",
    ]
)
"""Standard library functions that find and load modules."""
_NOTING: Final = str(Path(__file__).parent) + os.sep

_Whose = Literal["project", "package", "standard", "own", "noting", "lines"]


@functools.lru_cache(maxsize=8192)
def _whose(file: str) -> _Whose:
    if file == linecache.__file__:
        return "lines"
    if file.startswith(_OWN):
        return "noting" if file.startswith(_NOTING) else "own"
    if file.startswith("<frozen ") or is_standard(file):
        return "standard"
    return origin_of_path(file)


def find_reader(*, is_inside: bool = False, is_node: bool = False) -> Reader | None:
    """Return the reader that the calling function reads for; None for a library reading for itself.

    Args:
        is_inside: Whether a thread that runs a node reads in the project's folder. Libraries do
            not read there for themselves, so the stack is not searched to its end, which would
            create frames.
        is_node: Whether the thread runs a node, or works for one: all frames may be of libraries.
    """
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - as logging does it
    is_found = is_import = False
    own, by, library, function, called, file = "load", "", "", None, "", ""
    while frame is not None and frame.f_code is not _NODE:
        code = frame.f_code
        whose = _whose(code.co_filename)
        if whose == "project":
            file = file if is_found else code.co_filename
            is_found = True
            if code.co_name == "<module>":
                name = str(frame.f_globals.get("__name__", ""))
                found = Reader(
                    name, not library, by, library, function, called, file, code, is_import
                )
                return found if own in _LOADS else None
        elif is_found or whose == "noting":
            pass
        elif whose == "own":
            own = code.co_name
        elif code.co_name == "<module>" or whose == "lines":
            return None  # a library being imported, or source lines shown by a warning or an error
        else:
            by = code.co_name if whose == "standard" else ""
            called = code.co_name if whose == "package" else called
            is_import = is_import or by in _IMPORTS
            if whose == "package" and not library:
                library, function = (
                    str(frame.f_globals.get("__name__", "")).partition(".")[0] or "?",
                    code,
                )
        if is_inside and (is_found or library):
            break
        frame = frame.f_back
    if not (is_found or is_node) or own not in _LOADS_OF_NODES:
        return None
    return Reader("", not library, by, library, function, called, file, None, is_import)
