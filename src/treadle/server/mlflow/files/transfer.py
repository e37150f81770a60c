"""Artifacts through the server: ``mlflow-artifacts`` URIs, of a run or logged model and a path."""

import re
import time
from collections.abc import Iterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from treadle.records import ARTIFACT_ROOT, ArtifactOwner, ArtifactRecord, Role
from treadle.server.artifact_transfer import Contents
from treadle.server.caller import Caller
from treadle.server.mlflow.calls.artifacts import (
    check_folder,
    check_path,
    check_room,
    climbs,
    list_folder,
    without_dots,
)
from treadle.server.mlflow.dialect import decode_query, encode
from treadle.server.mlflow.entities import FileMessage, Message
from treadle.server.mlflow.errors import invalid, missing
from treadle.server.mlflow.files.proxied_root import FREE, list_root
from treadle.server.routing import Route
from treadle.server.service import Service

_OWNER: Final = re.compile(
    r"(?:.*?/)??(?:models/(?P<model>m-[\w\-]+)|(?P<run>[0-9a-f]{32}))/artifacts(?:/(?P<path>.*))?",
    re.DOTALL,
)
_PREFIXES: Final = ("/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts")


class FilesAnswer(Message, kw_only=True):
    """The entries of a directory, by names."""

    files: list[FileMessage] = []


def file_routes(service: Service, contents: Contents) -> Iterator[Route]:
    """Yield the routes that transfer artifacts."""
    files = _Files(service, contents)
    for prefix in _PREFIXES:
        yield service.route("GET", f"{prefix}/artifacts", files.list)
        one = f"{prefix}/artifacts/{{path:path}}"
        yield service.route("GET", one, files.get)
        yield service.route("PUT", one, files.put, "editor")
        yield service.route("DELETE", one, files.delete, "editor")
    pages = "/ajax-api/2.0/mlflow"
    for path in ("/get-artifact", f"{pages}/get-artifact"):
        yield service.route("GET", path, files.get_of_run)
    for path in ("/model-versions/get-artifact", f"{pages}/model-versions/get-artifact"):
        yield service.route("GET", path, files.get_of_version)
    of_model = f"{pages}/logged-models/{{model_id}}/artifacts/files"
    yield service.route("GET", of_model, files.get_of_model)
    yield service.route("POST", f"{pages}/upload-artifact", files.upload, "editor")


class _Files:
    """Handles requests about files."""

    def __init__(self, service: Service, contents: Contents) -> None:
        self._service = service
        self._contents = contents

    async def list(self, request: Request) -> Response:
        """List a directory by names."""
        path = decode_query(request.scope["query_string"], frozenset()).get("path", "")
        owner, folder = parse_address(path, may_be_root=True)

        def ask(caller: Caller) -> list[FileMessage]:
            if owner == FREE:
                return list_root(caller, folder)
            allow(caller, owner, "viewer")
            return list_folder(caller, owner, folder)

        files = await self._service.read(request, ask)
        named = [
            FileMessage(
                path=one.path.rpartition("/")[2], is_dir=one.is_dir, file_size=one.file_size
            )
            for one in files
        ]
        return Response(encode(FilesAnswer(files=named)), media_type="application/json")

    async def get(self, request: Request) -> Response:
        """Return a file's content, or a range of it."""
        return await self._send(request, *parse_address(request.path_params["path"]))

    async def get_of_run(self, request: Request) -> Response:
        """Return a file of a run."""
        fields = decode_query(request.scope["query_string"], frozenset())
        run = fields.get("run_id") or fields.get("run_uuid")
        if not run:
            raise invalid("Missing value for required parameter 'run_id'.")
        return await self._send(
            request, ArtifactOwner("run", run), check_path(fields.get("path", ""))
        )

    async def get_of_model(self, request: Request) -> Response:
        """Return a file of a logged model."""
        fields = decode_query(request.scope["query_string"], frozenset())
        owner = ArtifactOwner("model", request.path_params["model_id"])
        return await self._send(request, owner, check_path(fields.get("artifact_file_path", "")))

    async def get_of_version(self, request: Request) -> Response:
        """Return a file of a version of a registered model."""
        fields = decode_query(request.scope["query_string"], frozenset())
        name, version = fields.get("name", ""), fields.get("version", "")
        location = await self._service.read(
            request, lambda caller: caller.version(name, version).location
        )
        path = location.partition(":")[2].strip("/")
        owner, folder = parse_address(path)
        if owner == FREE and not location.startswith(ARTIFACT_ROOT):
            raise missing(f"The files of this version are not on this server: '{location[:200]}'")
        wanted = check_path(fields.get("path", ""))
        return await self._send(request, owner, f"{folder}/{wanted}" if folder else wanted)

    async def _send(self, request: Request, owner: ArtifactOwner, path: str) -> Response:
        def ask(caller: Caller) -> ArtifactRecord | None:
            allow(caller, owner, "viewer")
            found = caller.store.artifacts.find(owner, path)
            if found is None and caller.store.artifacts.list(owner, path):
                raise invalid(f"Artifact path refers to a directory, not a file: '{path}'")
            return found

        record = await self._service.read(request, ask)
        if record is None:
            raise missing(f"No such artifact: '{path}'")
        return await self._contents.send(record, request.headers)

    async def put(self, request: Request) -> Response:
        """Store a file."""
        address = request.path_params["path"]
        if address.endswith("/"):
            raise invalid("Artifact path must include a filename (cannot end with '/').")
        owner, path = parse_address(address)
        await self._receive(request, owner, path)
        return Response(b"{}", media_type="application/json")

    async def upload(self, request: Request) -> Response:
        """Store a small file that a page uploads."""
        fields = decode_query(request.scope["query_string"], frozenset())
        run = fields.get("run_uuid") or fields.get("run_id") or ""
        await self._receive(request, ArtifactOwner("run", run), check_path(fields.get("path", "")))
        return Response(b"{}", media_type="application/json")

    async def _receive(self, request: Request, owner: ArtifactOwner, path: str) -> None:
        # Before the first byte is read: a caller without the role sends nothing.
        await self._service.read(request, lambda caller: _check_upload(caller, owner, path))
        digest, size = await self._contents.receive(request.stream())
        record = ArtifactRecord(path=path, digest=digest, size=size, time=time.time())

        def change(caller: Caller) -> None:
            _check_upload(caller, owner, path)
            caller.store.artifacts.put(owner, record)

        await self._service.write(request, change)

    async def delete(self, request: Request) -> Response:
        """Delete a file, or a directory with all its contents; it need not exist."""
        owner, path = parse_address(request.path_params["path"], may_be_root=True)
        if owner == FREE and not path:
            raise invalid("Invalid path: the root of all artifacts cannot be deleted.")

        def change(caller: Caller) -> None:
            allow(caller, owner, "editor")
            caller.store.artifacts.delete(owner, path)

        await self._service.write(request, change)
        return Response(b"{}", media_type="application/json")


def _check_upload(caller: Caller, owner: ArtifactOwner, path: str) -> None:
    allow(caller, owner, "editor")
    check_room(caller.store, owner, path)


def parse_address(address: str, *, may_be_root: bool = False) -> tuple[ArtifactOwner, str]:
    """Return the owner and path of a file; a file without an owner has the whole path."""
    if climbs(address):
        raise invalid(f"Invalid path: {address[:200]!r}")
    plain = without_dots(address.strip("/"))
    found = _OWNER.fullmatch(plain)
    owner, path = _owner(found) if found is not None else (FREE, plain)
    if not path and not may_be_root:
        raise missing("No such artifact: ''")
    return owner, check_folder(path)


def _owner(found: "re.Match[str]") -> tuple[ArtifactOwner, str]:
    if found["model"]:
        return ArtifactOwner("model", found["model"]), found["path"] or ""
    return ArtifactOwner("run", found["run"]), found["path"] or ""


def allow(caller: Caller, owner: ArtifactOwner, need: Role) -> None:
    """Check that the owner exists for the caller, and that they have a role on it."""
    if owner == FREE:
        caller.demand_everywhere(need)
    elif owner.kind == "model":
        caller.logged_model(owner.id, need)
    else:
        caller.run(owner.id, need)
