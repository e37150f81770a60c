"""Takes in and sends out the contents of artifacts."""

import asyncio
import mimetypes
import os
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

from starlette.responses import FileResponse, Response

from treadle.errors import StoreError
from treadle.files import Content
from treadle.records import ArtifactRecord
from treadle.store import ArtifactStore

__all__ = ["Contents"]

_BLOCK: Final = 1 << 20
_SHOWN: Final = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/json",
    "application/pdf",
    "text/plain",
)
_ISOLATED: Final = {
    # A file of a user must never run as a page of this server.
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
}


class Contents:
    """The artifact store as requests use it."""

    def __init__(self, store: ArtifactStore) -> None:
        self._store = store

    async def receive(self, stream: AsyncIterator[bytes]) -> Content:
        """Keep what a client sends, whole or not at all; give its digest and size."""
        upload = self._store.begin()
        gathered = bytearray()
        try:
            async for block in stream:
                gathered += block
                if len(gathered) >= _BLOCK:
                    await asyncio.to_thread(upload.write, bytes(gathered))
                    gathered.clear()
            return await asyncio.to_thread(upload.finish, bytes(gathered))
        except OSError as error:
            raise StoreError(f"An artifact cannot be kept: {error.strerror or error}.") from error
        finally:
            upload.close()

    async def send(self, record: ArtifactRecord) -> Response:
        """Send a content, or the range that is asked for, as a file to be saved."""
        path = self._store.locate(record.digest)
        name = record.path.rpartition("/")[2]
        kind = mimetypes.guess_type(name)[0] or ""
        headers = {
            **_ISOLATED,
            "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "etag": f'"{record.digest.removeprefix("blake3:")}"',
        }
        try:
            stat = await asyncio.to_thread(os.stat, path)
        except FileNotFoundError as error:
            raise StoreError(f"The content {record.digest} of {record.path} is not in the artifact store.") from error
        media_type = kind if kind in _SHOWN else "application/octet-stream"
        return FileResponse(path, headers=headers, media_type=media_type, stat_result=stat)
