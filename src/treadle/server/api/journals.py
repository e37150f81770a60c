"""Operations that receive the journals of clients."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.errors import AccessError, SearchError
from treadle.records import Entry, ProcessIdentity, RunResumed, RunStarted
from treadle.server.api.dialect import MSGPACK, PREFIX
from treadle.server.artifact_transfer import Contents
from treadle.server.caller import Caller
from treadle.server.operation import operation
from treadle.server.routing import Route
from treadle.server.service import Service


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a writer's entries the store has."""

    high_water: int
    """The last sequence number that the store has."""


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """A heartbeat of a run's process."""

    run: str


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """An empty request or response."""


class Owned(msgspec.Struct, frozen=True, kw_only=True):
    """A run that the store considers running."""

    run: str
    owner: ProcessIdentity


class Dead(msgspec.Struct, frozen=True, kw_only=True):
    """Runs whose processes the client found dead."""

    runs: list[str]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Contents that a client is about to refer to again, with their sizes."""

    contents: dict[str, int]


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Digests of the contents that the store lacks."""

    digests: list[str]


@operation("POST", "runs/{run}/heartbeat", role="editor")
def beat(caller: Caller, ask: Beat) -> Nothing:
    """Record a heartbeat of a run."""
    caller.run(ask.run, "editor")
    caller.store.beat([ask.run], caller.now)
    return Nothing()


@operation("GET", "running")
def running(caller: Caller, ask: Nothing) -> list[Owned]:
    """List the runs that count as running, with the processes that own them."""
    return [
        Owned(run=run, owner=owner)
        for run, owner in caller.store.running()
        if caller.find_run(run) is not None
    ]


@operation("POST", "running/dead", role="editor")
def bury(caller: Caller, ask: Dead) -> Nothing:
    """Mark runs as killed that still count as running, because their processes have died."""
    for run in ask.runs:
        caller.run(run, "editor")
    caller.store.bury(ask.runs)
    return Nothing()


_DIGEST: Final = re.compile(r"blake3:[0-9a-f]{64}")
_decode = msgspec.msgpack.Decoder(list[Entry]).decode


def journal_routes(service: Service, contents: Contents) -> Iterator[Route]:
    """Yield the routes that receive entries and contents, which are not JSON."""

    async def deliver(request: Request) -> Response:
        first, entries = _read_entries(request, await request.body())
        writer = request.path_params["writer"]
        high_water = await service.write(
            request, lambda caller: _apply(caller, writer, first, entries)
        )
        return _respond(Delivered(high_water=high_water))

    async def renew(request: Request) -> Response:
        wanted = _read_wanted(await request.body())
        return _respond(Missing(digests=await contents.find_missing(wanted.contents)))

    async def receive(request: Request) -> Response:
        digest, _ = await contents.receive(request.stream())
        if digest != request.path_params["digest"]:
            raise SearchError(
                f"The content has the digest {digest}, and not {request.path_params['digest']}."
            )
        return _respond(Nothing())

    yield service.route("POST", f"{PREFIX}/journals/{{writer}}", deliver, "editor")
    yield service.route("POST", f"{PREFIX}/contents/renew", renew, "editor")
    yield service.route("PUT", f"{PREFIX}/contents/{{digest}}", receive, "editor")


def _respond(result: msgspec.Struct) -> Response:
    return Response(msgspec.msgpack.encode(result), media_type=MSGPACK)


def _read_entries(request: Request, body: bytes) -> tuple[int, list[Entry]]:
    """Return the sequence number of the first entry, and the entries."""
    try:
        first = int(request.query_params.get("first", ""))
        entries = _decode(body)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise SearchError(f"The entries are invalid: {error}.") from error
    if not 1 <= first < 2**62 or len(request.path_params["writer"]) > 100:  # noqa: PLR2004
        raise SearchError("The writer or its sequence number is invalid.")
    return first, entries


def _read_wanted(body: bytes) -> Wanted:
    try:
        wanted = msgspec.msgpack.decode(body, type=Wanted)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise SearchError(f"The contents are invalid: {error}.") from error
    if not all(map(_DIGEST.fullmatch, wanted.contents)):
        raise SearchError("A digest is invalid: it is blake3: with 64 hex digits.")
    return wanted


def _apply(caller: Caller, writer: str, first: int, entries: list[Entry]) -> int:
    """Apply entries to the store; return the last sequence number that it has."""
    if not caller.principal.may_everywhere("editor"):
        _check(caller, entries)
    try:
        high_water = caller.store.apply(writer, first, entries) if entries else first - 1
    except (OverflowError, ValueError) as error:
        raise SearchError(f"An entry has a value that cannot be stored: {error}.") from error
    caller.store.beat(sorted({entry.run for entry in entries}), caller.now)
    return high_water


def _check(caller: Caller, entries: Sequence[Entry]) -> None:
    """Reject entries about runs that the caller may not write to."""
    begun = {entry.run: entry.experiment for entry in entries if isinstance(entry, RunStarted)}
    moved = [
        (entry.run, entry.experiment)
        for entry in entries
        if isinstance(entry, RunResumed) and entry.experiment
    ]
    for run, name in (*begun.items(), *moved):
        if not caller.may_add_to(name):
            raise AccessError(f'You may not add run {run} to the experiment "{name}".')
    for run in {entry.run for entry in entries}:
        is_new = run in begun and caller.store.runs.state(run) is None
        if not is_new and not caller.may_log_to(run):
            raise AccessError(f"You may not log to run {run}.")
