"""What a server keeps of files: which content each path has, and what comes in parts."""

from collections.abc import Sequence
from typing import Protocol

from treadle.records import ArtifactEntry, ArtifactOwner, ArtifactRecord, UploadRecord

__all__ = ["ArtifactIndex", "UploadKeeper"]


class ArtifactIndex(Protocol):
    """Keeps which content each artifact has."""

    def find(self, owner: ArtifactOwner, path: str) -> ArtifactRecord | None:
        """Return the file of a path."""
        ...

    def put(self, owner: ArtifactOwner, record: ArtifactRecord) -> bool:
        """Keep a file, in the place of one with the same path; tell whether its owner exists."""
        ...

    def obstacle(self, owner: ArtifactOwner, path: str) -> str | None:
        """Return a file that is in the way of one with this path: the same cannot be a file and a folder."""
        ...

    def delete(self, owner: ArtifactOwner, path: str) -> int:
        """Take away a file, or a folder with all that is in it; tell how many files those were."""
        ...

    def owners(self, experiment: str) -> Sequence[ArtifactOwner]:
        """Return the runs and logged models of an experiment that have a file."""
        ...

    def list(self, owner: ArtifactOwner, folder: str = "") -> list[ArtifactEntry]:
        """List what is directly in a folder, without reading what is deeper."""
        ...


class UploadKeeper(Protocol):
    """Keeps which files come in parts."""

    def create(self, record: UploadRecord) -> None:
        """Begin a file; what was begun long ago and never finished is forgotten."""
        ...

    def find(self, upload: str) -> UploadRecord | None:
        """Give the file of an id."""
        ...

    def put_part(self, upload: str, number: int, digest: str, size: int) -> None:
        """Note that a part has come, in the place of one with the same number."""
        ...

    def finish(self, upload: str) -> None:
        """Note that a file is whole; its parts are forgotten."""
        ...

    def remove(self, upload: str) -> None:
        """Forget a file, because it is given up."""
        ...
