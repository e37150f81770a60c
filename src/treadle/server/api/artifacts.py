"""Routes of the native API that send the contents of artifacts."""

from collections.abc import Iterator
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.records import ArtifactOwner, ArtifactRecord
from treadle.server.api.dialect import PREFIX, convert
from treadle.server.artifact_transfer import Contents
from treadle.server.caller import Caller
from treadle.server.routing import Route
from treadle.server.service import Service
from treadle.store import no_artifact


class OneBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a file of a run, from a byte offset on."""

    run: str
    path: str
    begin: Annotated[int, msgspec.Meta(ge=0, lt=2**62)] = 0


def artifact_routes(service: Service, contents: Contents) -> Iterator[Route]:
    """Yield the route that sends contents in blocks: a response that is lost is requested again."""

    async def send(request: Request) -> Response:
        ask = convert(dict(request.query_params), OneBlock)

        def find(caller: Caller) -> ArtifactRecord | None:
            owner = ArtifactOwner("run", caller.resolve_run(ask.run))
            return caller.store.artifacts.find(owner, ask.path)

        record = await service.read(request, find)
        if record is None:
            raise no_artifact(ask.run, ask.path)
        block = await contents.block(record, ask.begin)
        return Response(block, media_type="application/octet-stream")

    yield service.route("GET", f"{PREFIX}/run/artifact", send)
