"""Server-sent events that report to a page what changes: a run, or the table of all runs.

Each event has an id. A client that connects again sends the last one, and gets an event only if
there is news since. The store is queried only after it was changed.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from treadle.errors import TreadleError
from treadle.records import MetricSummary, RunRecord
from treadle.records.json_numbers import encode_numbers
from treadle.server.api.dialect import PREFIX
from treadle.server.caller import Caller
from treadle.server.rejections import MissingError, RejectedError
from treadle.server.routing import Route
from treadle.server.service import Service
from treadle.server.watch import StoreWatch

_LOOK: Final = 0.5  # seconds between looks at the mark of the store
_REST: Final = 1.0  # seconds between events of the table of runs
_QUIET: Final = 15.0  # seconds without news after which the connection is kept alive
_LONGEST: Final = 600.0  # seconds after which the client has to reconnect
_ENDED: Final = 204  # by which a browser no longer connects again
_HEADERS: Final = {
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # or nginx would collect events
}


class RunNow(msgspec.Struct, frozen=True, kw_only=True):
    """The current state of a run."""

    run: RunRecord
    metrics: list[MetricSummary]

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.run.status not in ("running", "scheduled", "lost")


class RunsNow(msgspec.Struct, frozen=True, kw_only=True):
    """The current state of all runs that the caller sees."""

    newest: int
    """Key of the newest run; 0 without runs."""
    running: int
    """Number of runs that are running."""
    mark: str
    """A text that differs when anything was logged or changed."""


def event_routes(service: Service, watch: StoreWatch) -> Iterator[Route]:
    """Yield the routes that respond with events."""

    async def follow(request: Request) -> Response:
        run = request.path_params["run"]

        def look(caller: Caller) -> RunNow:
            caller.run(run)
            found = caller.store.runs.get(run)  # without its log and files, which can be many
            if found is None:
                raise MissingError("run", run)
            return RunNow(run=found.run, metrics=found.metrics)

        async def read() -> tuple[bytes, bool]:
            now = await service.read(request, look)
            return encode_numbers(now), now.is_over

        mark = await watch.mark()
        first = await read()  # a missing run is an error response, not a stream
        seen = _last_seen(request)
        if first[1] and seen == _digest(first[0]):
            return Response(status_code=_ENDED)
        return _stream(_follow(watch, read, mark, first, seen))

    async def follow_all(request: Request) -> Response:
        async def read(mark: str) -> RunsNow:
            def look(caller: Caller) -> tuple[int, int]:
                return caller.store.activity(caller.visible_experiments())

            newest, running = await service.read(request, look)
            return RunsNow(newest=newest, running=running, mark=mark)

        return _stream(_follow_all(watch, read, _last_seen(request)))

    yield service.route("GET", f"{PREFIX}/runs/{{run}}/events", follow)
    yield service.route("GET", f"{PREFIX}/events", follow_all)


async def _follow(
    watch: StoreWatch,
    read: Callable[[], Awaitable[tuple[bytes, bool]]],
    mark: str,
    first: tuple[bytes, bool],
    seen: str,
) -> AsyncIterator[bytes]:
    """Yield an event for each change of a run, until it ends."""
    content, is_over = first
    async for now in _marks(watch, mark):
        if now == "":
            yield b": still running\n\n"
            continue
        if now != mark:
            mark = now
            content, is_over = await read()
        digest = _digest(content)
        if digest != seen:
            yield _event("run", digest, content)
            seen = digest
        if is_over:
            return


async def _follow_all(
    watch: StoreWatch, read: Callable[[str], Awaitable[RunsNow]], seen: str
) -> AsyncIterator[bytes]:
    """Yield an event for each change of the store, but at most one a second."""
    async for mark in _marks(watch, await watch.mark()):
        if mark == "":
            yield b": nothing new\n\n"
        elif mark != seen:
            yield _event("runs", mark, encode_numbers(await read(mark)))
            seen = mark
            await asyncio.sleep(_REST - _LOOK)


async def _marks(watch: StoreWatch, first: str) -> AsyncIterator[str]:
    """Yield the marks of the store, each once; nothing but an empty one during a quiet time."""
    yield first
    last, quiet = first, 0.0
    for _ in range(int(_LONGEST / _LOOK)):
        await asyncio.sleep(_LOOK)
        mark = await watch.mark()
        quiet += _LOOK
        if mark != last:
            yield mark
            last, quiet = mark, 0.0
        elif quiet >= _QUIET:
            yield ""
            quiet = 0.0


def _stream(events: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(
        _until_failure(events), media_type="text/event-stream", headers=_HEADERS
    )


async def _until_failure(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield events until an error, which the client gets as a response when it connects again."""
    with contextlib.suppress(RejectedError, TreadleError):
        async for one in events:
            yield one


def _event(name: str, identifier: str, content: bytes) -> bytes:
    return f"id: {identifier}\nevent: {name}\ndata: ".encode() + content + b"\n\n"


def _last_seen(request: Request) -> str:
    """Return the id of the last event that the client got before it connected again."""
    return request.headers.get("last-event-id", "")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
