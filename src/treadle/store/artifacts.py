"""Files of runs, kept once each by their content."""

from pathlib import Path

from treadle.errors import StoreError
from treadle.files import Content, create_folder, digest_file, replace_atomically, stage_path, write_atomically

__all__ = ["ArtifactStore", "check_artifact_path"]

_MAX_PATH = 1024
_MAX_PART = 255


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
        or parts[0].endswith(":")
    )
    if bad:
        raise StoreError(
            f"{path!r} cannot be the path of an artifact.",
            hint="Use names with / between, such as plots/residuals.png.",
        )
    return path


class ArtifactStore:
    """A folder of contents: ``blobs/ab/<digest>``, so that no name of a user reaches the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put_file(self, path: Path) -> Content:
        """Keep a copy of a file.

        Raises:
            DataError: The folder cannot be made.
            OSError: The file cannot be read or copied.
        """
        import shutil

        digest, size = digest_file(path)
        if self.locate(digest).exists():
            return digest, size
        copy = stage_path(self._folder / "blobs" / "copy")
        create_folder(copy.parent)
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
        """Keep some bytes."""
        from blake3 import blake3

        digest = f"blake3:{blake3(content).hexdigest()}"
        target = self.locate(digest)
        if not target.exists():
            write_atomically(target, content)
        return digest, len(content)

    def locate(self, digest: str) -> Path:
        """Say where a content is, or would be."""
        name = digest.removeprefix("blake3:")
        return self._folder / "blobs" / name[:2] / name
