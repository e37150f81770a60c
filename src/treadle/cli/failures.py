"""Shows the recorded traceback of a run that failed."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from treadle.cli.render import visible
from treadle.frames import is_library

if TYPE_CHECKING:
    from treadle.records import ErrorRecord, RunDetails

_FRAME: Final = re.compile(r'  File "(?P<file>.+)", line \d+')
_PYTHON: Final = re.compile(
    r"[/\\]lib[/\\]python3\.\d+[/\\]|[/\\]treadle[/\\](engine|project|tracking)[/\\]",
)
_PACKAGE: Final = re.compile(r"[/\\](?:site|dist)-packages[/\\]([^/\\]+)")


def show_traceback(details: "RunDetails") -> None:
    """Print where a run failed, with frames of libraries folded into one line."""
    for title, error in _errors(details):
        click.echo()
        click.secho(visible(title.upper()), bold=True)
        for line, is_short in shorten_traceback(error.traceback):
            click.secho(visible(line), dim=is_short or None)


def _errors(details: "RunDetails") -> "Iterator[tuple[str, ErrorRecord]]":
    found = [(node.node, node.error) for node in details.nodes if node.error is not None]
    for name, error in found:
        if error.traceback:
            yield f"traceback of {name}", error
    if not found and details.run.error is not None and details.run.error.traceback:
        yield "traceback", details.run.error


def shorten_traceback(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a traceback, each with whether it replaces frames of libraries.

    The last frame always stays, as the error was raised there.
    """
    frames: list[list[str]] = []
    for line in text.rstrip("\n").split("\n"):
        is_inner = bool(frames) and line.startswith("    ") and _is_frame(frames[-1])
        if is_inner:
            frames[-1].append(line)
        else:
            frames.append([line])
    hidden: list[str] = []
    for index, lines in enumerate(frames):
        is_last = index + 1 == len(frames) or not _is_frame(frames[index + 1])
        if _is_of_library(lines) and not is_last:
            hidden.append(lines[0])
            continue
        yield from _summarize(hidden)
        hidden = []
        yield from ((line, False) for line in lines)
    yield from _summarize(hidden)


def _is_frame(lines: list[str]) -> bool:
    return _FRAME.match(lines[0]) is not None


def _is_of_library(lines: list[str]) -> bool:
    """Return whether a frame is in a library, here or on the machine of the run."""
    found = _FRAME.match(lines[0])
    if found is None:
        return False
    return is_library(found["file"]) or bool(_PYTHON.search(found["file"]))


def _summarize(hidden: list[str]) -> Iterator[tuple[str, bool]]:
    if hidden:
        packages = {found[1] for line in hidden if (found := _PACKAGE.search(line))}
        of = ", ".join(sorted(packages)) or "Treadle or Python"
        yield f"  … {len(hidden)} {'frames' if len(hidden) > 1 else 'frame'} of {of}", True
