"""Collects what one piece of code reads while it runs."""

import functools
import os
import stat
from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any, Final

from treadle.engine.observed.readings import (
    ABSENT,
    Reading,
    ReadingNow,
    describe_existence,
    digest_environment,
    digest_names,
    digest_text,
)
from treadle.engine.observed.value_classes import find_classes

_stat: Final = os.stat  # the original function, also during observation

Signature = tuple[int, int, int] | None


class Watch:
    """What one piece of code has read and made so far, by absolute path.

    Files that it created do not count as read; files that existed before and that it changed, do.
    """

    def __init__(self) -> None:
        self._files: dict[str, Signature] = {}
        self._folders: dict[str, None] = {}
        self._trees: dict[str, None] = {}
        self._existence: dict[str, str] = {}
        self._variables: dict[str, str] = {}
        self._environment = ""
        self._made: set[str] = set()
        self._changed: set[str] = set()
        self._code: set[str] = set()
        self._modules: set[str] = set()
        self._packages: set[str] = set()
        self._is_whole = True

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read, and nothing was missed."""
        paths = (self._files, self._folders, self._trees, self._existence)
        names = (self._variables, self._code, self._modules, self._packages)
        return self._is_whole and not self._environment and not any(paths) and not any(names)

    def note_file(self, path: str) -> None:
        """Record that a file is opened for reading."""
        if path in self._files or path in self._made:
            return
        try:
            found = _stat(path)
        except OSError:
            self._files[path] = None
            return
        if stat.S_ISREG(found.st_mode):
            self._files[path] = _sign(found)
        elif not stat.S_ISDIR(found.st_mode):
            self._is_whole = False  # a pipe, for example: its content is unknown

    def has_read(self, path: str) -> bool:
        """Return whether a file has been recorded."""
        return path in self._files

    def note_folder(self, path: str) -> None:
        """Record that a folder is listed."""
        if path not in self._made:
            self._folders[path] = None

    def note_tree(self, path: str) -> None:
        """Record that all files in a folder are read."""
        if path not in self._made:
            self._trees[path] = None

    def note_existence(self, path: str) -> None:
        """Record a check whether something exists."""
        if path not in self._existence and path not in self._files and path not in self._made:
            self._existence[path] = describe_existence(path)

    def note_made(self, path: str) -> None:
        """Record that a path was written anew, renamed or removed."""
        self._made.add(path)

    def note_changed(self, path: str) -> None:
        """Record that an existing file is opened for changes: its earlier content may be read."""
        self._changed.add(path)

    def note_failure(self) -> None:
        """Record that recording failed: then what was read is unknown."""
        self._is_whole = False

    def note_variable(self, name: str, value: str | None) -> None:
        """Record the lookup of an environment variable, with its value before anything sets it."""
        if not self._environment:
            self._variables.setdefault(name, digest_text(value))

    def note_environment(self) -> None:
        """Record that all variables are looked up."""
        self._environment = self._environment or digest_environment()

    def note_arrival(self, value: Any) -> Any:
        """Record the classes of the objects of an input: their code came with the data.

        Returns:
            The input; for a dict of partition loaders, one whose functions record their result.
        """
        if (
            isinstance(value, dict)
            and value
            and all(isinstance(one, MethodType) for one in value.values())
        ):
            return {name: functools.partial(self._load_noted, load) for name, load in value.items()}
        own, packages, _ = find_classes(value)
        self._code |= {f"{one.__module__}:{one.__qualname__}" for one in own}
        self._packages |= packages
        return value

    def note_code(self, module: str, name: str) -> None:
        """Record that a class or function of the project is looked up by a computed name."""
        self._code.add(f"{module}:{name}")

    def note_module(self, name: str) -> None:
        """Record that a project module is imported by a computed name."""
        self._modules.add(name)

    def note_package(self, top: str) -> None:
        """Record that something of a package is reached by a computed name."""
        self._packages.add(top)

    def _load_noted(self, load: Callable[[], Any]) -> Any:
        return self.note_arrival(load())

    def finish(self, now: ReadingNow) -> tuple[tuple[Reading, ...], bool]:
        """Digest what was read.

        Returns:
            The readings, and whether all content is still what was read.
        """
        found: list[Reading] = []
        is_same = self._is_whole
        for path, signature in self._files.items():
            digest = ABSENT if signature is None else now.digest_file(path)
            if _sign_path(path) != signature:
                # What the code itself wrote over differs each time; what others wrote is unknown.
                is_same = is_same and (path in self._made or path in self._changed)
                digest = f"changed {signature}"
            found.append(Reading("file", now.shorten(path), digest))
        found += self._folder_readings(now)
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

    def _folder_readings(self, now: ReadingNow) -> Iterator[Reading]:
        made: dict[str, set[str]] = {}
        for path in self._made if self._folders else ():
            folder, name = os.path.split(path)
            made.setdefault(folder, set()).add(name)
        for path in self._folders:
            own = tuple(sorted(made.get(path, ())))
            yield Reading("folder", now.shorten(path) or ".", digest_names(path, own), own)
        for path in self._trees:
            yield Reading("tree", now.shorten(path) or ".", now.digest_tree(path))


def _sign(found: os.stat_result) -> Signature:
    return found.st_size, found.st_mtime_ns, found.st_ino


def _sign_path(path: str) -> Signature:
    try:
        return _sign(_stat(path))
    except OSError:
        return None
