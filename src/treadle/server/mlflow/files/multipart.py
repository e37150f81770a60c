"""Multipart uploads, in parallel: for files that are too large for one request through a proxy.

A part is put to a URL of this server with the caller's own credentials, which the response repeats
because MLflow's client sends parts without any. When all have arrived, they are joined.
"""

import secrets
import time
from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.records import ArtifactRecord, UploadRecord
from treadle.server.artifact_transfer import Contents
from treadle.server.caller import Caller
from treadle.server.mlflow.calls.artifacts import check_path, check_room
from treadle.server.mlflow.dialect import encode
from treadle.server.mlflow.entities import Message
from treadle.server.mlflow.errors import MlflowError, invalid, missing
from treadle.server.mlflow.files.transfer import allow, parse_address
from treadle.server.proxy_headers import address_of
from treadle.server.routing import Route
from treadle.server.service import Service

_Asked = TypeVar("_Asked", bound=Message)

_PREFIX: Final = "/api/2.0/mlflow-artifacts/mpu"
_PREFIXES: Final = (_PREFIX, "/ajax-api/2.0/mlflow-artifacts/mpu")
_MOST_PARTS: Final = 10_000


class CreateUpload(Message, kw_only=True):
    """A file to upload in parts: its path on the client, of which only the name is used."""

    path: str
    num_parts: int = 1


class Credential(Message, kw_only=True):
    """The URL of a part, and the headers to send with it."""

    url: str
    part_number: int
    headers: dict[str, str] = {}


class CreatedUpload(Message, kw_only=True):
    """The id of an upload and the URLs of its parts."""

    upload_id: str
    credentials: list[Credential]


class Part(Message, kw_only=True):
    """A part that has been uploaded."""

    part_number: int
    etag: str = ""
    url: str = ""


class EndUpload(Message, kw_only=True):
    """An upload to complete or to abort."""

    path: str = ""
    upload_id: str
    parts: list[Part] = []


def multipart_routes(service: Service, contents: Contents) -> Iterator[Route]:
    """Yield the routes of multipart uploads."""
    uploads = _Uploads(service, contents)
    for prefix in _PREFIXES:
        for name, endpoint in (
            ("create", uploads.create),
            ("complete", uploads.complete),
            ("abort", uploads.abort),
        ):
            yield service.route("POST", f"{prefix}/{name}/{{path:path}}", endpoint, "editor")
    yield service.route("PUT", f"{_PREFIX}/part/{{upload}}/{{number}}", uploads.put, "editor")


class _Uploads:
    """Handles requests about multipart uploads."""

    def __init__(self, service: Service, contents: Contents) -> None:
        self._service = service
        self._contents = contents

    async def create(self, request: Request) -> Response:
        """Start an upload."""
        ask = await _read(request, CreateUpload)
        if not 1 <= ask.num_parts <= _MOST_PARTS:
            raise invalid(
                f"Invalid value {ask.num_parts} for parameter 'num_parts': 1 to {_MOST_PARTS} are "
                "possible."
            )
        owner, folder = parse_address(request.path_params["path"], may_be_root=True)
        if ask.path.endswith("/"):
            raise invalid("Artifact path must include a filename (cannot end with '/').")
        name = ask.path.replace("\\", "/").rpartition("/")[2]
        record = UploadRecord(
            id=secrets.token_hex(16),
            owner=owner,
            path=check_path(f"{folder}/{name}" if folder else name),
            count=ask.num_parts,
            created=time.time(),
            parts={},
        )

        def change(caller: Caller) -> None:
            allow(caller, owner, "editor")
            check_room(caller.store, owner, record.path)  # before any data is uploaded in vain
            caller.store.uploads.create(record)

        await self._service.write(request, change)
        base = f"{address_of(request.scope)}{_PREFIX}/part/{record.id}"
        authorization = request.headers.get("authorization")
        headers = {"Authorization": authorization} if authorization else {}
        answer = CreatedUpload(
            upload_id=record.id,
            credentials=[
                Credential(url=f"{base}/{number}", part_number=number, headers=headers)
                for number in range(1, record.count + 1)
            ],
        )
        return Response(encode(answer), media_type="application/json")

    async def put(self, request: Request) -> Response:
        """Store a part; the same one may be sent again."""
        given = request.path_params["number"]
        number = int(given) if given.isascii() and given.isdigit() and len(given) <= 5 else 0  # noqa: PLR2004
        upload = await self._service.read(
            request, lambda caller: _find(caller, request.path_params["upload"])
        )
        if not 1 <= number <= upload.count:
            raise invalid(
                f"Invalid value {given[:20]} for parameter 'part_number': there are {upload.count}."
            )
        digest, size = await self._contents.receive(request.stream(), f"{upload.id}/{number}")

        def change(caller: Caller) -> None:
            _find(caller, upload.id)  # it may have been aborted meanwhile
            caller.store.uploads.put_part(upload.id, number, digest, size)

        await self._service.write(request, change)
        return Response(b"{}", media_type="application/json", headers={"etag": _etag(digest)})

    async def complete(self, request: Request) -> Response:
        """Join the parts, and store the file."""
        ask = await _read(request, EndUpload)
        upload = await self._service.read(request, lambda caller: _find(caller, ask.upload_id))
        if upload.is_whole:  # a retry: the response was lost
            return Response(b"{}", media_type="application/json")
        lacking = [number for number in range(1, upload.count + 1) if number not in upload.parts]
        if lacking:
            raise invalid(
                f"Of upload {upload.id} these parts have not come: "
                f"{', '.join(map(str, lacking[:20]))}."
            )
        for part in ask.parts:
            if part.etag and part.etag.strip('"') != _etag(
                upload.parts.get(part.part_number, "")
            ).strip('"'):
                raise invalid(
                    f"Part {part.part_number} of upload {upload.id} is not the one that was sent."
                )
        names = _names(upload)
        digest, size = await self._contents.join(names)
        record = ArtifactRecord(path=upload.path, digest=digest, size=size, time=time.time())

        def change(caller: Caller) -> None:
            if not _find(caller, upload.id).is_whole:
                check_room(caller.store, upload.owner, upload.path)
                caller.store.artifacts.put(upload.owner, record)
                caller.store.uploads.finish(upload.id)

        await self._service.write(request, change)
        await self._contents.drop(names)
        return Response(b"{}", media_type="application/json")

    async def abort(self, request: Request) -> Response:
        """Abort an upload."""
        ask = await _read(request, EndUpload)

        def change(caller: Caller) -> UploadRecord:
            found = _find(caller, ask.upload_id)
            caller.store.uploads.remove(found.id)
            return found

        await self._contents.drop(_names(await self._service.write(request, change)))
        return Response(b"{}", media_type="application/json")


def _names(upload: UploadRecord) -> list[str]:
    return [f"{upload.id}/{number}" for number in range(1, upload.count + 1)]


def _etag(digest: str) -> str:
    return f'"{digest.removeprefix("blake3:")}"'


def _find(caller: Caller, upload: str) -> UploadRecord:
    found = caller.store.uploads.find(upload)
    if found is None:
        raise missing(f"There is no upload '{upload[:100]}': it is complete, or was given up.")
    allow(caller, found.owner, "editor")
    return found


async def _read(request: Request, kind: type[_Asked]) -> _Asked:
    try:
        return msgspec.json.decode(await request.body(), type=kind, strict=False)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise MlflowError("BAD_REQUEST", f"The body of the request is invalid: {error}.") from error
