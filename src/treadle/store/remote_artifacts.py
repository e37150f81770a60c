"""Contents of artifacts in object storage or on another machine: any URL that fsspec understands."""

import contextlib
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from treadle.errors import StoreError
from treadle.files import Content, digest_file
from treadle.masking import remember_addresses
from treadle.store.integrity import find_damaged, verified

if TYPE_CHECKING:
    from treadle.store.artifacts import Upload

__all__ = ["RemoteArtifactStore"]

_FRESH: Final = 12 * 3600.0  # seconds in which a content that is used again need not be sent again
_BLOCK: Final = 4 << 20
_OBJECT_STORES: Final = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "memory"})
"""Where a file appears whole or not at all; elsewhere it is sent beside its place and renamed."""


class RemoteArtifactStore:
    """Contents under a URL: ``blobs/ab/<digest>``.

    Args:
        url: Such as ``s3://bucket/folder``; its library has to be installed (s3fs, gcsfs …).

    Raises:
        StoreError: There is no library for it.
    """

    def __init__(self, url: str) -> None:
        import fsspec

        remember_addresses(url)
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise StoreError(
                f"Artifacts cannot be stored at {url}: {error}.", hint="Install the library that fsspec names for it."
            ) from error
        self._is_whole = not _OBJECT_STORES.isdisjoint(
            [self._files.protocol] if isinstance(self._files.protocol, str) else self._files.protocol
        )

    @contextlib.contextmanager
    def _explained(self, what: str, *, may_lack: bool = True) -> Iterator[None]:
        """Turn errors into ours; that there is no such content is not one, where it may lack."""
        try:
            yield
        except FileNotFoundError as error:
            if may_lack:
                raise
            raise StoreError(f"The artifact storage failed to {what}: {error}.") from error
        except Exception as error:  # every library has its own
            raise StoreError(f"The artifact storage failed to {what}: {type(error).__name__}: {error}.") from error

    def locate(self, digest: str) -> str:
        """Say where a content is, or would be."""
        from treadle.store.artifacts import place_of

        return f"{self._root}/{place_of(digest)}"

    def begin(self, part: str = "") -> "Upload":
        """Begin a content that comes piece by piece: it is gathered on this machine, and sent when it is whole."""
        from treadle.store.artifacts import Upload

        return Upload(Path(tempfile.gettempdir()), self, part)

    def drop(self, part: str) -> None:
        """Take a part away, if it is there."""
        from treadle.store.artifacts import part_name

        with self._explained("take a part away"), contextlib.suppress(FileNotFoundError):
            self._files.rm_file(self.locate(part_name(part)))

    def put_file(self, path: Path) -> Content:
        """Keep a copy of a file."""
        digest, size = digest_file(path)
        self._send(path, digest)
        return digest, size

    def put_bytes(self, content: bytes) -> Content:
        """Store some bytes."""
        from blake3 import blake3

        digest = f"blake3:{blake3(content).hexdigest()}"
        with tempfile.NamedTemporaryFile(prefix="treadle-") as file:
            file.write(content)
            file.flush()
            self._send(Path(file.name), digest)
        return digest, len(content)

    def adopt(self, staged: Path, digest: str) -> None:
        """Keep a file that is whole, and that nobody else needs."""
        self._send(staged, digest)

    def _send(self, path: Path, digest: str) -> None:
        target = self.locate(digest)
        with self._explained("keep a content", may_lack=False):
            if not digest.startswith("part:") and self._is_fresh(target):
                return
            if self._is_whole:  # it has no folders; to make one could make a bucket
                self._files.put_file(str(path), target)
                return
            self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
            stage = f"{target}.{time.time_ns():x}"
            self._files.put_file(str(path), stage)
            self._files.mv(stage, target)

    def _is_fresh(self, target: str) -> bool:
        """Tell whether a content is there, and young enough not to be swept away meanwhile."""
        try:
            return bool(time.time() - self._files.modified(target).timestamp() < _FRESH)
        except (FileNotFoundError, NotImplementedError):
            return False

    def size(self, digest: str) -> int:
        """Give the length of a content in bytes.

        Raises:
            FileNotFoundError: It is not there.
        """
        with self._explained("find a content"):
            return int(self._files.size(self.locate(digest)))

    def renew(self, digest: str, size: int) -> bool:
        """Return whether a content is there; object stores cannot make it new."""
        try:
            return self.size(digest) == size
        except FileNotFoundError:
            return False

    def read(self, digest: str, begin: int, end: int) -> Iterator[bytes]:
        """Give the bytes of a content from one place up to another, block by block."""
        target = self.locate(digest)
        for start in range(begin, end, _BLOCK):
            with self._explained("read a content"):
                block: bytes = self._files.cat_file(target, start=start, end=min(end, start + _BLOCK))
            yield block

    def read_whole(self, digest: str) -> Iterator[bytes]:
        """Yield a content block by block; the last one only if all of it has the digest."""
        return verified(self.read(digest, 0, self.size(digest)), digest)

    def find_damaged(self) -> Iterator[StoreError]:
        """Read every content, and yield an error for each that is not what was stored."""
        with self._explained("list its contents"):
            found = self._files.find(f"{self._root}/blobs")
        return find_damaged((path.rpartition("/")[2] for path in found), self.read_whole)

    def sweep(self, used: Collection[str], before: float, *, dry: bool = False) -> tuple[int, int]:
        """Take away contents that nothing refers to; tell how many files and bytes those are."""
        count = size = 0
        with self._explained("list its contents"):
            found: dict[str, Any] = {
                **self._files.find(f"{self._root}/blobs", detail=True),
                **self._files.find(f"{self._root}/parts", detail=True),
            }
            for path, facts in found.items():
                if f"blake3:{path.rpartition('/')[2]}" in used or self._files.modified(path).timestamp() >= before:
                    continue
                count, size = count + 1, size + int(facts.get("size") or 0)
                if not dry:
                    self._files.rm_file(path)
        return count, size
