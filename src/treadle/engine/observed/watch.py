"""Collects what one piece of code reads while it runs."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from types import MethodType
from typing import Any, Final

from treadle.engine.observed.arrivals import find_classes
from treadle.engine.observed.readings import (
    ABSENT,
    Reading,
    ReadingNow,
    describe_existence,
    digest_environment,
    digest_names,
    digest_text,
)

__all__ = ["Watch"]

_stat: Final = os.stat  # the function itself, whatever stands for it while something is observed

Signature = tuple[int, int, int] | None


class Watch:
    """What one piece of code has read and made so far, by absolute path.

    Paths that it made itself, by writing, renaming or removing, are none that it reads.
    """

    def __init__(self) -> None:
        self._files: dict[str, Signature] = {}
        self._folders: dict[str, None] = {}
        self._existence: dict[str, str] = {}
        self._variables: dict[str, str] = {}
        self._environment = ""
        self._made: set[str] = set()
        self._databases: set[str] = set()
        self._code: set[str] = set()
        self._modules: set[str] = set()
        self._packages: set[str] = set()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read."""
        paths = (self._files, self._folders, self._existence)
        names = (self._variables, self._code, self._modules, self._packages)
        return not self._environment and not any(paths) and not any(names)

    def note_file(self, path: str) -> None:
        """Note that a file is opened to be read."""
        if path not in self._files and path not in self._made:
            self._files[path] = _sign(path)

    def has_read(self, path: str) -> bool:
        """Whether a file was noted before."""
        return path in self._files and path not in self._databases

    def note_database(self, path: str) -> None:
        """Note that a file of a database is opened: read as it is now, unless the code changes it."""
        self.note_file(path)
        self._databases.add(path)

    def note_folder(self, path: str) -> None:
        """Note that a folder is listed."""
        if path not in self._made:
            self._folders[path] = None

    def note_existence(self, path: str) -> None:
        """Note that somebody asks whether something is there."""
        if path not in self._existence and path not in self._files and path not in self._made:
            self._existence[path] = describe_existence(path)

    def note_variable(self, name: str, value: str | None) -> None:
        """Note that a variable of the environment is looked up, with its value before anything sets it."""
        if not self._environment:
            self._variables.setdefault(name, digest_text(value))

    def note_environment(self) -> None:
        """Note that all variables are looked up."""
        self._environment = self._environment or digest_environment()

    def note_arrival(self, value: Any) -> Any:
        """Note the classes of the objects of an input: their code came with the data.

        Returns:
            The input; of a dict of functions that load partitions, one whose functions note what they load.
        """
        if isinstance(value, dict) and value and all(isinstance(one, MethodType) for one in value.values()):
            return {name: functools.partial(self._load_noted, load) for name, load in value.items()}
        own, packages = find_classes(value)
        self._code |= {f"{one.__module__}:{one.__qualname__}" for one in own}
        self._packages |= packages
        return value

    def note_code(self, module: str, name: str) -> None:
        """Note that a class or function of the project is looked up by a computed name."""
        self._code.add(f"{module}:{name}")

    def note_module(self, name: str) -> None:
        """Note that a module of the project is imported by a computed name."""
        self._modules.add(name)

    def note_package(self, top: str) -> None:
        """Note that something of a package is reached by a computed name."""
        self._packages.add(top)

    def _load_noted(self, load: Callable[[], Any]) -> Any:
        return self.note_arrival(load())

    def note_made(self, path: str) -> None:
        """Note that a path is written, renamed or removed."""
        self._made.add(path)

    def finish(self, now: ReadingNow) -> tuple[tuple[Reading, ...], bool]:
        """Digest what was read.

        Returns:
            The readings, and whether all of it is still what was read.
        """
        found: list[Reading] = []
        is_same = True
        for path, signature in self._files.items():
            digest = ABSENT if signature is None else now.digest_file(path)
            if _sign(path) != signature:
                if path in self._made or path in self._databases:
                    continue  # it was read, and then written by the same code
                is_same = False
                digest = f"changed {signature}"
            found.append(Reading("file", now.shorten(path), digest))
        for path in self._folders:
            made = tuple(sorted({Path(one).name for one in self._made if str(Path(one).parent) == path}))
            found.append(Reading("folder", now.shorten(path) or ".", digest_names(path, made), made))
        for path, kind in self._existence.items():
            if path not in self._files and path not in self._made:
                found.append(Reading("existence", now.shorten(path) or ".", kind))
        found += [Reading("variable", name, digest) for name, digest in self._variables.items()]
        others = [Reading("code", name, "") for name in self._code]
        others += [Reading("module", name, "") for name in self._modules]
        others += [Reading("package", name, "") for name in self._packages]
        found += [Reading(one.kind, one.name, now.digest(one)) for one in others]
        if self._environment:
            found.append(Reading("environment", "", self._environment))
        return tuple(sorted(found)), is_same


def _sign(path: str) -> Signature:
    try:
        stat = _stat(path)
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
