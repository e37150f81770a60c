"""An LRU cache of contents by digest: when it is full, the least recently used are evicted.

It is a cache, not a record. Content is valid only if its digest matches: damaged content is moved
aside, and made again.
"""

import contextlib
import logging
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from blake3 import blake3

from treadle.catalog.cache.eviction import Evictor
from treadle.catalog.cache.signatures import Signatures, create_signature
from treadle.errors import TreadleError
from treadle.files import (
    copy_file,
    create_folder,
    digest_file,
    remove,
    replace_atomically,
    stage_path,
)
from treadle.masking import mask

_log = logging.getLogger(__name__)


class ContentCache:
    """A folder of contents: ``ab/<digest>``.

    Args:
        folder: Its path; created on the first store.
        limit: The maximum size in bytes.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self._limit = limit
        self._signatures = Signatures(folder)
        self._evictor = Evictor(folder, limit)
        self._ready: set[Path] = set()  # existing folders: to check one takes a dozen system calls

    def locate(self, digest: str) -> Path:
        """Return the path of content, whether it exists or not."""
        name = digest.removeprefix("blake3:")
        return self.folder / name[:2] / name

    def put_value(self, value: Any) -> str:
        """Store a value; return its pickle's digest, or nothing if it cannot be stored."""
        try:
            with self._stage() as stage:
                with stage.open("xb") as file:
                    pickle.dump(value, file, protocol=5)
                digest = self._adopt(stage, digest_file(stage)[0])
                return digest and self._sign(digest)
        except Exception as error:  # noqa: BLE001 - a pickle may raise anything, and without it the value is made again
            _log.warning(
                "A %s cannot be kept in the cache: %s", type(value).__name__, mask(str(error))
            )
            return ""

    def put_bytes(self, content: bytes, *, is_value: bool = False) -> str:
        """Store bytes; return their digest, or nothing if there is no room.

        Args:
            content: The bytes.
            is_value: Whether they are a pickle, which only this user may load.
        """
        digest = f"blake3:{blake3(content).hexdigest()}"
        try:
            if not self.has(digest):
                with self._stage() as stage:
                    stage.write_bytes(content)
                    digest = self._adopt(stage, digest)
            return self._sign(digest) if is_value and digest else digest
        except (OSError, TreadleError) as error:
            _log.warning("Something cannot be kept in the cache: %s", mask(str(error)))
            return ""

    def read(self, digest: str) -> bytes | None:
        """Return the bytes of content; None if it is missing or damaged."""
        try:
            return self.locate(digest).read_bytes() if self.is_sound(digest) else None
        except OSError:
            return None

    def put_file(self, path: Path, digest: str) -> bool:
        """Store a copy of a file; return whether it has the digest, and is stored."""
        if self.is_sound(digest):
            return True
        try:
            with self._stage() as stage:
                copy_file(path, stage)
                return digest_file(stage)[0] == digest and bool(self._adopt(stage, digest))
        except (OSError, TreadleError) as error:
            _log.warning("%s cannot be kept in the cache: %s", path, mask(str(error)))
            return False

    def has(self, digest: str) -> bool:
        """Return whether content exists, without reading it, and mark it as just used."""
        try:
            os.utime(self.locate(digest))
        except OSError:
            return False
        return True

    def has_value(self, digest: str) -> bool:
        """Return whether a value exists that may be loaded, without reading it."""
        return self._signatures.is_valid(digest) and self.has(digest)

    def is_sound_value(self, digest: str) -> bool:
        """Return whether a value exists that may be loaded, and its digest matches."""
        return self._signatures.is_valid(digest) and self.is_sound(digest)

    def is_sound(self, digest: str) -> bool:
        """Return whether content exists and its digest matches; damaged content is moved aside."""
        path = self.locate(digest)
        try:
            if not path.is_symlink() and digest_file(path)[0] == digest:
                return self.has(digest)
            self._quarantine(digest)
        except OSError:
            pass  # it is missing, or cannot be read, which is the same
        return False

    def value(self, digest: str) -> Any:
        """Return a stored value.

        Raises:
            LookupError: It is missing, damaged, not stored by this user, or cannot be loaded with
                the current code.
        """
        if not self._signatures.is_valid(digest) or not self.is_sound(digest):
            raise LookupError(digest)
        try:
            with self.locate(digest).open("rb") as file:
                return pickle.load(file)  # noqa: S301 - it has the digest that this user has signed
        except Exception as error:
            raise LookupError(f"{digest}: {error}") from error

    def restore(self, digest: str, target: Path) -> bool:
        """Copy content to the path of a file; return whether it was in the cache."""
        if not self.is_sound(digest):
            return False
        try:
            with replace_atomically(target) as stage:
                copy_file(self.locate(digest), stage)
        except (OSError, TreadleError) as error:
            _log.warning("%s cannot be restored from the cache: %s", target, mask(str(error)))
            return False
        return True

    def collect(self, limit: int | None = None, *, dry: bool = False) -> tuple[int, int]:
        """Evict what was least recently used, down to a limit; return the count of files and bytes.

        Args:
            limit: The bytes that may remain; by default, the cache's own limit.
            dry: Whether to only count them.
        """
        return self._evictor.collect(limit, dry=dry)

    def tidy(self) -> None:
        """Evict if bytes were added: at once if they are many, or else once in an hour."""
        self._evictor.tidy()

    def _sign(self, digest: str) -> str:
        """Sign a value as stored by this user; return its digest, or nothing without a key."""
        signature = create_signature(digest)
        if not signature:
            return ""
        if self._signatures.is_valid(digest):
            return digest
        path = self._signatures.locate(digest)
        self._prepare(path.parent)
        with self._stage() as stage:
            stage.write_text(signature, encoding="ascii")
            stage.replace(path)
        return digest

    def _adopt(self, stage: Path, digest: str) -> str:
        path = self.locate(digest)
        if stage.stat().st_size > self._limit:
            return ""
        self._evictor.grow(stage.stat().st_size)
        self._prepare(path.parent)
        stage.replace(path)  # not flushed to the disk: what a crash truncates has another digest
        return digest

    @contextlib.contextmanager
    def _stage(self) -> Iterator[Path]:
        stage = stage_path(self.folder / "stage" / "content")
        self._prepare(stage.parent)
        try:
            yield stage
        except OSError:
            self._ready.clear()  # a folder may have been removed
            raise
        finally:
            remove(stage)

    def _prepare(self, folder: Path) -> None:
        if folder not in self._ready:
            create_folder(folder)
            self._ready.add(folder)

    def _quarantine(self, digest: str) -> None:
        path = self.locate(digest)
        aside = self.folder / "quarantine" / path.name
        create_folder(aside.parent)
        path.replace(aside)
        _log.warning(
            "A content of the cache was damaged: it is put aside as %s, and made again.", aside
        )
