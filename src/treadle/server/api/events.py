"""Server-sent events that report the progress of a run to a page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from treadle.errors import RunNotFoundError
from treadle.records import MetricSummary, RunRecord
from treadle.records.json_numbers import encode_numbers
from treadle.server.access import StoreAccess
from treadle.server.api.operation import PREFIX, Call, answer_problems
from treadle.server.routing import Route, principal_of
from treadle.store import TeamStore

_LOOK: Final = 1.0  # seconds between queries of the store
_QUIET: Final = 15  # queries without news after which the connection is kept alive
_LONGEST: Final = 600  # queries after which the client has to reconnect


class RunNow(msgspec.Struct, frozen=True, kw_only=True):
    """The current state of a run."""

    run: RunRecord
    metrics: list[MetricSummary]


def event_routes(access: StoreAccess) -> Iterator[Route]:
    """Yield the routes that respond with events."""

    async def follow(request: Request) -> Response:
        run = request.path_params["run"]
        principal = principal_of(request)

        def look(store: TeamStore) -> RunNow:
            Call(store, principal, 0.0).run(run)
            found = store.runs.get(run)  # without its log and files, which can be many
            if found is None:
                raise RunNotFoundError(f'There is no run "{run}".')
            return RunNow(run=found.run, metrics=found.metrics)

        first = await access.read(look)  # a missing run is an error response, not a stream
        return StreamingResponse(
            _follow(access, look, first),
            media_type="text/event-stream",
            headers={"cache-control": "no-store"},
        )

    yield Route(("GET",), f"{PREFIX}/runs/{{run}}/events", answer_problems(follow), "viewer")


async def _follow(
    access: StoreAccess, look: Callable[[TeamStore], RunNow], first: RunNow
) -> AsyncIterator[bytes]:
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
        now = await access.read(look)
