"""Digests of files, with a cache: a file that is the same and unchanged is not read again."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from treadle.files import Content, digest_file, digest_folder

Signature = tuple[int, int, int, int]
"""Size, modification time of the content and change time of the file (ns), and inode."""

_FRESH: Final = 100_000_000  # ns: the clock of a file system ticks every few milliseconds
_COARSE: Final = 2_000_000_000  # ns: that of some ticks every other second


class DigestMemory(Protocol):
    """A persistent cache of digests."""

    def recall(self, path: str, signature: Signature) -> Content | None:
        """Return the cached digest of a file, if it is the same file and unchanged."""
        ...

    def remember(self, path: str, signature: Signature, content: Content) -> None:
        """Cache the digest of a file."""
        ...


class TooMuchToDigestError(Exception):
    """Raised if a digest requires reading more bytes than the caller allows."""


class FileDigests:
    """The digests of the files of one catalog.

    Attributes:
        memory: The persistent cache of them.
        budget: The number of bytes that may still be read for digests; None is unlimited.
    """

    def __init__(self) -> None:
        self.memory: DigestMemory | None = None
        self.budget: int | None = None
        self._cached: dict[str, tuple[Signature, Content]] = {}

    @contextlib.contextmanager
    def remembering(self, memory: DigestMemory) -> Iterator[None]:
        """Use a persistent cache within the block; it may be closed after that."""
        before, self.memory = self.memory, memory
        try:
            yield
        finally:
            self.memory = before

    def of(self, path: Path) -> Content:
        """Digest a file, or a folder by the files in it."""
        if path.is_dir():
            return digest_folder(path, self.of_file)
        return self.of_file(path)

    def of_file(self, path: str | os.PathLike[str]) -> Content:
        """Digest a file.

        Raises:
            TooMuchToDigestError: It is larger than the rest of the budget.
        """
        name = os.fspath(path)
        now = time.time_ns()
        signature = sign_file(name)
        cached = self._cached.get(name)
        if cached is not None and cached[0] == signature:
            return cached[1]
        content = self.memory.recall(name, signature) if self.memory is not None else None
        if content is None:
            self._spend(signature[0])
            content = digest_file(path)
            if (
                self.memory is not None
                and is_settled(signature, now)
                and sign_file(name) == signature
            ):
                self.memory.remember(name, signature, content)
        self._cached[name] = (signature, content)
        return content

    def _spend(self, size: int) -> None:
        if self.budget is None:
            return
        if size > self.budget:
            raise TooMuchToDigestError
        self.budget -= size


def sign_file(path: str | os.PathLike[str]) -> Signature:
    """Return what distinguishes a file from other files and from its other states."""
    stat = os.stat(path)  # noqa: PTH116 - on the way of every input of every run
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def is_settled(signature: Signature, now: int) -> bool:
    """Return whether a later change gets another time: within one tick of the clock it does not."""
    tick = _COARSE if signature[1] % 1_000_000_000 == 0 else _FRESH
    return now - max(signature[1], signature[2]) > tick
