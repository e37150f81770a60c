"""Versions of a file: ``<filepath>/<version>/<filename>``, the layout of Kedro.

A version appears by one rename of its folder, when its file is complete and on the disk; so the
latest is the greatest name, and a failed save has none.
"""

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from treadle.catalog.location import LocalLocation, Location
from treadle.errors import CatalogError, DataError, DataNotFoundError, nearest
from treadle.files import (
    copy_file,
    create_folder,
    digest_file,
    remove,
    share_file,
    stage_path,
    sweep_stages,
    sync_file,
    sync_folder,
)

_FORMAT: Final = "%Y-%m-%dT%H.%M.%S.%f"
_NAME: Final = re.compile(r"[\w\-][\w\-.:+]*")
_held: ContextVar[dict[int, str] | None] = ContextVar("held_versions", default=None)


@contextlib.contextmanager
def hold_versions() -> Iterator[dict[int, str]]:
    """Pin each dataset to one version within the block: the one saved, or loaded first.

    So a run does not mix its own versions with those that another run saves meanwhile.
    """
    held: dict[int, str] = {}
    token = _held.set(held)
    try:
        yield held
    finally:
        _held.reset(token)


def new_version(now: datetime | None = None) -> str:
    """Return a version name of the time in UTC, to the millisecond."""
    return f"{(now or datetime.now(UTC)).strftime(_FORMAT)[:-3]}Z"


def is_version(name: str) -> bool:
    """Return whether a name has the form of a version, not of a run.

    Examples:
        >>> is_version("2026-01-31T12.00.00.000Z"), is_version("baseline")
        (True, False)
    """
    return re.match(r"\d{4}(?:-|$)", name) is not None or ".." in name


def check_version(name: str) -> str:
    """Reject a version name that could be a path to another location.

    Raises:
        CatalogError: It has characters that a version does not have.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise CatalogError(
            f"{name!r} is not the name of a version.",
            hint="A version looks like 2026-01-31T12.00.00.000Z.",
        )
    return name


class Versions:
    """The versions below one location.

    Args:
        location: The ``filepath`` of the catalog.
        pinned: The version to load instead of the latest.
    """

    def __init__(self, location: Location, pinned: str = "") -> None:
        self._location = location
        self._filename = PurePosixPath(str(location)).name
        self._pinned = check_version(pinned) if pinned else ""

    def names(self) -> list[str]:
        """List the versions, the oldest first."""
        return [
            name
            for name in self._location.children()
            if self._location.child(name, self._filename).exists()
        ]

    def latest(self) -> str:
        """Return the name of the version that is loaded.

        Raises:
            DataNotFoundError: There is none, or not the pinned one.
        """
        held = _held.get()
        if held is None or self._pinned:
            return self._find_latest()
        if id(self) not in held:
            held[id(self)] = self._find_latest()
        return held[id(self)]

    def check_pinned(self) -> None:
        """Check that the pinned version exists.

        Raises:
            DataNotFoundError: It does not.
        """
        names = self.names() if self._pinned else []
        if self._pinned and self._pinned not in names:
            raise DataNotFoundError(
                f"{self._location} has no version {self._pinned}.",
                hint=nearest(self._pinned, names),
            )

    def _find_latest(self) -> str:
        if self._pinned:
            self.check_pinned()
            return self._pinned
        names = self.names()
        if not names:
            flat = isinstance(self._location, LocalLocation) and self._location.path.is_file()
            raise DataNotFoundError(
                f"{self._location} has no versions{', it is a file' if flat else ''}.",
                hint="Move it away, or drop versioned: true." if flat else "Save one first.",
            )
        return names[-1]

    def location(self, version: str) -> Location:
        """Return the location of a version's file."""
        return self._location.child(version, self._filename)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Path]:
        """Yield a path to write a new version to; it is the latest when the block ends.

        Raises:
            DataError: A file has the path of the folder.
        """
        if not isinstance(self._location, LocalLocation):
            version = self._next()
            with self.location(version).writing() as path:
                yield path
            self._hold(version)
            return
        folder = self._location.path
        if folder.is_file():
            raise DataError(
                f"{folder} is a file, where versions are to be kept.",
                hint="Move it away, or drop versioned: true from the catalog.",
            )
        create_folder(folder)
        sweep_stages(folder)
        stage = stage_path(folder / "version")
        stage.mkdir()
        try:
            yield stage / self._filename
            self._share_content(stage / self._filename)
            _sync(stage / self._filename)
            sync_folder(stage)
            version = self._appear(stage)
        except BaseException:
            remove(stage)
            raise
        sync_folder(folder)
        self._hold(version)

    def _appear(self, stage: Path) -> str:
        """Move a version in place under the next free name, and return that."""
        while True:
            version = self._next()
            try:
                # Renaming onto a folder that is not empty fails: no version is ever replaced.
                os.rename(stage, stage.with_name(version))  # noqa: PTH104
            except OSError as error:  # another run has saved in the same millisecond
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            else:
                return version

    def _hold(self, version: str) -> None:
        held = _held.get()
        if held is not None:
            held[id(self)] = version

    def _share_content(self, path: Path) -> None:
        """Store content once if another version has the same; folders are stored as they are."""
        if path.is_dir():
            return
        size = path.stat().st_size
        digest = ""
        for version in reversed(self.names()):
            other = self.location(version)
            if (
                not isinstance(other, LocalLocation)
                or other.path.is_dir()
                or other.path.stat().st_size != size
                or not size
            ):
                continue
            digest = digest or digest_file(path)[0]
            if other.content()[0] == digest:
                shared = stage_path(path)
                share_file(other.path, shared)
                shared.replace(path)
                return

    def restore(self, version: str) -> str:
        """Save the content of an old version as the latest one; return the new version's name.

        Raises:
            DataNotFoundError: There is no such version.
        """
        if version not in self.names():
            raise DataNotFoundError(
                f"{self._location} has no version {version}.", hint=nearest(version, self.names())
            )
        with hold_versions() as held:
            with self.location(version).reading() as old, self.writing() as path:
                if isinstance(self._location, LocalLocation):
                    _share(old, path)
                else:
                    copy_file(old, path)
            return held[id(self)]

    def drop(self, version: str) -> None:
        """Remove a version; it disappears atomically."""
        if not isinstance(self._location, LocalLocation):
            raise DataError(f"Versions at {self._location} are not deleted by Treadle.")
        folder = self._location.path / check_version(version)
        stage = stage_path(folder)
        folder.rename(stage)
        remove(stage)

    def _next(self) -> str:
        """Return a version name after all existing ones, even when the clock went backwards."""
        names = self.names()
        version = new_version()
        if names and version <= names[-1]:
            with contextlib.suppress(ValueError):
                last = datetime.strptime(names[-1].rstrip("Z"), _FORMAT).replace(tzinfo=UTC)
                version = new_version(last + timedelta(milliseconds=1))
        return version


def _sync(path: Path) -> None:
    """Flush a file, or all files of a folder, to the disk."""
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file():
            sync_file(file)


def _share(old: Path, path: Path) -> None:
    """Hard-link a file, or each file of a folder, under a second name."""
    if old.is_file():
        share_file(old, path)
        return
    for file in sorted(old.rglob("*")):
        if file.is_file():
            target = path / file.relative_to(old)
            target.parent.mkdir(parents=True, exist_ok=True)
            share_file(file, target)
