"""Storage of the state of multipart uploads; the parts are in an artifact storage."""

from typing import Literal, TypeAlias, cast

from treadle.records import ArtifactOwner, UploadRecord
from treadle.store.sql.database import Database

_LONGEST = 7 * 86400.0  # seconds after which an incomplete upload is deleted

_Kind: TypeAlias = Literal["run", "model", "free"]


class SqlUploads:
    """State of multipart uploads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, record: UploadRecord) -> None:
        """Create an upload; delete old ones that were never finished."""
        old = self._database.execute(
            "SELECT id FROM upload WHERE created < ?", (record.created - _LONGEST,)
        )
        for (upload,) in old:
            self.remove(upload)
        self._database.execute(
            "INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, 0)",
            (
                record.id,
                record.owner.kind,
                record.owner.id,
                record.path,
                record.count,
                record.created,
            ),
        )

    def find(self, upload: str) -> UploadRecord | None:
        """Return the upload with an id, if there is one."""
        query = "SELECT id, kind, owner, path, parts, created, is_whole FROM upload WHERE id = ?"
        for found, kind, owner, path, count, created, is_whole in self._database.execute(
            query, (upload,)
        ):
            parts = self._database.execute(
                "SELECT number, digest FROM upload_part WHERE upload = ?", (found,)
            )
            return UploadRecord(
                id=found,
                owner=ArtifactOwner(cast(_Kind, kind), owner),
                path=path,
                count=count,
                created=created,
                parts=dict(parts),
                is_whole=bool(is_whole),
            )
        return None

    def put_part(self, upload: str, number: int, digest: str, size: int) -> None:
        """Record a received part, replacing one with the same number."""
        self._database.execute(
            "INSERT INTO upload_part VALUES (?, ?, ?, ?) ON CONFLICT (upload, number) DO UPDATE SET"
            " digest = excluded.digest, size = excluded.size",
            (upload, number, digest, size),
        )

    def finish(self, upload: str) -> None:
        """Mark an upload as complete and forget its parts."""
        self._database.execute("DELETE FROM upload_part WHERE upload = ?", (upload,))
        self._database.execute("UPDATE upload SET is_whole = 1 WHERE id = ?", (upload,))

    def remove(self, upload: str) -> None:
        """Delete an upload that was aborted."""
        self._database.execute("DELETE FROM upload_part WHERE upload = ?", (upload,))
        self._database.execute("DELETE FROM upload WHERE id = ?", (upload,))
