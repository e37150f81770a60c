"""The location of an error, by the frames of the user's own code."""

import functools
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from treadle.errors import TreadleError

_SITES: Final = ("site-packages", "dist-packages")
_OWN: Final = f"{Path(__file__).parent}{os.sep}"
_MOST: Final = 5


def is_library(filename: str, folder: Path | None = None) -> bool:
    """Return whether a file belongs to a library, to Python or to Treadle, not to the user.

    Args:
        filename: Its name in a traceback.
        folder: The user's project: all files in it are the user's, unless they are installed there.
    """
    if any(f"{os.sep}{site}{os.sep}" in filename for site in _SITES):
        return True
    if folder is not None and filename.startswith(f"{folder}{os.sep}"):
        return False
    return filename.startswith((_OWN, "<frozen ", *_standard()))


@functools.cache
def _standard() -> tuple[str, ...]:
    """Return the folders of Python's standard library."""
    import sysconfig

    return tuple(f"{sysconfig.get_path(name)}{os.sep}" for name in ("stdlib", "platstdlib"))


def describe_frames(error: BaseException, folder: Path | None = None) -> str:
    """Format the user's own lines that led to an error, outermost first, one per line.

    Of more than five, those in the middle are omitted. If none is the user's, only the last line is
    shown: the library's that raised.

    Args:
        error: The exception.
        folder: The user's project, if known.
    """
    if isinstance(error, SyntaxError) and error.filename:
        line = f": {error.text.strip()}" if error.text else ""
        syntax = [f"  at {shorten_path(error.filename)}:{error.lineno}{line}"]
    else:
        syntax = []
    frames = list(traceback.extract_tb(error.__traceback__))
    own = [frame for frame in frames if not is_library(frame.filename, folder)]
    lines = [_describe(frame) for frame in own or ([] if syntax else frames[-1:])]
    if len(lines) > _MOST:
        left_out = len(lines) - _MOST + 1
        lines = [lines[0], f"  … {left_out} more lines of yours", *lines[-_MOST + 2 :]]
    return "".join(f"\n{line}" for line in lines + syntax)


def _describe(frame: traceback.FrameSummary) -> str:
    name = "" if frame.name == "<module>" else f" in {frame.name}"
    line = f": {frame.line}" if frame.line else ""
    return f"  at {shorten_path(frame.filename)}:{frame.lineno}{name}{line}"


def shorten_path(filename: str) -> str:
    """Return a path relative to the working directory, if it is below that."""
    try:
        return str(Path(filename).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return filename


def format_error(error: BaseException) -> str:
    """Format the traceback of an error, from the first line of the user's code."""
    while isinstance(error, TreadleError) and error.__cause__ is not None:
        error = error.__cause__  # which the error explains
    described = traceback.TracebackException.from_exception(error)
    for one in _chain(described):
        frames = _without_click(list(one.stack))
        own = (i for i, frame in enumerate(frames) if not is_library(frame.filename))
        one.stack = traceback.StackSummary.from_list(frames[next(own, 0) :])
    return "".join(described.format())


def _without_click(frames: list[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Return the frames after those that called the command."""
    part = f"{os.sep}click{os.sep}"
    is_click = [part in frame.filename for frame in frames]
    if True not in is_click:
        return frames
    called = is_click.index(True)
    return frames[is_click.index(False, called) if False in is_click[called:] else 0 :]


def _chain(
    described: traceback.TracebackException,
) -> Iterator[traceback.TracebackException]:
    """Yield an error and its causes."""
    waiting, seen = [described], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [other for other in (one.__cause__, one.__context__) if other is not None]
