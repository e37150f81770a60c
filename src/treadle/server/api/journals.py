"""Operations that receive the journals of clients."""

import re
import time
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.errors import AccessError, SearchError
from treadle.records import Entry, ProcessIdentity, RunResumed, RunStarted
from treadle.server.access import StoreAccess
from treadle.server.api.operation import MSGPACK, PREFIX, Call, answer_problems, operation
from treadle.server.artifact_transfer import Contents
from treadle.server.principal import Principal
from treadle.server.routing import Route, principal_of
from treadle.store import TeamStore


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


@operation("POST", "/runs/{run}/heartbeat", role="editor")
def beat(call: Call, ask: Beat) -> Nothing:
    """Record a heartbeat of a run."""
    call.run(ask.run, "editor")
    call.store.beat([ask.run], call.now)
    return Nothing()


@operation("GET", "/running")
def running(call: Call, ask: Nothing) -> list[Owned]:
    """List the runs that count as running, with the processes that own them."""
    return [
        Owned(run=run, owner=owner)
        for run, owner in call.store.running()
        if (state := call.store.runs.state(run))
        and call.principal.may("viewer", experiment=state.experiment_id)
    ]


@operation("POST", "/running/dead", role="editor")
def bury(call: Call, ask: Dead) -> Nothing:
    """Mark runs as killed that still count as running, because their processes have died."""
    for run in ask.runs:
        call.run(run, "editor")
    call.store.bury(ask.runs)
    return Nothing()


CALLS = (beat, running, bury)

_DIGEST: Final = re.compile(r"blake3:[0-9a-f]{64}")
_decode = msgspec.msgpack.Decoder(list[Entry]).decode


def journal_routes(access: StoreAccess, contents: Contents) -> Iterator[Route]:
    """Yield the routes that receive entries and contents, which are not JSON."""

    async def deliver(request: Request) -> Response:
        principal = principal_of(request)
        try:
            first = int(request.query_params.get("first", ""))
            entries = _decode(await request.body())
        except (ValueError, msgspec.MsgspecError, RecursionError) as error:
            raise SearchError(f"The entries are invalid: {error}.") from error
        writer = request.path_params["writer"]
        if not 1 <= first < 2**62 or len(writer) > 100:  # noqa: PLR2004
            raise SearchError("The writer or its sequence number is invalid.")

        def change(store: TeamStore) -> int:
            _check(store, principal, entries)
            try:
                high_water = store.apply(writer, first, entries) if entries else first - 1
            except (OverflowError, ValueError) as error:
                raise SearchError(
                    f"An entry has a value that cannot be stored: {error}."
                ) from error
            store.beat(sorted({entry.run for entry in entries}), time.time())
            return high_water

        high_water = await access.write(change)
        return Response(
            msgspec.msgpack.encode(Delivered(high_water=high_water)), media_type=MSGPACK
        )

    async def receive(request: Request) -> Response:
        if not principal_of(request).may_somewhere("editor"):
            raise AccessError("You may not add artifacts.")
        digest, _ = await contents.receive(request.stream())
        if digest != request.path_params["digest"]:
            raise SearchError(
                f"The content has the digest {digest}, and not {request.path_params['digest']}."
            )
        return Response(msgspec.msgpack.encode(Nothing()), media_type=MSGPACK)

    yield Route(("POST",), f"{PREFIX}/journals/{{writer}}", answer_problems(deliver), "editor")
    yield _renew_route(contents)
    yield Route(("PUT",), f"{PREFIX}/contents/{{digest}}", answer_problems(receive), "editor")


def _renew_route(contents: Contents) -> Route:
    """Return the route that reports which contents still exist."""

    async def renew(request: Request) -> Response:
        if not principal_of(request).may_somewhere("editor"):
            raise AccessError("You may not add artifacts.")
        try:
            wanted = msgspec.msgpack.decode(await request.body(), type=Wanted)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise SearchError(f"The contents are invalid: {error}.") from error
        if not all(map(_DIGEST.fullmatch, wanted.contents)):
            raise SearchError("A digest is invalid: it is blake3: with 64 hex digits.")
        missing = Missing(digests=await contents.find_missing(wanted.contents))
        return Response(msgspec.msgpack.encode(missing), media_type=MSGPACK)

    return Route(("POST",), f"{PREFIX}/contents/renew", answer_problems(renew), "editor")


def _check(store: TeamStore, principal: Principal, entries: Sequence[Entry]) -> None:
    """Reject entries about runs that the caller may not write to."""
    if principal.role == "admin":
        return
    begun = {entry.run: entry.experiment for entry in entries if isinstance(entry, RunStarted)}
    moved = [
        (entry.run, entry.experiment)
        for entry in entries
        if isinstance(entry, RunResumed) and entry.experiment
    ]
    for run, name in (*begun.items(), *moved):
        experiment = store.experiments.find(name)
        if not principal.may("editor", experiment=experiment.id if experiment else None):
            raise AccessError(f'You may not add run {run} to the experiment "{name}".')
    for run in {entry.run for entry in entries}:
        state = store.runs.state(run)
        if (
            not principal.may("editor", experiment=state.experiment_id if state else None)
            and run not in begun
        ):
            raise AccessError(f"You may not log to run {run}.")
        if state is not None and not principal.may("editor", experiment=state.experiment_id):
            raise AccessError(f"You may not log to run {run}.")
