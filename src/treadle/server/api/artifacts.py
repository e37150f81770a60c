"""Routes of the native API that send the contents of artifacts."""

import time
from collections.abc import Iterator
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.errors import SearchError
from treadle.records import ArtifactOwner, ArtifactRecord
from treadle.server.access import StoreAccess
from treadle.server.api.operation import PREFIX, Call, answer_problems
from treadle.server.artifact_transfer import Contents
from treadle.server.routing import Route, principal_of
from treadle.store import TeamStore, no_artifact


class OneBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a file of a run, from a byte offset on."""

    run: str
    path: str
    begin: Annotated[int, msgspec.Meta(ge=0, lt=2**62)] = 0


def artifact_routes(access: StoreAccess, contents: Contents) -> Iterator[Route]:
    """Yield the route that sends contents in blocks: a response that is lost is requested again."""

    async def send(request: Request) -> Response:
        try:
            ask = msgspec.convert(dict(request.query_params), OneBlock, strict=False)
        except msgspec.ValidationError as error:
            raise SearchError(f"The request is invalid: {error}.") from error
        principal = principal_of(request)

        def find(store: TeamStore) -> ArtifactRecord | None:
            run = Call(store, principal, time.time()).resolve(ask.run)
            return store.artifacts.find(ArtifactOwner("run", run), ask.path)

        record = await access.read(find)
        if record is None:
            raise no_artifact(ask.run, ask.path)
        block = await contents.block(record, ask.begin)
        return Response(block, media_type="application/octet-stream")

    yield Route(("GET",), f"{PREFIX}/run/artifact", answer_problems(send), "viewer")
