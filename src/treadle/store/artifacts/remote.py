"""Artifact storage at any URL that fsspec supports, such as object storage."""

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
    from treadle.store.artifacts.base import Upload


_FRESH: Final = 12 * 3600.0  # seconds for which a content that is used again is not sent again
_BLOCK: Final = 4 << 20
_OBJECT_STORES: Final = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "memory"})
"""Storages with atomic uploads; in others, files are uploaded under another name and renamed."""


class RemoteArtifactStore:
    """Artifact storage under a URL: ``blobs/ab/<digest>``.

    Args:
        url: Such as ``s3://bucket/folder``; its library has to be installed (s3fs, gcsfs …).

    Raises:
        StoreError: There is no library for the URL.
    """

    def __init__(self, url: str) -> None:
        import fsspec

        remember_addresses(url)
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise StoreError(
                f"Artifacts cannot be stored at {url}: {error}.",
                hint="Install the library that fsspec names for it.",
            ) from error
        self._is_whole = not _OBJECT_STORES.isdisjoint(
            [self._files.protocol]
            if isinstance(self._files.protocol, str)
            else self._files.protocol
        )

    @contextlib.contextmanager
    def _explained(self, what: str, *, may_lack: bool = True) -> Iterator[None]:
        """Convert errors to `StoreError`, except for a missing content where it may be missing."""
        try:
            yield
        except FileNotFoundError as error:
            if may_lack:
                raise
            raise StoreError(f"The artifact storage failed to {what}: {error}.") from error
        except Exception as error:  # every library has its own
            raise StoreError(
                f"The artifact storage failed to {what}: {type(error).__name__}: {error}."
            ) from error

    def locate(self, digest: str) -> str:
        """Return the location of a content, whether or not it exists."""
        from treadle.store.artifacts.base import place_of

        return f"{self._root}/{place_of(digest)}"

    def begin(self, part: str = "") -> "Upload":
        """Begin an upload that is written to a local file and sent when it is complete."""
        from treadle.store.artifacts.base import Upload

        return Upload(Path(tempfile.gettempdir()), self, part)

    def drop(self, part: str) -> None:
        """Delete a part, if it exists."""
        from treadle.store.artifacts.base import part_name

        with self._explained("take a part away"), contextlib.suppress(FileNotFoundError):
            self._files.rm_file(self.locate(part_name(part)))

    def put_file(self, path: Path) -> Content:
        """Store a copy of a file."""
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
        """Move a complete file that no other code uses into the storage."""
        self._send(staged, digest)

    def _send(self, path: Path, digest: str) -> None:
        target = self.locate(digest)
        with self._explained("keep a content", may_lack=False):
            if not digest.startswith("part:") and self._is_fresh(target):
                return
            if self._is_whole:  # it has no folders; creating one could create a bucket
                self._files.put_file(str(path), target)
                return
            self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
            stage = f"{target}.{time.time_ns():x}"
            self._files.put_file(str(path), stage)
            self._files.mv(stage, target)

    def _is_fresh(self, target: str) -> bool:
        """Return whether a content exists and is too new to be swept meanwhile."""
        try:
            return bool(time.time() - self._files.modified(target).timestamp() < _FRESH)
        except (FileNotFoundError, NotImplementedError):
            return False

    def size(self, digest: str) -> int:
        """Return the size of a content in bytes.

        Raises:
            FileNotFoundError: It does not exist.
        """
        with self._explained("find a content"):
            return int(self._files.size(self.locate(digest)))

    def renew(self, digest: str, size: int) -> bool:
        """Return whether a content exists; object stores cannot renew its time stamp."""
        try:
            return self.size(digest) == size
        except FileNotFoundError:
            return False

    def read(self, digest: str, begin: int, end: int) -> Iterator[bytes]:
        """Yield a range of the bytes of a content, block by block."""
        target = self.locate(digest)
        for start in range(begin, end, _BLOCK):
            with self._explained("read a content"):
                block: bytes = self._files.cat_file(
                    target, start=start, end=min(end, start + _BLOCK)
                )
            yield block

    def read_whole(self, digest: str) -> Iterator[bytes]:
        """Yield a content block by block; the last block only if the digest matches."""
        return verified(self.read(digest, 0, self.size(digest)), digest)

    def find_damaged(self) -> Iterator[StoreError]:
        """Read all contents, and yield an error for each that is damaged."""
        with self._explained("list its contents"):
            found = self._files.find(f"{self._root}/blobs")
        return find_damaged((path.rpartition("/")[2] for path in found), self.read_whole)

    def sweep(self, used: Collection[str], before: float, *, dry: bool = False) -> tuple[int, int]:
        """Delete unreferenced contents; return the number of files and bytes."""
        count = size = 0
        with self._explained("list its contents"):
            found: dict[str, Any] = {
                **self._files.find(f"{self._root}/blobs", detail=True),
                **self._files.find(f"{self._root}/parts", detail=True),
            }
            for path, facts in found.items():
                if (
                    f"blake3:{path.rpartition('/')[2]}" in used
                    or self._files.modified(path).timestamp() >= before
                ):
                    continue
                count, size = count + 1, size + int(facts.get("size") or 0)
                if not dry:
                    self._files.rm_file(path)
        return count, size
