"""What was read by path or by name, and its current content."""

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from blake3 import blake3

from treadle.catalog import DatasetDescription, FileDigests
from treadle.engine.modules import versions_behind
from treadle.engine.observed.ignored import VOLATILE_VARIABLES

ABSENT = "absent"

Kind = Literal[
    "file",
    "folder",
    "tree",
    "existence",
    "variable",
    "environment",
    "code",
    "module",
    "package",
]


class Reading(msgspec.Struct, frozen=True, order=True):
    """One item that was read."""

    kind: Kind
    """What was read: a file's content, the names in a folder, all files in it, whether something
    exists, a variable, or all variables; a module imported by a computed name; and for objects that
    came with the data, a class or function of the project. For packages, the package."""
    name: str
    """A path, relative to the project if inside it; the name of a variable; ``module:name``, or
    a module."""
    digest: str
    made: tuple[str, ...] = ()
    """Names in a folder that the code itself created: they do not count."""

    @property
    def title(self) -> str:
        """Its name in messages about changes."""
        if self.kind == "environment":
            return "the environment"
        if self.kind == "code":
            return f'the class "{self.name}" of an object'
        if self.kind == "package":
            return f'the package "{self.name}"'
        what = {"existence": "path", "tree": "folder", "variable": "environment variable"}.get(
            self.kind, self.kind
        )
        return f'the {what} "{self.name}"'


def describe_readings(readings: Sequence[Reading]) -> dict[str, DatasetDescription]:
    """Describe readings as a run's record stores them, by name.

    Of many files the first hundred are described one by one, the others together.
    """
    shown = [one for one in readings if one.kind in _TYPES]  # code is in the key
    found: dict[str, DatasetDescription] = {}
    for one in shown[:_MOST]:
        name = one.name or "environment"
        name = f"{name} ({_TYPES[one.kind]})" if name in found else name
        found[name] = DatasetDescription(
            type=_TYPES[one.kind], location=one.name or "environment", digest=one.digest
        )
    more = shown[_MOST:]
    if more:
        digest = digest_text(repr(more))
        name = f"{len(more)} more, read by path"
        found[name] = DatasetDescription(
            type="observed files", location=more[0].name, digest=digest
        )
    return found


_MOST: Final = 100
_TYPES: Final = {
    "file": "observed file",
    "folder": "observed folder",
    "tree": "observed folder",
    "existence": "observed path",
    "variable": "environment variable",
    "environment": "environment",
}


class ReadingNow:
    """Digests the current content of readings.

    Args:
        folder: The base of relative paths.
        contents: Digests files, and caches the digests.
        digest_code: Digests a module, class or function of the project; without it, they count
            as unchanged.
    """

    def __init__(
        self, folder: Path, contents: FileDigests, digest_code: Callable[[Any], str] | None = None
    ) -> None:
        self.folder = str(folder)
        self._contents = contents
        self._digest_code = digest_code

    def is_same(self, reading: Reading) -> bool:
        """Return whether what was read is unchanged."""
        return self.digest(reading) == reading.digest

    def find_changed(self, readings: Iterable[Reading]) -> list[Reading]:
        """Return the readings that have changed."""
        return [one for one in readings if not self.is_same(one)]

    def digest(self, reading: Reading) -> str:
        """Digest the current content of a reading."""
        if reading.kind == "variable":
            return digest_text(os.environ.get(reading.name))
        if reading.kind == "environment":
            return digest_environment()
        if reading.kind == "package":
            return repr(versions_behind([reading.name]))
        if reading.kind in ("code", "module"):
            return self.digest_named(reading.name) if self._digest_code else reading.digest
        path = os.path.join(self.folder, reading.name)  # noqa: PTH118 - thousands of files
        if reading.kind == "file":
            return self.digest_file(path)
        if reading.kind == "folder":
            return digest_names(path, reading.made)
        if reading.kind == "tree":
            return self.digest_tree(path)
        return describe_existence(path)

    def digest_named(self, name: str) -> str:
        """Digest a module, or a class or function by its module and name."""
        module, _, qualname = name.partition(":")
        try:
            found: Any = import_module(module)
            for part in qualname.split(".") if qualname else ():
                found = getattr(found, part)
        except Exception:  # noqa: BLE001 - the module of the project may raise anything
            return ABSENT
        return self._digest_code(found) if self._digest_code is not None else ""

    def digest_file(self, path: str) -> str:
        """Digest a file's content; for anything but a regular file, only its existence."""
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
                return "special"
            return self._contents.of_file(path)[0]
        except OSError:
            return ABSENT

    def digest_tree(self, path: str) -> str:
        """Digest all files in a folder."""
        try:
            return self._contents.of(Path(path))[0]
        except OSError:
            return ABSENT

    def shorten(self, path: str) -> str:
        """Return a path as readings store it."""
        return (
            path.removeprefix(self.folder).lstrip(os.sep) if _is_inside(path, self.folder) else path
        )


def digest_names(path: str, made: Iterable[str]) -> str:
    """Digest the names in a folder, without those that the code itself created."""
    try:
        names = sorted(set(os.listdir(path)) - set(made) - {"__pycache__", ".treadle"})  # noqa: PTH208
    except OSError:
        return ABSENT
    return digest_text("\n".join(names))


def describe_existence(path: str) -> str:
    """Return what kind of thing is at a path."""
    if os.path.isdir(path):  # noqa: PTH112
        return "folder"
    return "file" if os.path.exists(path) else ABSENT  # noqa: PTH110


def digest_environment() -> str:
    """Digest all environment variables, without those of a terminal session."""
    given = sorted(item for item in os.environ.items() if item[0] not in VOLATILE_VARIABLES)
    return digest_text(repr(given))


def digest_text(text: str | None) -> str:
    """Digest a text; None differs from an empty one."""
    if text is None:
        return ABSENT
    return blake3(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _is_inside(path: str, folder: str) -> bool:
    return path.startswith(folder) and (len(path) == len(folder) or path[len(folder)] == os.sep)
