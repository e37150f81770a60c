"""Interface of artifact storages, and what all of them share."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from treadle.errors import StoreError
from treadle.files import Content, create_folder, stage_path
from treadle.private import create_private

_MAX_PATH = 1024

_MAX_PART = 255


def check_artifact_path(path: str) -> str:
    """Validate that a path is relative and means the same on every system.

    Raises:
        StoreError: It is empty, absolute, or has ``..``, control characters or backslashes.

    Examples:
        >>> check_artifact_path("plots/residuals.png")
        'plots/residuals.png'
    """
    parts = path.split("/")
    bad = (
        not path
        or len(path.encode()) > _MAX_PATH
        or any(part in ("", ".", "..") or len(part.encode()) > _MAX_PART for part in parts)
        or any(ord(character) < 32 or character in "\\\x7f" for character in path)  # noqa: PLR2004
        or parts[0].endswith(":")  # a drive or a URL scheme
    )
    if bad:
        raise StoreError(
            f"{path!r} cannot be the path of an artifact.",
            hint="Use names with / between, such as plots/residuals.png.",
        )
    return path


def no_artifact(run: str, path: str) -> StoreError:
    """Return the error for an artifact that a run does not have."""
    return StoreError(
        f'Run "{run}" has no artifact {path}.', hint=f'"treadle runs show {run}" lists them.'
    )


class ContentStore(Protocol):
    """Content-addressed storage: each content is stored once, under its digest."""

    def begin(self, part: str = "") -> "Upload":
        """Begin an upload that is written block by block.

        Args:
            part: The name, if it is a part of a later content; it is stored until it is dropped.
        """
        ...

    def drop(self, part: str) -> None:
        """Delete a part, if it exists."""
        ...

    def put_file(self, path: Path) -> Content:
        """Store a copy of a file."""
        ...

    def put_bytes(self, content: bytes) -> Content:
        """Store some bytes."""
        ...

    def adopt(self, staged: Path, digest: str) -> None:
        """Move a complete file that no other code uses into the storage, as a content or part."""
        ...

    def size(self, digest: str) -> int:
        """Return the size of a content in bytes.

        Raises:
            FileNotFoundError: It does not exist.
        """
        ...

    def renew(self, digest: str, size: int) -> bool:
        """Return whether a content exists; renew its time stamp where the storage can."""
        ...

    def read(self, digest: str, begin: int, end: int) -> Iterator[bytes]:
        """Yield a range of the bytes of a content, block by block.

        They are not verified: only a whole content can be compared with its digest.
        """
        ...

    def read_whole(self, digest: str) -> Iterator[bytes]:
        """Yield a content block by block; the last block only if the digest matches.

        Raises:
            FileNotFoundError: It does not exist.
            StoreError: It is damaged.
        """
        ...

    def find_damaged(self) -> Iterator[StoreError]:
        """Read all contents, and yield an error for each that is damaged."""
        ...

    def sweep(self, used: Collection[str], before: float, *, dry: bool = False) -> tuple[int, int]:
        """Delete unreferenced contents; return the number of files and bytes.

        Args:
            used: The digests that are referenced.
            before: Seconds since the epoch; newer contents stay, as their artifact may come later.
            dry: Whether to only count them.
        """
        ...


def part_name(part: str) -> str:
    """Return the name of a part, which `ContentStore.read` accepts in place of a digest."""
    return f"part:{part}"


def place_of(name: str) -> str:
    """Return the relative path of a content or a part in an artifact storage."""
    if name.startswith("part:"):
        return f"parts/{name.removeprefix('part:')}"
    digest = name.removeprefix("blake3:")
    return f"blobs/{digest[:2]}/{digest}"


class Upload:
    """Upload that is written block by block and stored when it is complete.

    Args:
        folder: The folder of its temporary file.
        store: The artifact storage.
        part: The name, if it is a part of a later content.
    """

    def __init__(self, folder: Path, store: ContentStore, part: str = "") -> None:
        from blake3 import blake3

        self._store = store
        self._part = part
        self._hash = blake3()
        self._size = 0
        self._stage = stage_path(folder / "upload")
        self._file: BinaryIO | None = None

    def write(self, block: bytes) -> None:
        """Write the next block."""
        if self._file is None:
            create_folder(self._stage.parents[1], private=True)
            create_folder(self._stage.parent, private=True)
            create_private(self._stage)
            self._file = self._stage.open("wb")
        self._hash.update(block)
        self._size += len(block)
        self._file.write(block)

    def finish(self, block: bytes = b"") -> Content:
        """Write the last block and store the content durably; no temporary file is left."""
        if self._file is None and not self._part:
            return self._store.put_bytes(block)
        self.write(block)
        digest = f"blake3:{self._hash.hexdigest()}"
        if self._file is not None:
            self._file.close()
        self._store.adopt(self._stage, part_name(self._part) if self._part else digest)
        self.close()
        return digest, self._size

    def close(self) -> None:
        """Discard an incomplete upload."""
        if self._file is not None:
            self._file.close()
            self._stage.unlink(missing_ok=True)
