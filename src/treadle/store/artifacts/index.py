"""Interfaces of the artifact index (the content of each path) and of multipart uploads."""

from collections.abc import Sequence
from typing import Protocol

from treadle.records import ArtifactEntry, ArtifactOwner, ArtifactRecord, UploadRecord


class ArtifactIndex(Protocol):
    """Index of artifact paths and the digests of their contents."""

    def find(self, owner: ArtifactOwner, path: str) -> ArtifactRecord | None:
        """Return the artifact with a path, if there is one."""
        ...

    def put(self, owner: ArtifactOwner, record: ArtifactRecord) -> bool:
        """Store an artifact, replacing one with the same path; return whether its owner exists."""
        ...

    def obstacle(self, owner: ArtifactOwner, path: str) -> str | None:
        """Return a file that conflicts with a path: no path can be both a file and a folder."""
        ...

    def delete(self, owner: ArtifactOwner, path: str) -> int:
        """Delete a file, or a folder with its contents; return the number of deleted files."""
        ...

    def owners(self, experiment: str) -> Sequence[ArtifactOwner]:
        """Return the runs and logged models of an experiment that have artifacts."""
        ...

    def list(self, owner: ArtifactOwner, folder: str = "") -> list[ArtifactEntry]:
        """List the direct children of a folder, without reading deeper levels."""
        ...


class UploadKeeper(Protocol):
    """Storage of the state of multipart uploads."""

    def create(self, record: UploadRecord) -> None:
        """Create an upload; delete old ones that were never finished."""
        ...

    def find(self, upload: str) -> UploadRecord | None:
        """Return the upload with an id, if there is one."""
        ...

    def put_part(self, upload: str, number: int, digest: str, size: int) -> None:
        """Record a received part, replacing one with the same number."""
        ...

    def finish(self, upload: str) -> None:
        """Mark an upload as complete and forget its parts."""
        ...

    def remove(self, upload: str) -> None:
        """Delete an upload that was aborted."""
        ...
