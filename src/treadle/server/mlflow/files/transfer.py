"""Artifacts through the server: ``mlflow-artifacts`` URIs, of a run or logged model and a path."""

import re
import time
from collections.abc import Iterator
from typing import Final

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from treadle.records import ARTIFACT_ROOT, ArtifactOwner, ArtifactRecord, Role
from treadle.server.access import StoreAccess
from treadle.server.artifact_transfer import Contents
from treadle.server.mlflow.call import Call
from treadle.server.mlflow.calls.artifacts import (
    check_folder,
    check_path,
    check_room,
    climbs,
    list_folder,
    without_dots,
)
from treadle.server.mlflow.entities import FileMessage, Message
from treadle.server.mlflow.errors import MlflowError, invalid, missing
from treadle.server.mlflow.files.proxied_root import FREE, list_root
from treadle.server.mlflow.protocol import decode_query, encode
from treadle.server.mlflow.routes import answer_errors
from treadle.server.routing import Route, principal_of
from treadle.store import TeamStore

_OWNER: Final = re.compile(
    r"(?:.*?/)??(?:models/(?P<model>m-[\w\-]+)|(?P<run>[0-9a-f]{32}))/artifacts(?:/(?P<path>.*))?",
    re.DOTALL,
)
_PREFIXES: Final = ("/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts")


class FilesAnswer(Message, kw_only=True):
    """The entries of a directory, by names."""

    files: list[FileMessage] = []


def file_routes(access: StoreAccess, contents: Contents) -> Iterator[Route]:
    """Yield the routes that transfer artifacts."""
    files = _Files(access, contents)
    for prefix in _PREFIXES:
        yield Route(("GET",), f"{prefix}/artifacts", answer_errors(files.list, access), "viewer")
        one = f"{prefix}/artifacts/{{path:path}}"
        yield Route(("GET",), one, answer_errors(files.get, access), "viewer")
        yield Route(("PUT",), one, answer_errors(files.put, access), "editor")
        yield Route(("DELETE",), one, answer_errors(files.delete, access), "editor")
    for path in ("/get-artifact", "/ajax-api/2.0/mlflow/get-artifact"):
        yield Route(("GET",), path, answer_errors(files.get_of_run, access), "viewer")
    for path in (
        "/model-versions/get-artifact",
        "/ajax-api/2.0/mlflow/model-versions/get-artifact",
    ):
        yield Route(("GET",), path, answer_errors(files.get_of_version, access), "viewer")
    path = "/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files"
    yield Route(("GET",), path, answer_errors(files.get_of_model, access), "viewer")
    yield Route(
        ("POST",),
        "/ajax-api/2.0/mlflow/upload-artifact",
        answer_errors(files.upload, access),
        "editor",
    )


class _Files:
    """Handles requests about files."""

    def __init__(self, access: StoreAccess, contents: Contents) -> None:
        self._access = access
        self._contents = contents

    async def list(self, request: Request) -> Response:
        """List a directory by names."""
        path = decode_query(request.scope["query_string"], frozenset()).get("path", "")
        owner, folder = parse_address(path, may_be_root=True)

        def ask(store: TeamStore) -> list[FileMessage]:
            call = self._call(store, request)
            if owner == FREE:
                return list_root(call, folder)
            allow(call, owner, "viewer")
            return list_folder(call, owner, folder)

        files = await self._access.read(ask)
        named = [
            FileMessage(
                path=one.path.rpartition("/")[2],
                is_dir=one.is_dir,
                file_size=one.file_size or UNSET,
            )
            if one.is_dir
            else FileMessage(
                path=one.path.rpartition("/")[2], is_dir=False, file_size=one.file_size
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
        location = await self._access.read(
            lambda store: self._call(store, request).version(name, version).location
        )
        path = location.partition(":")[2].strip("/")
        owner, folder = parse_address(path)
        if owner == FREE and not location.startswith(ARTIFACT_ROOT):
            raise missing(f"The files of this version are not on this server: '{location[:200]}'")
        wanted = check_path(fields.get("path", ""))
        return await self._send(request, owner, f"{folder}/{wanted}" if folder else wanted)

    async def _send(self, request: Request, owner: ArtifactOwner, path: str) -> Response:
        def ask(store: TeamStore) -> ArtifactRecord | None:
            call = self._call(store, request)
            allow(call, owner, "viewer")
            found = call.store.artifacts.find(owner, path)
            if found is None and call.store.artifacts.list(owner, path):
                raise invalid(f"Artifact path refers to a directory, not a file: '{path}'")
            return found

        record = await self._access.read(ask)
        if record is None:
            raise missing(f"No such artifact: '{path}'")
        return await self._contents.send(record, request.headers.get("range", ""))

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
        await self._access.read(lambda store: self._admit(store, request, owner, path))
        digest, size = await self._contents.receive(request.stream())
        record = ArtifactRecord(path=path, digest=digest, size=size, time=time.time())

        def change(store: TeamStore) -> None:
            self._admit(store, request, owner, path)
            store.artifacts.put(owner, record)

        await self._access.write(change)

    def _admit(self, store: TeamStore, request: Request, owner: ArtifactOwner, path: str) -> None:
        allow(self._call(store, request), owner, "editor")
        check_room(store, owner, path)

    async def delete(self, request: Request) -> Response:
        """Delete a file, or a directory with all its contents; it need not exist."""
        owner, path = parse_address(request.path_params["path"], may_be_root=True)
        if owner == FREE and not path:
            raise invalid("Invalid path: the root of all artifacts cannot be deleted.")

        def change(store: TeamStore) -> None:
            allow(self._call(store, request), owner, "editor")
            store.artifacts.delete(owner, path)

        await self._access.write(change)
        return Response(b"{}", media_type="application/json")

    @staticmethod
    def _call(store: TeamStore, request: Request) -> Call:
        return Call(store, principal_of(request), time.time())


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


def allow(call: Call, owner: ArtifactOwner, need: Role) -> None:
    """Check that the owner exists for the caller, and that they have a role on it."""
    if owner == FREE:
        if not call.principal.may_everywhere(need):
            raise MlflowError("PERMISSION_DENIED", "Permission denied")
    elif owner.kind == "model":
        call.logged_model(owner.id, need)
    else:
        call.run(owner.id, need)
