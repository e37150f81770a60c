"""Server-sent events that report the progress of a run to a page."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from treadle.records import MetricSummary, RunRecord
from treadle.records.json_numbers import encode_numbers
from treadle.server.api.dialect import PREFIX
from treadle.server.caller import Caller
from treadle.server.rejections import MissingError
from treadle.server.routing import Route
from treadle.server.service import Service

_LOOK: Final = 1.0  # seconds between queries of the store
_QUIET: Final = 15  # queries without news after which the connection is kept alive
_LONGEST: Final = 600  # queries after which the client has to reconnect


class RunNow(msgspec.Struct, frozen=True, kw_only=True):
    """The current state of a run."""

    run: RunRecord
    metrics: list[MetricSummary]


def event_routes(service: Service) -> Iterator[Route]:
    """Yield the routes that respond with events."""

    async def follow(request: Request) -> Response:
        run = request.path_params["run"]

        def look(caller: Caller) -> RunNow:
            caller.run(run)
            found = caller.store.runs.get(run)  # without its log and files, which can be many
            if found is None:
                raise MissingError("run", run)
            return RunNow(run=found.run, metrics=found.metrics)

        async def again() -> RunNow:
            return await service.read(request, look)

        first = await again()  # a missing run is an error response, not a stream
        return StreamingResponse(
            _follow(again, first),
            media_type="text/event-stream",
            headers={"cache-control": "no-store"},
        )

    yield service.route("GET", f"{PREFIX}/runs/{{run}}/events", follow)


async def _follow(look: Callable[[], Awaitable[RunNow]], first: RunNow) -> AsyncIterator[bytes]:
    """Yield an event for each change, until the run ends."""
    now, sent, quiet = first, b"", 0
    for _ in range(_LONGEST):
        content = encode_numbers(now)
        if content != sent:
            yield b"event: run\ndata: " + content + b"\n\n"
            sent, quiet = content, 0
        if now.run.status not in ("running", "scheduled", "lost"):
            return
        quiet += 1
        if quiet % _QUIET == 0:
            yield b": still running\n\n"
        await asyncio.sleep(_LOOK)
        now = await look()
