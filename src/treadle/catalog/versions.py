"""Versions of a file: ``<filepath>/<version>/<filename>``, as Kedro lays them out.

A version appears by one rename of its folder, when its file is whole and on the disk; so the
latest is the greatest name, and a save that failed has none.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from treadle.catalog.place import LocalPlace, Place
from treadle.errors import CatalogError, DataError, DataNotFoundError, nearest
from treadle.files import copy_file, create_folder, digest_file, remove, share_file, stage_path, sync_file, sync_folder

__all__ = ["Versions", "check_version", "is_version", "new_version"]

_FORMAT: Final = "%Y-%m-%dT%H.%M.%S.%f"
_NAME: Final = re.compile(r"[\w\-][\w\-.:+]*")


def new_version(now: datetime | None = None) -> str:
    """Name a version after the time, to the millisecond, in UTC."""
    return f"{(now or datetime.now(UTC)).strftime(_FORMAT)[:-3]}Z"


def is_version(name: str) -> bool:
    """Tell whether a name looks like that of a version, and not of a run.

    Examples:
        >>> is_version("2026-01-31T12.00.00.000Z"), is_version("baseline")
        (True, False)
    """
    return re.match(r"\d{4}(?:-|$)", name) is not None or ".." in name


def check_version(name: str) -> str:
    """Refuse a version that could be the name of another place.

    Raises:
        CatalogError: It has other characters than a version has.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise CatalogError(
            f"{name!r} is not the name of a version.", hint="A version looks like 2026-01-31T12.00.00.000Z."
        )
    return name


class Versions:
    """The versions below one place.

    Args:
        place: The ``filepath`` of the catalog.
        pinned: The version to load instead of the latest.
    """

    def __init__(self, place: Place, pinned: str = "") -> None:
        self._place = place
        self._filename = PurePosixPath(str(place)).name
        self._pinned = check_version(pinned) if pinned else ""

    def names(self) -> list[str]:
        """List the versions, the oldest first."""
        return [name for name in self._place.children() if self._place.child(name, self._filename).exists()]

    def latest(self) -> str:
        """Name the version that is loaded.

        Raises:
            DataNotFoundError: There is none, or not the pinned one.
        """
        names = self.names()
        if self._pinned:
            if self._pinned not in names:
                raise DataNotFoundError(
                    f"{self._place} has no version {self._pinned}.", hint=nearest(self._pinned, names)
                )
            return self._pinned
        if not names:
            flat = isinstance(self._place, LocalPlace) and self._place.path.is_file()
            raise DataNotFoundError(
                f"{self._place} has no versions{', it is a file' if flat else ''}.",
                hint="Move it away, or drop versioned: true." if flat else "Save one first.",
            )
        return names[-1]

    def place(self, version: str) -> Place:
        """Give the place of a version's file."""
        return self._place.child(version, self._filename)

    @contextlib.contextmanager
    def writing(self) -> Iterator[tuple[Path, str]]:
        """Give a path to write a new version to, and its name.

        Raises:
            DataError: The place is taken by a file, or two runs made the same version.
        """
        version = self._next()
        if not isinstance(self._place, LocalPlace):
            with self.place(version).writing() as path:
                yield path, version
            return
        folder = self._place.path
        if folder.is_file():
            raise DataError(
                f"{folder} is a file, where versions are to be kept.",
                hint="Move it away, or drop versioned: true from the catalog.",
            )
        create_folder(folder)
        stage = stage_path(folder / version)
        stage.mkdir()
        try:
            yield stage / self._filename, version
            self._share_content(stage / self._filename)
            sync_file(stage / self._filename)
            sync_folder(stage)
            # A rename onto a folder that has something in it fails: no version is ever replaced.
            os.rename(stage, folder / version)  # noqa: PTH104
        except BaseException:
            remove(stage)
            raise
        sync_folder(folder)

    def _share_content(self, path: Path) -> None:
        """Keep a content once that a version has already."""
        size = path.stat().st_size
        digest = ""
        for version in reversed(self.names()):
            other = self.place(version)
            if not isinstance(other, LocalPlace) or other.path.stat().st_size != size or not size:
                continue
            digest = digest or digest_file(path)[0]
            if other.content()[0] == digest:
                shared = stage_path(path)
                share_file(other.path, shared)
                shared.replace(path)
                return

    def restore(self, version: str) -> str:
        """Make an old content the latest again; give the name of its new version.

        Raises:
            DataNotFoundError: There is no such version.
        """
        if version not in self.names():
            raise DataNotFoundError(f"{self._place} has no version {version}.", hint=nearest(version, self.names()))
        with self.place(version).reading() as old, self.writing() as (path, made):
            if isinstance(self._place, LocalPlace):
                share_file(old, path)
            else:
                copy_file(old, path)
        return made

    def drop(self, version: str) -> None:
        """Take a version away; it vanishes at once."""
        if not isinstance(self._place, LocalPlace):
            raise DataError(f"Versions at {self._place} are not taken away by Treadle.")
        folder = self._place.path / check_version(version)
        stage = stage_path(folder)
        folder.rename(stage)
        remove(stage)

    def _next(self) -> str:
        """Name a version behind all that are there, even when the clock went backwards."""
        names = self.names()
        version = new_version()
        if names and version <= names[-1]:
            with contextlib.suppress(ValueError):
                last = datetime.strptime(names[-1].rstrip("Z"), _FORMAT).replace(tzinfo=UTC)
                version = new_version(last + timedelta(milliseconds=1))
        return version
