"""A local folder of partitions that several processes read and write at the same time.

Only the holder of the folder's lock (``flock`` on the folder itself, so that no lock file is left)
may move partitions in place; the system frees the lock when the process dies. So a staging folder
with a note that is found under the lock was left by a writer that died, never by a live one.

Readers list the names under the lock and create a hidden folder, which is locked as long as the
loaded set is in use. Before a partition is replaced, its old content gets a second name in each
such folder: a set that is loaded lazily, one partition after the other, remains the snapshot that
it was when it was listed.
"""

import contextlib
import json
import os
import secrets
import shutil
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from treadle.errors import DataError, TreadleError
from treadle.files import (
    INTENT,
    copy_file,
    create_folder,
    remove,
    stage_path,
    sync_folder,
    write_atomically,
)

_Value = TypeVar("_Value")
_Signature = tuple[int, int, int]

_READER: Final = ".partitions.reader-"


class PartitionFolder:
    """One folder; its files are moved in place and listed under its lock.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def stage(self) -> Path:
        """Return the path of a new hidden staging folder for partitions."""
        return stage_path(self.path / "partitions")

    def commit(
        self, stage: Path, written: Iterable[str], find_removed: Callable[[], Sequence[str]]
    ) -> None:
        """Move all files of a staging folder in place; after a crash, the next commit completes it.

        Args:
            stage: The path that `stage` returned.
            written: The files in it, by their relative names.
            find_removed: Lists the files to remove; called while no other process changes them.

        Raises:
            DataError: Some cannot be moved in place; the next reader or writer does that.
            OSError: The note cannot be written; nothing is changed.
        """
        with self._locked() as is_locked:
            if is_locked:
                self._finish_abandoned()
            note = {"write": sorted(written), "remove": list(find_removed())}
            write_atomically(stage / INTENT, json.dumps(note).encode())
            self._finish(stage)

    def snapshot(self, list_names: Callable[[], list[str]], *, hold: bool) -> "Snapshot":
        """Return a consistent snapshot of the files.

        Args:
            list_names: Lists their relative names; called while no process changes them.
            hold: Whether their contents are to remain readable when they are replaced.
        """
        if not self.path.is_dir():
            return Snapshot(self.path, [], None)
        with self._locked() as is_locked:
            if is_locked:
                self._finish_abandoned()
            return Snapshot(self.path, list_names(), self._register() if hold else None)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[bool]:
        """Hold the folder's lock; yield False if its file system has no locks."""
        import fcntl

        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def _finish_abandoned(self) -> None:
        """Complete commits that a crash interrupted.

        A staging folder without a note may still be written to, and is not touched.
        """
        for stage in sorted(self.path.glob(".partitions.stage-*")):
            if (stage / INTENT).is_file():
                self._finish(stage)
        for reader in self.path.glob(f"{_READER}*"):
            if not _is_held(reader):
                remove(reader)

    def _finish(self, stage: Path) -> None:
        """Move staged files in place; each move can be repeated."""
        try:
            note = json.loads((stage / INTENT).read_bytes())
            readers = [reader for reader in self.path.glob(f"{_READER}*") if _is_held(reader)]
            for name in note["write"]:
                if (stage / name).is_file():
                    create_folder((self.path / name).parent)
                    self._retain(name, readers)
                    (stage / name).replace(self.path / name)
                    sync_folder((self.path / name).parent)
            for name in note["remove"]:
                self._retain(name, readers)
                remove(self.path / name)
        except OSError as error:
            raise DataError(
                f"{self.path}: the new partitions cannot all be put in place: {error.strerror}.",
                hint="They are complete in a hidden folder in it; the next load or save puts the "
                "rest in place.",
            ) from error
        remove(stage)

    def _retain(self, name: str, readers: Iterable[Path]) -> None:
        """Link a file that is about to be replaced into the folder of each loaded set."""
        for reader in readers:
            retained = reader / name
            # The first link is what the reader listed; and a reader that ends removes its folder.
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                retained.parent.mkdir(parents=True, exist_ok=True)
                _link_or_copy(self.path / name, retained)

    def _register(self) -> "_Reader | None":
        reader = self.path / f"{_READER}{secrets.token_hex(6)}"
        try:
            reader.mkdir()
        except OSError:  # read-only, or full: the reader gets an error if the content changes
            return None
        return _Reader(reader)


class Snapshot:
    """A consistent set of files, which can be read until the snapshot is dropped.

    Args:
        folder: The folder of the files.
        names: Their relative names.
        reader: Retains their contents; None if nothing does.
    """

    def __init__(self, folder: Path, names: list[str], reader: "_Reader | None") -> None:
        self.names = names
        self._folder = folder
        self.signatures: Mapping[str, _Signature | None] = {
            name: _sign(folder / name) for name in names
        }
        self._reader = reader

    def read(self, name: str, load: Callable[[Path], _Value]) -> _Value:
        """Load a file as it was when it was listed.

        Raises:
            DataError: It was replaced since, and its old content was not retained.
        """
        path = self._folder / name
        if _sign(path) == self.signatures[name]:
            try:
                value = load(path)
            except TreadleError:
                if _sign(path) == self.signatures[name]:
                    raise
            else:
                if _sign(path) == self.signatures[name]:
                    return value
        retained = self._reader.path / name if self._reader else None
        if retained is None or not retained.exists():
            raise DataError(
                f"{path} was changed after the partitions were loaded.",
                hint="Load them again, so that all of them are of one save.",
            )
        return load(retained)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Snapshot":
        return self


class _Reader:
    """A hidden folder that marks an active reader, as long as this object is in use."""

    def __init__(self, path: Path) -> None:
        import fcntl

        self.path = path
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        weakref.finalize(self, _forget, path, descriptor, os.getpid())

    def __reduce__(self) -> tuple[object, ...]:
        # In another process it holds no lock: contents are retained while the first one lives.
        return (_unpickle, (self.path,))


def _link_or_copy(path: Path, retained: Path) -> None:
    try:
        os.link(path, retained)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError:  # a file system without hard links
        copy = stage_path(retained)
        copy_file(path, copy)
        copy.rename(retained)


def _unpickle(path: Path) -> _Reader:
    reader = _Reader.__new__(_Reader)
    reader.path = path
    return reader


def _forget(path: Path, descriptor: int, owner: int) -> None:
    with contextlib.suppress(OSError):
        os.close(descriptor)
    if os.getpid() == owner:  # a fork shares the lock, and must not release it
        shutil.rmtree(path, ignore_errors=True)


def _is_held(reader: Path) -> bool:
    """Return whether a live process holds a reader's folder."""
    import fcntl

    try:
        descriptor = os.open(reader, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _sign(path: Path) -> _Signature | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
