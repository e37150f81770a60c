"""Digesting, locking and atomic replacement of files and folders, local and remote ones.

A path with a scheme (``s3://…``) is remote and uses fsspec, which is imported only then.
"""

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from treadle.errors import DataError, MissingExtraError
from treadle.private import (
    check_links,
    close_to_others,
    find_home,
    prepare_home,
)

INTENT = "COMMIT.json"
"""A file in a staging folder that marks it as complete and lists what is to be moved in place."""

_ABANDONED = 3600.0  # seconds
_CLONE = 0x40049409  # FICLONE of Linux
_COPY_BLOCK = 1 << 20
_DIGEST_BLOCK = 8 << 20
_THREADS_FROM = 1 << 20  # below this, threads cost more than they save

Content = tuple[str, int]
"""The digest of content, ``blake3:<64 hex digits>``, and its size in bytes."""


def is_remote(location: str) -> bool:
    """Return whether a location has a scheme other than ``file``."""
    scheme, separator, _ = location.partition("://")
    return bool(separator) and scheme != "file"


def remote_filesystem(location: str, options: dict[str, Any]) -> tuple[Any, str]:
    """Open the file system of a remote location.

    Args:
        location: A URL such as ``s3://bucket/key``.
        options: What fsspec passes to the file system, including credentials.

    Returns:
        The fsspec file system, and the location's path in it.

    Raises:
        MissingExtraError: The scheme's own library is not installed.
    """
    import fsspec

    scheme = location.partition("://")[0]
    try:
        filesystem, path = fsspec.core.url_to_fs(location, **options)
    except ImportError as error:
        library = filesystem_library(location) or "what reads it"
        raise MissingExtraError(f'The location "{scheme}://…"', library, "") from error
    except ValueError as error:
        raise DataError(f'The scheme of "{scheme}://…" is not known: {error}.') from error
    return filesystem, str(path)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; a link, a device or a pipe is an error.

    Raises:
        FileNotFoundError: It does not exist.
        OSError: It is not a regular file, or cannot be read.
    """
    # Do not wait for the other end of a pipe.
    flags = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "something that is not a file", str(path))
    return os.fdopen(descriptor, "rb")


def filesystem_library(location: str) -> str:
    """Return the library that a remote location needs besides fsspec; empty if none is known.

    Examples:
        >>> filesystem_library("s3://bucket/key"), filesystem_library("memory://key")
        ('s3fs', '')
    """
    from fsspec.registry import known_implementations

    scheme = location.partition("://")[0]
    known = known_implementations.get(scheme, {})
    module = str(known.get("class", "")).partition(".")[0]
    if module not in ("", "fsspec"):
        return module
    # fsspec's own classes name what they need in a sentence: 'Requires "paramiko" to be installed'.
    match = re.search(
        r"(?i)(?:requires|install|needs) [`\'\"]?([a-z][\w.-]*)", str(known.get("err", ""))
    )
    return match[1] if match else ""


def digest_file(path: str | os.PathLike[str]) -> Content:
    """Digest a local file as it was read; concurrent writes may be included."""
    from blake3 import blake3

    # Read, not memory-mapped: if a mapped file is truncated, this process dies of a bus error.
    hasher = blake3()
    size = 0
    with Path(path).open("rb", buffering=0) as file:
        block = bytearray(min(_DIGEST_BLOCK, max(os.fstat(file.fileno()).st_size, 1) + 1))
        if len(block) > _THREADS_FROM:
            hasher = blake3(max_threads=blake3.AUTO)
        view = memoryview(block)
        while count := file.readinto(block):
            hasher.update(view[:count])
            size += count
    return f"blake3:{hasher.hexdigest()}", size


def digest_folder(
    path: str | os.PathLike[str], digest: Callable[[str | os.PathLike[str]], Content] = digest_file
) -> Content:
    """Digest a local folder by a manifest: the sorted names, digests and sizes of its files."""
    from blake3 import blake3

    root = Path(path)
    hasher = blake3()
    total = 0
    for file in sorted(
        p for p in root.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(root))
    ):
        found, size = digest(file)
        total += size
        hasher.update(f"{file.relative_to(root).as_posix()}\0{found}\0{size}\n".encode())
    return f"blake3:{hasher.hexdigest()}", total


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


def create_folder(path: Path, *, private: bool = False) -> None:
    """Create a folder and its parents, if they do not exist.

    ``.treadle`` becomes readable by its owner only, whatever the umask and even if it exists, and
    ignores itself in git.

    Args:
        path: The folder.
        private: Whether only its owner may read it; always so below ``.treadle``.

    Raises:
        DataError: It cannot be created, with the reason of the operating system.
    """
    try:
        home = find_home(path)
        if home is None:
            path.mkdir(0o700 if private else 0o777, parents=True, exist_ok=True)
            return
        prepare_home(home)
        check_links(path)
        for folder in reversed([one for one in (path, *path.parents) if not one.exists()]):
            folder.mkdir(0o700, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The folder {path} cannot be created: {error.strerror}.",
            hint="Check the permissions of its parent, or choose another folder.",
        ) from error


def stage_path(target: Path) -> Path:
    """Return a new hidden path next to a target, on the same file system."""
    return target.with_name(f".{target.name[:180]}.stage-{secrets.token_hex(6)}")


def sync_file(path: Path) -> None:
    """Flush a file's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to the disk, so that a rename in it survives a power cut."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(descriptor)
    except OSError:  # some network file systems cannot, and there is no alternative
        pass
    finally:
        os.close(descriptor)


def sweep_stages(folder: Path) -> None:
    """Remove staging files that processes left in a folder when they died while writing.

    Only those not modified for an hour, except complete ones that wait to be moved in place.
    """
    oldest = time.time() - _ABANDONED
    for stage in folder.glob(".*.stage-*"):
        with contextlib.suppress(OSError):
            if stage.lstat().st_mtime < oldest and not (stage / INTENT).exists():
                remove(stage)


@contextlib.contextmanager
def replace_atomically(target: Path) -> Iterator[Path]:
    """Yield a path to write to; what is written there replaces the target atomically.

    The block writes a file to that path. When the block ends, the file is flushed to the disk and
    renamed over the target. When it raises, the target is unchanged.
    """
    create_folder(target.parent)
    stage = stage_path(target)
    try:
        yield stage
        if find_home(target) is not None:
            close_to_others(stage)
        sync_file(stage)
        stage.replace(target)
    except BaseException:
        remove(stage)
        raise
    sync_folder(target.parent)


def write_atomically(target: Path, content: bytes) -> None:
    """Write a small file atomically."""
    with replace_atomically(target) as stage:
        stage.write_bytes(content)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file to a new path; file systems that can, share its blocks until one is modified.

    Raises:
        OSError: It cannot be read or written.
    """
    if not _clone(source, target):
        with source.open("rb") as reading, target.open("xb") as writing:
            shutil.copyfileobj(reading, writing, _COPY_BLOCK)


def share_file(source: Path, target: Path) -> None:
    """Store an immutable file under a second path without a copy: by shared blocks, or a hard link.

    If it is linked, it is made read-only first. If neither works, it is copied.

    Raises:
        OSError: It cannot be read or written.
    """
    if _clone(source, target):
        return
    try:
        source.chmod(source.stat().st_mode & ~0o222)
        os.link(source, target)
    except OSError:
        copy_file(source, target)


def _clone(source: Path, target: Path) -> bool:
    import fcntl

    with source.open("rb") as reading:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            fcntl.ioctl(descriptor, _CLONE, reading.fileno())
        except OSError:
            target.unlink()
            return False
        finally:
            os.close(descriptor)
    return True


def remove(path: Path) -> None:
    """Remove a file or a folder, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


@contextlib.contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Hold a lock between processes for a short while; the system frees it if this one dies."""
    import fcntl

    create_folder(lock.parent)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def local_copy(filesystem: Any, path: str) -> Iterator[Path]:
    """Yield the path of a temporary local copy of a remote file."""
    with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
        local = Path(folder) / Path(path).name
        filesystem.get_file(path, str(local))
        yield local
