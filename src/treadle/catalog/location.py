"""Locations of datasets: a local path, or a URL. Both commit atomically."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

from treadle.catalog.digests import FileDigests
from treadle.catalog.libraries import require_library
from treadle.errors import DataError, DataNotFoundError, TreadleError
from treadle.files import (
    Content,
    filesystem_library,
    is_remote,
    local_copy,
    remote_filesystem,
    remove,
    replace_atomically,
    stage_path,
)
from treadle.masking import mask, remember_addresses


class Location(Protocol):
    """A location where content is, or can be, stored."""

    is_local: bool

    def require(self) -> None:
        """Check that the library that reads it is installed.

        Raises:
            MissingExtraError: It is not.
        """
        ...

    def exists(self) -> bool:
        """Return whether there is content."""
        ...

    def children(self) -> list[str]:
        """List the names of its children, without hidden ones; none if it is not a folder."""
        ...

    def child(self, *names: str) -> "Location":
        """Return the location of a child."""
        ...

    def files(self, *, depth: int | None = None, folders: bool = False) -> list[str]:
        """List the files below by their relative names, sorted and without hidden ones.

        Args:
            depth: How many levels are searched; all of them if not given.
            folders: Whether folders are listed, too.
        """
        ...

    def reading(self) -> contextlib.AbstractContextManager[Path]:
        """Yield a local path to read from.

        Raises:
            DataNotFoundError: There is no content.
        """
        ...

    def writing(self) -> contextlib.AbstractContextManager[Path]:
        """Yield a path to write to; its content is moved in place atomically at the block's end."""
        ...

    def content(self) -> Content:
        """Return the digest and size of the content."""
        ...

    def remove(self) -> None:
        """Remove the content."""
        ...


class LocalLocation:
    """A local path."""

    is_local = True

    def __init__(self, path: Path, digests: FileDigests | None = None) -> None:
        self.path = path
        self._digests = digests or FileDigests()

    def require(self) -> None:
        """Return at once: a path needs no library."""

    def exists(self) -> bool:
        """Return whether the path exists."""
        return self.path.exists()

    def children(self) -> list[str]:
        """List the names of its children."""
        if not self.path.is_dir():
            return []
        return sorted(entry.name for entry in self.path.iterdir() if not entry.name.startswith("."))

    def child(self, *names: str) -> "LocalLocation":
        """Return the location of a child."""
        return LocalLocation(self.path.joinpath(*names), self._digests)

    def files(self, *, depth: int | None = None, folders: bool = False) -> list[str]:
        """List the files below; links to folders are followed."""
        files: list[str] = []
        for here, inner, names in os.walk(self.path, followlinks=True):
            relative = Path(here).relative_to(self.path)
            inner[:] = [
                name for name in inner if not name.startswith(".") and not _is_cycle(here, name)
            ]
            listed = [name for name in names if not name.startswith(".")] + (
                inner if folders else []
            )
            files += [(relative / name).as_posix() for name in listed]
            if depth is not None and len(relative.parts) + 1 >= depth:
                inner.clear()
        return sorted(files)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Path]:
        """Yield the path itself."""
        if not self.path.exists():
            raise DataNotFoundError(f"There is no {self.path}.", hint=self._what_is_there())
        yield self.path

    def _what_is_there(self) -> str:
        folder = self.path.parent
        while not folder.exists():
            folder = folder.parent
        names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))[
            :8
        ]
        return (
            f"In {folder} there is: {', '.join(names)}."
            if names
            else f"The folder {folder} is empty."
        )

    @contextlib.contextmanager
    def writing(self) -> Iterator[Path]:
        """Yield a path next to it; the file written there replaces the old one atomically."""
        if self.path.is_dir():
            raise DataError(
                f"{self.path} is a folder, where a file is to be written.",
                hint="Was the dataset versioned or partitioned before? Move the folder away or "
                "change the filepath.",
            )
        with replace_atomically(self.path) as stage:
            yield stage

    def content(self) -> Content:
        """Return the digest and size; cached as long as the file is the same and unchanged."""
        return self._digests.of(self.path)

    def remove(self) -> None:
        """Remove the file or folder."""
        remove(self.path)

    def __str__(self) -> str:
        return str(self.path)


def _is_cycle(folder: str, name: str) -> bool:
    """Return whether a folder is a link to one of its ancestors."""
    path = os.path.join(folder, name)  # noqa: PTH118 - for every folder of many
    return os.path.islink(path) and Path(folder).resolve().is_relative_to(Path(path).resolve())  # noqa: PTH114


_RENAMING: Final = frozenset({"file", "sftp", "ssh", "smb", "ftp", "hdfs", "webhdfs"})


class RemoteLocation:
    """A URL that fsspec supports. Object stores upload an object atomically; others rename."""

    is_local = False

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        remember_addresses(url)
        self.url = url
        self._options = options
        self._opened: tuple[Any, str] | None = None

    def require(self) -> None:
        """Check that the library of its scheme is installed, without a connection."""
        library = filesystem_library(self.url)
        if library:
            require_library(library, f'The location "{self.url.partition("://")[0]}://…"', "")

    @contextlib.contextmanager
    def _opened_there(self) -> Iterator[tuple[Any, str]]:
        """Open the file system; its errors of many kinds become one that names the location.

        Raises:
            DataError: It cannot be reached, or denies access.
        """
        try:
            if self._opened is None:
                self._opened = remote_filesystem(self.url, self._options)
            yield self._opened
        except (TreadleError, FileNotFoundError):
            raise
        except Exception as error:
            text = str(error).strip().partition("\n")[0]
            raise DataError(
                f"{self} cannot be reached: {mask(f'{type(error).__name__}: {text}')}",
                hint="Check the address, the credentials and the connection.",
            ) from error

    def exists(self) -> bool:
        """Return whether there is content."""
        with self._opened_there() as (filesystem, path):
            return bool(filesystem.exists(path))

    def children(self) -> list[str]:
        """List the names of its children."""
        with self._opened_there() as (filesystem, path):
            if not filesystem.isdir(path):
                return []
            entries = filesystem.ls(path, detail=False)
        names = {PurePosixPath(entry.rstrip("/")).name for entry in entries}
        return sorted(name for name in names if not name.startswith("."))

    def child(self, *names: str) -> "RemoteLocation":
        """Return the location of a child."""
        return RemoteLocation("/".join((self.url.rstrip("/"), *names)), self._options)

    def files(self, *, depth: int | None = None, folders: bool = False) -> list[str]:
        """List the files below, as the file system knows them now."""
        with self._opened_there() as (filesystem, path):
            filesystem.invalidate_cache()
            if not filesystem.isdir(path):
                return []
            listed = filesystem.find(path, maxdepth=depth, withdirs=folders)
        root = PurePosixPath(path)
        relative = [PurePosixPath(entry.rstrip("/")) for entry in listed]
        files = [file.relative_to(root) for file in relative if file != root]
        return sorted(
            str(file) for file in files if not any(part.startswith(".") for part in file.parts)
        )

    @contextlib.contextmanager
    def reading(self) -> Iterator[Path]:
        """Yield a local copy."""
        if not self.exists():
            raise DataNotFoundError(f"There is no {self}.")
        with contextlib.ExitStack() as stack:
            with self._opened_there() as (filesystem, path):
                local = stack.enter_context(local_copy(filesystem, path))
            yield local

    @contextlib.contextmanager
    def writing(self) -> Iterator[Path]:
        """Yield a local path; the file written there is uploaded when the block ends."""
        with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
            local = Path(folder) / (PurePosixPath(self.url).name or "content")
            yield local
            with self._opened_there() as (filesystem, path):
                _send(filesystem, local, path)

    def content(self) -> Content:
        """Return the file system's own token for the content: an ETag, or time and size."""
        with self._opened_there() as (filesystem, path):
            return f"ukey:{filesystem.ukey(path)}", int(filesystem.size(path) or 0)

    def remove(self) -> None:
        """Remove the object, or all objects below."""
        with self._opened_there() as (filesystem, path):
            filesystem.rm(path, recursive=True)

    def __str__(self) -> str:
        return mask(self.url)


def _send(filesystem: Any, local: Path, path: str) -> None:
    """Upload a local file atomically: as an object, or by a rename."""
    parent = path.rpartition("/")[0]
    if parent:
        filesystem.makedirs(parent, exist_ok=True)
    protocol = filesystem.protocol
    protocols = {protocol} if isinstance(protocol, str) else set(protocol)
    if protocols & _RENAMING:
        stage = f"{parent}/{stage_path(Path(path)).name}"
        filesystem.put_file(str(local), stage)
        filesystem.mv(stage, path)
    else:
        filesystem.put_file(str(local), path)


def find_location(
    filepath: str | os.PathLike[str],
    root: Path,
    options: dict[str, Any],
    digests: FileDigests | None = None,
) -> Location:
    """Return the location of a ``filepath`` of the catalog; relative ones start at the project.

    Args:
        filepath: A path or URL.
        root: The project's folder.
        options: For the remote file system.
        digests: The cache of digests of local files.
    """
    text = os.fspath(filepath)
    if is_remote(text):
        return RemoteLocation(text, options)
    return LocalLocation(root / Path(text.removeprefix("file://")).expanduser(), digests)
