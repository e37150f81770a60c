"""Routes of the native API that send the contents of artifacts."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.errors import DataNotFoundError, SearchError
from treadle.records import ArtifactOwner, ArtifactRecord
from treadle.server.api.dialect import PREFIX, convert
from treadle.server.artifact_transfer import Contents
from treadle.server.caller import Caller
from treadle.server.routing import Route
from treadle.server.service import Service
from treadle.store import no_artifact

_HTML: Final = (".html", ".htm")
_Offset = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]


class OneFile(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a file of a run."""

    run: str
    path: str


class OneBlock(OneFile, frozen=True, kw_only=True):
    """A request for a file of a run, from a byte offset on."""

    begin: _Offset = 0
    end: _Offset | None = None
    """The offset after the last byte; at most 8 MiB are sent at once."""


class OnePage(OneFile, frozen=True, kw_only=True):
    """A request for an HTML file of a run, to show it in a frame."""

    scripts: bool = False
    """Whether its scripts run, which the user has to ask for."""


def artifact_routes(service: Service, contents: Contents) -> Iterator[Route]:
    """Yield the routes that send contents: in blocks, as downloads, and as pages in a frame."""

    async def find(request: Request, ask: OneFile) -> ArtifactRecord:
        def look(caller: Caller) -> ArtifactRecord | None:
            owner = ArtifactOwner("run", caller.resolve_run(ask.run))
            return caller.store.artifacts.find(owner, ask.path)

        record = await service.read(request, look)
        if record is None:
            absent = no_artifact(ask.run, ask.path)
            raise DataNotFoundError(absent.message, hint=absent.hint)
        return record

    async def send(request: Request) -> Response:
        """Send a block: a response that is lost is requested again."""
        ask = convert(dict(request.query_params), OneBlock)
        block = await contents.block(await find(request, ask), ask.begin, ask.end)
        return Response(block, media_type="application/octet-stream")

    async def download(request: Request) -> Response:
        ask = convert(dict(request.query_params), OneFile)
        return await contents.send(await find(request, ask), request.headers)

    async def show(request: Request) -> Response:
        ask = convert(dict(request.query_params), OnePage)
        record = await find(request, ask)
        if PurePosixPath(record.path).suffix.lower() not in _HTML:
            raise SearchError(
                f"{record.path} is not an HTML file, and cannot be shown as a page.",
                hint="Download it from /api/v1/run/download.",
            )
        return await contents.show(record, scripts=ask.scripts)

    yield service.route("GET", f"{PREFIX}/run/artifact", send)
    yield service.route("GET", f"{PREFIX}/run/download", download)
    yield service.route("GET", f"{PREFIX}/run/show", show)
