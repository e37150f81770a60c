"""Artifact storage that stores each content once, by its digest."""

import contextlib
import errno
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from treadle.errors import DataError, StoreError
from treadle.files import (
    Content,
    create_folder,
    digest_file,
    open_regular,
    replace_atomically,
    stage_path,
    write_atomically,
)
from treadle.private import check_links, create_private, is_below_link
from treadle.store.artifacts.base import Upload, part_name, place_of
from treadle.store.integrity import damaged, find_damaged, verified

_BLOCK = 1 << 20
# A symbolic link of the user may lead to a folder that has other files, too.
_CONTENT = re.compile(r"([0-9a-f]{2})/\.?\1[0-9a-f]{62}(\.stage-|\Z)")


class ArtifactStore:
    """Artifact storage in a folder: ``blobs/ab/<digest>``, never a user's name, and ``parts``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, part: str = "") -> Upload:
        """Begin an upload that is written block by block."""
        return Upload(self.folder / "blobs", self, part)

    def drop(self, part: str) -> None:
        """Delete a part, if it exists."""
        place = self.locate(part_name(part))
        place.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # of the last one, delete the folder, too
            place.parent.rmdir()

    def adopt(self, staged: Path, digest: str) -> None:
        """Move a complete file that no other code uses into the storage, as a content or part."""
        if digest.startswith("part:"):
            create_folder(self.locate(digest).parent, private=True)
            staged.replace(self.locate(digest))  # without fsync: only the whole must be durable
        elif not self.renew(digest, staged.stat().st_size):
            create_folder(self.folder, private=True)
            with replace_atomically(self.locate(digest)) as stage:
                staged.replace(stage)

    def size(self, digest: str) -> int:
        """Return the size of a content in bytes.

        Raises:
            FileNotFoundError: It does not exist.
            StoreError: A link or something else is in its place.
        """
        with self.open(digest) as file:
            return os.fstat(file.fileno()).st_size

    def open(self, digest: str) -> BinaryIO:
        """Open a content, never through a link, by which a writer could expose any file.

        Raises:
            FileNotFoundError: It does not exist.
            StoreError: A link or something else is in its place.
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
        """Yield a range of the bytes of a content, block by block."""
        with self.open(digest) as file:
            file.seek(begin)
            while begin < end and (block := file.read(min(_BLOCK, end - begin))):
                begin += len(block)
                yield block

    def read_whole(self, digest: str) -> Iterator[bytes]:
        """Yield a content block by block; the last block only if the digest matches."""
        return verified(self.read(digest, 0, self.size(digest)), digest)

    def find_damaged(self) -> Iterator[StoreError]:
        """Read all contents, and yield an error for each that is damaged."""
        names = sorted(path.name for path in (self.folder / "blobs").glob("*/*"))
        return find_damaged(names, self.read_whole)

    def put_file(self, path: Path) -> Content:
        """Store a copy of a file.

        Raises:
            DataError: The folder cannot be created.
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
            # The file may have changed meanwhile: the copy counts.
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
        """Return whether a content exists; renew its time stamp, so that it is not swept.

        A damaged one does not count and is replaced; of a large one, only the size is checked.
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
        """Delete unreferenced contents; return the number of files and bytes.

        Args:
            used: The digests that are referenced.
            before: Seconds since the epoch; newer contents stay, as their artifact may come later.
            dry: Whether to only count them.
        """
        count = size = 0
        blobs = self.folder / "blobs"
        # The second and third are of aborted uploads.
        found = ((path, f"{path.parent.name}/{path.name}") for path in blobs.glob("*/*"))
        kept = (path for path, name in found if _CONTENT.match(name))
        for path in [*kept, *blobs.glob(".*.stage-*"), *self.folder.glob("parts/*/*")]:
            if is_below_link(path.parent):
                continue  # the link's target is not ours
            try:
                stat = path.lstat()
            except FileNotFoundError:
                continue  # another process has deleted it
            if f"blake3:{path.name}" not in used and stat.st_mtime < before:
                count, size = count + 1, size + stat.st_size
                if not dry:
                    path.unlink(missing_ok=True)
        return count, size

    def locate(self, digest: str) -> Path:
        """Return the location of a content, whether or not it exists."""
        return self.folder / place_of(digest)
