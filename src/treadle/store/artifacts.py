"""Files of runs, kept once each by their content."""

import contextlib
import errno
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from treadle.errors import DataError, StoreError
from treadle.files import (
    Content,
    create_folder,
    create_private,
    digest_file,
    open_regular,
    replace_atomically,
    stage_path,
    write_atomically,
)
from treadle.private import check_links, is_below_link
from treadle.store.integrity import damaged, find_damaged, verified

__all__ = [
    "ArtifactStore",
    "ContentStore",
    "Upload",
    "check_artifact_path",
    "no_artifact",
    "open_artifacts",
    "part_name",
    "place_of",
]

_BLOCK = 1 << 20
_MAX_PATH = 1024
_MAX_PART = 255
# A link of the user's own may lead to a folder that has other files, too.
_CONTENT = re.compile(r"([0-9a-f]{2})/\.?\1[0-9a-f]{62}(\.stage-|\Z)")


def check_artifact_path(path: str) -> str:
    """Refuse what is not a plain relative path: it must mean the same on every system.

    Raises:
        StoreError: It is empty, absolute, climbs up, or has control characters or backslashes.

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
        or parts[0].endswith(":")  # a drive, or a scheme
    )
    if bad:
        raise StoreError(
            f"{path!r} cannot be the path of an artifact.",
            hint="Use names with / between, such as plots/residuals.png.",
        )
    return path


def no_artifact(run: str, path: str) -> StoreError:
    """Say that a run has no file of a path."""
    return StoreError(f'Run "{run}" has no artifact {path}.', hint=f'"treadle runs show {run}" lists them.')


class ContentStore(Protocol):
    """Keeps contents once each, by their digests."""

    def begin(self, part: str = "") -> "Upload":
        """Begin a content that comes piece by piece.

        Args:
            part: Its name, if it is a part of a content that comes later; kept until it is dropped.
        """
        ...

    def drop(self, part: str) -> None:
        """Take a part away, if it is there."""
        ...

    def put_file(self, path: Path) -> Content:
        """Keep a copy of a file."""
        ...

    def put_bytes(self, content: bytes) -> Content:
        """Store some bytes."""
        ...

    def adopt(self, staged: Path, digest: str) -> None:
        """Keep a file that is whole, and that nobody else needs; under its digest, or as a part."""
        ...

    def size(self, digest: str) -> int:
        """Give the length of a content in bytes.

        Raises:
            FileNotFoundError: It is not there.
        """
        ...

    def renew(self, digest: str, size: int) -> bool:
        """Return whether a content is there; where that is possible, it counts as new."""
        ...

    def read(self, digest: str, begin: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of a content from one place up to another, block by block.

        They are what is there: only a whole content can be held against its digest.
        """
        ...

    def read_whole(self, digest: str) -> Iterator[bytes]:
        """Yield a content block by block; the last one only if all of it has the digest.

        Raises:
            FileNotFoundError: It is not there.
            StoreError: It is damaged.
        """
        ...

    def find_damaged(self) -> Iterator[StoreError]:
        """Read every content, and yield an error for each that is not what was stored."""
        ...

    def sweep(self, used: Collection[str], before: float, *, dry: bool = False) -> tuple[int, int]:
        """Take away contents that nothing refers to; tell how many files and bytes those are.

        Args:
            used: The digests of those that something refers to.
            before: Seconds since the epoch; what came later stays, for its artifact may be on its way.
            dry: Only tell.
        """
        ...


def open_artifacts(address: str) -> ContentStore:
    """Open the store of contents at a folder or a URL.

    Raises:
        StoreError: There is no library for such a URL.
    """
    if "://" in address and not address.startswith("file://"):
        from treadle.store.remote_artifacts import RemoteArtifactStore

        return RemoteArtifactStore(address)
    return ArtifactStore(Path(address.removeprefix("file://")))


def part_name(part: str) -> str:
    """Name a part as `ContentStore.read` and `ContentStore.size` take it, in the place of a digest."""
    return f"part:{part}"


def place_of(name: str) -> str:
    """Say where below its root a store keeps a content or a part."""
    if name.startswith("part:"):
        return f"parts/{name.removeprefix('part:')}"
    digest = name.removeprefix("blake3:")
    return f"blobs/{digest[:2]}/{digest}"


class Upload:
    """A content that comes piece by piece, and is kept when it is whole.

    Args:
        folder: Where it is gathered.
        store: Where it goes.
        part: Its name, if it is a part of a content that comes later.
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
        """Take the next piece."""
        if self._file is None:
            create_folder(self._stage.parents[1], private=True)
            create_folder(self._stage.parent, private=True)
            create_private(self._stage)
            self._file = self._stage.open("wb")
        self._hash.update(block)
        self._size += len(block)
        self._file.write(block)

    def finish(self, block: bytes = b"") -> Content:
        """Take the last piece, and keep all of it; when this returns, it is on the disk, and nothing is left here."""
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
        """Forget what is not whole."""
        if self._file is not None:
            self._file.close()
            self._stage.unlink(missing_ok=True)


class ArtifactStore:
    """A folder of contents: ``blobs/ab/<digest>``, so that no name of a user reaches the disk; and ``parts``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, part: str = "") -> Upload:
        """Begin a content that comes piece by piece."""
        return Upload(self.folder / "blobs", self, part)

    def drop(self, part: str) -> None:
        """Take a part away, if it is there."""
        place = self.locate(part_name(part))
        place.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # the folder of the last one goes, too
            place.parent.rmdir()

    def adopt(self, staged: Path, digest: str) -> None:
        """Keep a file that is whole, and that nobody else needs; under its digest, or as a part."""
        if digest.startswith("part:"):
            create_folder(self.locate(digest).parent, private=True)
            staged.replace(self.locate(digest))  # not forced to the disk: only the whole has to last
        elif not self.renew(digest, staged.stat().st_size):
            create_folder(self.folder, private=True)
            with replace_atomically(self.locate(digest)) as stage:
                staged.replace(stage)

    def size(self, digest: str) -> int:
        """Return the length of a content in bytes.

        Raises:
            FileNotFoundError: It is not there.
            StoreError: There is a link or something else in its place.
        """
        with self.open(digest) as file:
            return os.fstat(file.fileno()).st_size

    def open(self, digest: str) -> BinaryIO:
        """Open a content, which is never a link: who can write here could show any file by one.

        Raises:
            FileNotFoundError: It is not there.
            StoreError: There is a link or something else in its place.
        """
        try:
            check_links(self.locate(digest))
            return open_regular(self.locate(digest))
        except FileNotFoundError:
            raise
        except DataError as error:
            raise damaged(digest, "a link is in its place") from error
        except OSError as error:
            why = "a link" if error.errno == errno.ELOOP else error.strerror
            raise damaged(digest, f"{why} is in its place") from error

    def read(self, digest: str, begin: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of a content from one place up to another, block by block."""
        with self.open(digest) as file:
            file.seek(begin)
            while begin < end and (block := file.read(min(_BLOCK, end - begin))):
                begin += len(block)
                yield block

    def read_whole(self, digest: str) -> Iterator[bytes]:
        """Yield a content block by block; the last one only if all of it has the digest."""
        return verified(self.read(digest, 0, self.size(digest)), digest)

    def find_damaged(self) -> Iterator[StoreError]:
        """Read every content, and yield an error for each that is not what was stored."""
        names = sorted(path.name for path in (self.folder / "blobs").glob("*/*"))
        return find_damaged(names, self.read_whole)

    def put_file(self, path: Path) -> Content:
        """Keep a copy of a file.

        Raises:
            DataError: The folder cannot be made.
            OSError: The file cannot be read or copied.
        """
        import shutil

        digest, size = digest_file(path)
        if self.renew(digest, size):
            return digest, size
        copy = stage_path(self.folder / "blobs" / "copy")
        create_folder(self.folder, private=True)
        create_folder(copy.parent, private=True)
        create_private(copy)
        try:
            shutil.copyfile(path, copy)
            # The file may have changed meanwhile: what counts is what was copied.
            digest, size = digest_file(copy)
            with replace_atomically(self.locate(digest)) as stage:
                copy.replace(stage)
        finally:
            copy.unlink(missing_ok=True)
        return digest, size

    def put_bytes(self, content: bytes) -> Content:
        """Store some bytes."""
        from blake3 import blake3

        digest = f"blake3:{blake3(content).hexdigest()}"
        if not self.renew(digest, len(content)):
            create_folder(self.folder, private=True)
            write_atomically(self.locate(digest), content)
        return digest, len(content)

    def renew(self, digest: str, size: int) -> bool:
        """Return whether a content is there; if so, it counts as new, and is not swept away now.

        One that is damaged does not count, and is replaced: of a large one, only its size is seen.
        """
        try:
            is_whole = self.size(digest) == size
            if is_whole and size <= _BLOCK:
                for _ in self.read_whole(digest):
                    pass
            if is_whole:
                os.utime(self.locate(digest), follow_symlinks=False)
        except (FileNotFoundError, StoreError):
            return False
        return is_whole

    def sweep(self, used: Collection[str], before: float, *, dry: bool = False) -> tuple[int, int]:
        """Take away contents that nothing refers to; tell how many files and bytes those are.

        Args:
            used: The digests of those that something refers to.
            before: Seconds since the epoch; what came later stays, for its artifact may be on its way.
            dry: Only tell.
        """
        count = size = 0
        blobs = self.folder / "blobs"
        # The second and the third are of uploads that died.
        found = ((path, f"{path.parent.name}/{path.name}") for path in blobs.glob("*/*"))
        kept = (path for path, name in found if _CONTENT.match(name))
        for path in [*kept, *blobs.glob(".*.stage-*"), *self.folder.glob("parts/*/*")]:
            if is_below_link(path.parent):
                continue  # what it leads to is not ours
            try:
                stat = path.lstat()
            except FileNotFoundError:
                continue  # another process was faster
            if f"blake3:{path.name}" not in used and stat.st_mtime < before:
                count, size = count + 1, size + stat.st_size
                if not dry:
                    path.unlink(missing_ok=True)
        return count, size

    def locate(self, digest: str) -> Path:
        """Say where a content is, or would be."""
        return self.folder / place_of(digest)
