"""Eviction of contents from a cache: when it is full, the least recently used are removed."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from treadle.catalog.cache.signatures import FOLDER, Signatures
from treadle.private import is_below_link

_ABANDONED: Final = 3600.0  # seconds
_PAUSE: Final = 3600.0  # seconds between scans of the whole cache, if few bytes were added
_MUCH: Final = 0.01  # of the size limit
_OTHERS: Final = ("quarantine", "stage")


class _Stored(msgspec.Struct, frozen=True, order=True):
    """A file of the cache; the first to be removed is the least."""

    used: float
    """When it was last used; 0 for one that a crash or damage has left over."""
    size: int
    path: Path


class Evictor:
    """Removes contents from one cache.

    Args:
        folder: The folder of the cache.
        limit: The bytes that it may have.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._signatures = Signatures(folder)
        self._grown = 0  # bytes added through this object

    def grow(self, size: int) -> None:
        """Note that bytes were added."""
        self._grown += size

    def collect(self, limit: int | None = None, *, dry: bool = False) -> tuple[int, int]:
        """Remove what was least recently used; return the count of files and bytes.

        Args:
            limit: The bytes that may remain; by default, the cache's own limit.
            dry: Whether to only count them.
        """
        room = self._limit if limit is None else limit
        stored = sorted(self._find())
        total = sum(file.size for file in stored)
        count = freed = 0
        for file in stored:
            if file.used and total - freed <= room:
                break
            count, freed = count + 1, freed + file.size
            if not dry:
                file.path.unlink(missing_ok=True)
                self._signatures.locate(file.path.name).unlink(missing_ok=True)
        return count, freed

    def _find(self) -> Iterator[_Stored]:
        now = time.time()
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                folder = path.parent
                is_left = folder.name in _OTHERS and stat.st_mtime < now - _ABANDONED
                if is_below_link(folder):
                    continue  # the target of a link is not ours
                if folder.name not in (*_OTHERS, FOLDER) or is_left:
                    yield _Stored(0.0 if is_left else stat.st_mtime, stat.st_size, path)

    def tidy(self) -> None:
        """Collect if bytes were added: at once if they are many, or else once in an hour."""
        if not self._grown:
            return
        mark = self._folder / "collected"
        try:
            is_late = time.time() - mark.stat().st_mtime > _PAUSE
        except OSError:
            is_late = True
        if is_late or self._grown > self._limit * _MUCH:
            self.collect()
            with contextlib.suppress(OSError):
                mark.touch()
        self._grown = 0
