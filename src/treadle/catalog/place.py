"""Where a dataset's content lies: a path of this machine, or a URL. Both commit atomically."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

from treadle.catalog.contents import Contents
from treadle.catalog.libraries import require_library
from treadle.errors import DataError, DataNotFoundError
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

__all__ = ["LocalPlace", "Place", "RemotePlace", "find_place"]


class Place(Protocol):
    """Somewhere that a content lies, or can be put."""

    is_local: bool

    def require(self) -> None:
        """Check that the library is installed that reads it.

        Raises:
            MissingExtraError: It is not.
        """
        ...

    def exists(self) -> bool:
        """Tell whether something is there."""
        ...

    def children(self) -> list[str]:
        """List the names of what lies below, hidden ones left out; none if it is no folder."""
        ...

    def child(self, *names: str) -> "Place":
        """Name a place below."""
        ...

    def files(self, *, depth: int | None = None, folders: bool = False) -> list[str]:
        """List the files below by their relative names, sorted; hidden ones are left out.

        Args:
            depth: How many levels are searched; all of them if not given.
            folders: Whether folders are listed, too.
        """
        ...

    def reading(self) -> contextlib.AbstractContextManager[Path]:
        """Give a path of this machine to read from.

        Raises:
            DataNotFoundError: Nothing is there.
        """
        ...

    def writing(self) -> contextlib.AbstractContextManager[Path]:
        """Give a path to write to; what is there when the block ends is put in place at once."""
        ...

    def content(self) -> Content:
        """Digest what is there and measure it."""
        ...

    def remove(self) -> None:
        """Remove what is there."""
        ...


class LocalPlace:
    """A path of this machine."""

    is_local = True

    def __init__(self, path: Path, contents: Contents | None = None) -> None:
        self.path = path
        self._contents = contents or Contents()

    def require(self) -> None:
        """Return at once: nothing more is needed for a path."""

    def exists(self) -> bool:
        """Tell whether something is there."""
        return self.path.exists()

    def children(self) -> list[str]:
        """List the names of what lies below."""
        if not self.path.is_dir():
            return []
        return sorted(entry.name for entry in self.path.iterdir() if not entry.name.startswith("."))

    def child(self, *names: str) -> "LocalPlace":
        """Name a place below."""
        return LocalPlace(self.path.joinpath(*names), self._contents)

    def files(self, *, depth: int | None = None, folders: bool = False) -> list[str]:
        """List the files below; links to folders are followed."""
        found: list[str] = []
        for here, inner, names in os.walk(self.path, followlinks=True):
            relative = Path(here).relative_to(self.path)
            inner[:] = [name for name in inner if not name.startswith(".") and not _is_cycle(here, name)]
            listed = [name for name in names if not name.startswith(".")] + (inner if folders else [])
            found += [(relative / name).as_posix() for name in listed]
            if depth is not None and len(relative.parts) + 1 >= depth:
                inner.clear()
        return sorted(found)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Path]:
        """Give the path itself."""
        if not self.path.exists():
            raise DataNotFoundError(f"There is no {self.path}.", hint=self._what_is_there())
        yield self.path

    def _what_is_there(self) -> str:
        folder = self.path.parent
        while not folder.exists():
            folder = folder.parent
        names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))[:8]
        return f"In {folder} there is: {', '.join(names)}." if names else f"The folder {folder} is empty."

    @contextlib.contextmanager
    def writing(self) -> Iterator[Path]:
        """Give a path beside; the file written there replaces the old one in one step."""
        if self.path.is_dir():
            raise DataError(
                f"{self.path} is a folder, where a file is to be written.",
                hint="Was the dataset versioned or partitioned before? Move the folder away or change the filepath.",
            )
        with replace_atomically(self.path) as stage:
            yield stage

    def content(self) -> Content:
        """Digest what is there; remembered as long as the file is the same one and unchanged."""
        return self._contents.of(self.path)

    def remove(self) -> None:
        """Remove the file or folder."""
        remove(self.path)

    def __str__(self) -> str:
        return str(self.path)


def _is_cycle(folder: str, name: str) -> bool:
    """Whether a folder is a link to one that it is in."""
    path = os.path.join(folder, name)  # noqa: PTH118 - for every folder of many
    return os.path.islink(path) and Path(folder).resolve().is_relative_to(Path(path).resolve())  # noqa: PTH114


_RENAMING: Final = frozenset({"file", "sftp", "ssh", "smb", "ftp", "hdfs", "webhdfs"})


class RemotePlace:
    """A URL that fsspec knows. Object stores put an object in one step; others get a rename."""

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

    def _open(self) -> tuple[Any, str]:
        if self._opened is None:
            self._opened = remote_filesystem(self.url, self._options)
        return self._opened

    def exists(self) -> bool:
        """Tell whether something is there."""
        filesystem, path = self._open()
        return bool(filesystem.exists(path))

    def children(self) -> list[str]:
        """List the names of what lies below."""
        filesystem, path = self._open()
        if not filesystem.isdir(path):
            return []
        names = {PurePosixPath(entry.rstrip("/")).name for entry in filesystem.ls(path, detail=False)}
        return sorted(name for name in names if not name.startswith("."))

    def child(self, *names: str) -> "RemotePlace":
        """Name a place below."""
        return RemotePlace("/".join((self.url.rstrip("/"), *names)), self._options)

    def files(self, *, depth: int | None = None, folders: bool = False) -> list[str]:
        """List the files below, as the file system knows them now."""
        filesystem, path = self._open()
        filesystem.invalidate_cache()
        if not filesystem.isdir(path):
            return []
        root = PurePosixPath(path)
        listed = filesystem.find(path, maxdepth=depth, withdirs=folders)
        relative = [PurePosixPath(entry.rstrip("/")) for entry in listed]
        names = [one.relative_to(root) for one in relative if one != root]
        return sorted(str(one) for one in names if not any(part.startswith(".") for part in one.parts))

    @contextlib.contextmanager
    def reading(self) -> Iterator[Path]:
        """Give a copy on this machine."""
        if not self.exists():
            raise DataNotFoundError(f"There is no {self}.")
        filesystem, path = self._open()
        with local_copy(filesystem, path) as local:
            yield local

    @contextlib.contextmanager
    def writing(self) -> Iterator[Path]:
        """Give a path on this machine; the file written there is sent when the block ends."""
        filesystem, path = self._open()
        with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
            local = Path(folder) / PurePosixPath(path).name
            yield local
            parent = path.rpartition("/")[0]
            if parent:
                filesystem.makedirs(parent, exist_ok=True)
            protocols = {filesystem.protocol} if isinstance(filesystem.protocol, str) else set(filesystem.protocol)
            if protocols & _RENAMING:
                stage = f"{parent}/{stage_path(Path(path)).name}"
                filesystem.put_file(str(local), stage)
                filesystem.mv(stage, path)
            else:
                filesystem.put_file(str(local), path)

    def content(self) -> Content:
        """Give the file system's own token for the content: an ETag, or time and size."""
        filesystem, path = self._open()
        return f"ukey:{filesystem.ukey(path)}", int(filesystem.size(path) or 0)

    def remove(self) -> None:
        """Remove the object, or all below."""
        filesystem, path = self._open()
        filesystem.rm(path, recursive=True)

    def __str__(self) -> str:
        return mask(self.url)


def find_place(
    filepath: str | os.PathLike[str], root: Path, options: dict[str, Any], contents: Contents | None = None
) -> Place:
    """Find the place of a ``filepath`` of the catalog; relative ones count from the project.

    Args:
        filepath: A path or URL.
        root: The project's folder.
        options: For the remote file system.
        contents: What remembers digests of local files.
    """
    text = os.fspath(filepath)
    if is_remote(text):
        return RemotePlace(text, options)
    return LocalPlace(root / Path(text.removeprefix("file://")).expanduser(), contents)
