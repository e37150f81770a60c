"""Upload and download of the contents of artifacts."""

import asyncio
import mimetypes
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import chain
from typing import Final
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from treadle.errors import DataNotFoundError, StoreError
from treadle.files import Content
from treadle.records import ArtifactRecord
from treadle.store import ContentStore, part_name

_BLOCK: Final = 1 << 20
_ANSWER: Final = 8 << 20
_SHOWN: Final = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/json",
    "application/pdf",
    "text/plain",
)
# What MLflow sends as text, including JSON, which browsers and clients read by its own type, too.
_TEXTS: Final = frozenset(
    [
        "txt",
        "log",
        "err",
        "cfg",
        "conf",
        "cnf",
        "cf",
        "ini",
        "properties",
        "prop",
        "hocon",
        "toml",
        "yaml",
        "yml",
        "xml",
        "js",
        "py",
        "py3",
        "csv",
        "tsv",
        "md",
        "rst",
        "ipynb",
        "MLmodel",
        "MLproject",
    ]
)
_PLAYED: Final = ("audio/", "video/")
_OWN: Final = {"cross-origin-resource-policy": "same-origin"}
_ISOLATED: Final = {
    # A user's file must never run as a page of this server.
    "content-security-policy": "sandbox; default-src 'none'",
    **_OWN,
}
_FRAMED: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""The policy of an HTML file that is shown: it loads nothing, and only pages of this server frame
it. ``sandbox`` is added, by which it is of no origin even when it is opened by itself."""


class Contents:
    """The artifact store as requests use it."""

    def __init__(self, store: ContentStore) -> None:
        self._store = store

    async def receive(self, stream: AsyncIterator[bytes], part: str = "") -> Content:
        """Store what a client sends, atomically; return its digest and size.

        Args:
            stream: The blocks of the content.
            part: Its name, if it is a part of a multipart upload.
        """
        upload = self._store.begin(part)
        gathered = bytearray()
        try:
            async for block in stream:
                gathered += block
                if len(gathered) >= _BLOCK:
                    await asyncio.to_thread(upload.write, bytes(gathered))
                    gathered.clear()
            return await asyncio.to_thread(upload.finish, bytes(gathered))
        except OSError as error:
            raise StoreError(f"An artifact cannot be stored: {error.strerror or error}.") from error
        finally:
            upload.close()

    async def join(self, parts: Sequence[str]) -> Content:
        """Concatenate parts; return the digest and size of the whole, which is synced to disk.

        Raises:
            StoreError: It cannot be stored, or a part is missing.
        """
        return await asyncio.to_thread(self._join, parts)

    def _join(self, parts: Sequence[str]) -> Content:
        upload = self._store.begin()
        try:
            for part in parts:
                for block in self._store.read(
                    part_name(part), 0, self._store.size(part_name(part))
                ):
                    upload.write(block)
            return upload.finish()
        except OSError as error:
            raise StoreError(
                f"An artifact cannot be assembled: {error.strerror or error}."
            ) from error
        finally:
            upload.close()

    async def drop(self, parts: Sequence[str]) -> None:
        """Delete parts."""
        for part in parts:
            await asyncio.to_thread(self._store.drop, part)

    async def find_missing(self, contents: Mapping[str, int]) -> list[str]:
        """Return the digests that are missing; mark the others as new.

        Args:
            contents: Sizes, by digest.
        """

        def find() -> list[str]:
            return [one for one, size in contents.items() if not self._store.renew(one, size)]

        return await asyncio.to_thread(find)

    async def block(self, record: ArtifactRecord, begin: int, end: int | None = None) -> bytes:
        """Return the bytes of a content from an offset on, as many as fit well in one response.

        Args:
            record: The artifact.
            begin: The offset of the first byte.
            end: The offset after the last byte; the end of the content if None.
        """

        def read() -> bytes:
            size = self._store.size(record.digest)
            last = min(size, begin + _ANSWER, size if end is None else end)
            if begin == 0 and last == size:
                return b"".join(self._store.read_whole(record.digest))
            if begin >= last:
                return b""
            return b"".join(self._store.read(record.digest, begin, last))

        try:
            return await asyncio.to_thread(read)
        except FileNotFoundError as error:
            raise _gone(record) from error

    async def send(self, record: ArtifactRecord, asked: Mapping[str, str]) -> Response:
        """Respond with a content, or the requested range of it, as a download.

        Args:
            record: The artifact.
            asked: The headers of the request: which range of which content, and what it has.
        """
        name = record.path.rpartition("/")[2]
        extension = name.rpartition(".")[2]  # the whole name if it has no dot: MLmodel
        kind = "text/plain" if extension in _TEXTS else mimetypes.guess_type(name)[0] or ""
        is_shown = kind in _SHOWN or kind.startswith(_PLAYED)
        media_type = kind if is_shown else "application/octet-stream"
        tag = f'"{record.digest.removeprefix("blake3:")}"'
        headers = {
            **_ISOLATED,
            "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "etag": tag,
            "cache-control": "private, no-cache",  # a browser may keep it, and asks each time
        }
        if tag in re.split(r"\s*,\s*", asked.get("if-none-match", "").strip()):
            return Response(status_code=304, headers=headers)
        is_same = asked.get("if-range", tag) == tag
        return await self._start(
            record, asked.get("range", "") if is_same else "", headers, media_type
        )

    async def show(self, record: ArtifactRecord, *, scripts: bool) -> Response:
        """Respond with an HTML file that a page can frame, of no origin and without network.

        Args:
            record: The artifact.
            scripts: Whether its scripts run.
        """
        policy = f"sandbox allow-scripts; {_FRAMED}" if scripts else f"sandbox; {_FRAMED}"
        headers = {
            **_OWN,
            "content-security-policy": f"{policy}; script-src 'unsafe-inline'"
            if scripts
            else policy,
            "x-dns-prefetch-control": "off",
            "cache-control": "no-store",
        }
        return await self._start(record, "", headers, "text/html")

    async def _start(
        self, record: ArtifactRecord, wanted: str, headers: dict[str, str], media_type: str
    ) -> Response:
        try:
            size = await asyncio.to_thread(self._store.size, record.digest)
            return await self._respond(record.digest, size, wanted, headers, media_type)
        except FileNotFoundError as error:
            raise _gone(record) from error

    async def _respond(
        self, digest: str, size: int, wanted: str, headers: dict[str, str], media_type: str
    ) -> Response:
        begin, end = _range(wanted, size)
        headers |= {"accept-ranges": "bytes", "content-length": str(end - begin)}
        if wanted and (begin, end) != (0, size):
            headers["content-range"] = f"bytes {begin}-{end - 1}/{size}"
        status = 206 if "content-range" in headers else 200
        is_whole = (begin, end) == (0, size)
        store = self._store
        blocks = store.read_whole(digest) if is_whole else store.read(digest, begin, end)
        # Before the response begins: a problem with a small content is then an error response,
        # not only a closed connection.
        first = await asyncio.to_thread(next, blocks, b"")
        return StreamingResponse(chain([first], blocks), status, headers, media_type)


def _gone(record: ArtifactRecord) -> DataNotFoundError:
    return DataNotFoundError(f"The content of {record.path} is not in the artifact store.")


def _range(wanted: str, size: int) -> tuple[int, int]:
    """Parse a range of bytes; an invalid range means the whole content."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", wanted.strip())
    if match is None or not (match[1] or match[2]):
        return 0, size
    if not match[1]:
        return max(0, size - int(match[2])), size
    begin, end = int(match[1]), min(size, int(match[2]) + 1 if match[2] else size)
    return (begin, end) if begin < end else (0, size)
