"""Decoding of requests and encoding of responses of the native API."""

import inspect
import time
from collections.abc import Callable
from typing import Any, Final, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.errors import AccessError, RunNotFoundError, SearchError, StoreError, TreadleError
from treadle.records import Role, RunDetails, RunState
from treadle.records.json_numbers import encode_numbers
from treadle.server.access import StoreAccess
from treadle.server.guard import TooLargeError
from treadle.server.principal import Principal
from treadle.server.routing import Endpoint, Route, principal_of
from treadle.store import TeamStore
from treadle.store.http.details import pack_details

PREFIX: Final = "/api/v1"
MSGPACK: Final = "application/msgpack"
_JSON: Final = "application/json"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an error response."""

    error: str
    """The name of the error in `treadle.errors`."""
    message: str
    hint: str = ""


class Call(msgspec.Struct, frozen=True):
    """The context of an operation: the store, the caller and the time."""

    store: TeamStore
    principal: Principal
    now: float
    """Seconds since the epoch."""

    def run(self, run: str, need: Role = "viewer") -> RunState:
        """Return the state of a run on which the caller has a role.

        Raises:
            RunNotFoundError: It does not exist, or the caller may not see it.
            AccessError: The caller may see it, but lacks the role.
        """
        state = self.store.runs.state(run)
        if state is None or not self.principal.may("viewer", experiment=state.experiment_id):
            raise RunNotFoundError(f'There is no run "{run}".')
        if not self.principal.may(need, experiment=state.experiment_id):
            raise AccessError(f"You may not change run {run}.")
        return state

    def resolve(self, run: str) -> str:
        """Return the id of the run that an id, a name or a part of an id identifies for the caller.

        A caller who may not see all runs has to give the whole id: what a part matches could reveal
        runs of others.

        Raises:
            RunNotFoundError: It does not exist, or the caller may not see it.
        """
        if self.visible_experiments() is None:
            return self.store.runs.resolve(run)
        self.run(run)
        return run

    def visible_experiments(self) -> tuple[str, ...] | None:
        """Return the experiments that the caller may see; None for all."""
        sees_all = self.principal.may("viewer")
        if sees_all and "none" not in self.principal.experiments.values():
            return None
        every = (
            [one.id for one in self.store.experiments.all()]
            if sees_all
            else list(self.principal.experiments)
        )
        return tuple(one for one in every if self.principal.may("viewer", experiment=one))


class Operation(msgspec.Struct, frozen=True):
    """One call of the native API: its function maps a call and a request to the response."""

    method: str
    path: str
    """The path after ``/api/v1``; ``{name}`` is a field of the request."""
    role: Role
    writes: bool
    function: Callable[[Call, Any], Any]
    ask: type[msgspec.Struct]
    answer: Any
    summary: str


def operation(
    method: str, path: str, *, role: Role = "viewer"
) -> Callable[[Callable[[Call, Any], Any]], Operation]:
    """Return a decorator that makes a function of a call and a request an operation of the API.

    Args:
        method: The HTTP method.
        path: The path after ``/api/v1``.
        role: ``viewer`` for what only reads; anything else writes.
    """

    def wrap(function: Callable[[Call, Any], Any]) -> Operation:
        hints = get_type_hints(function)
        ask = hints[list(inspect.signature(function).parameters)[1]]
        summary = (inspect.getdoc(function) or "").partition("\n")[0]
        return Operation(
            method, path, role, role != "viewer", function, ask, hints["return"], summary
        )

    return wrap


def operation_route(one: Operation, access: StoreAccess) -> Route:
    """Return the route of an operation."""

    async def answer(request: Request) -> Response:
        principal = principal_of(request)
        asked = await _read(one, request)

        def perform(store: TeamStore) -> Any:
            return one.function(Call(store, principal, time.time()), asked)

        found = await (access.write(perform) if one.writes else access.read(perform))
        return _write(found, request.headers.get("accept", ""))

    return Route((one.method,), f"{PREFIX}{one.path}", answer_problems(answer), one.role)


async def _read(one: Operation, request: Request) -> msgspec.Struct:
    fields: dict[str, Any] = {}
    body = b"" if request.method == "GET" else await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if body or request.method == "POST":
            if kind not in (_JSON, MSGPACK):
                raise SearchError(f"The content type must be {_JSON} or {MSGPACK}.")
            given = (msgspec.json.decode if kind == _JSON else msgspec.msgpack.decode)(
                body or b"{}"
            )
            if not isinstance(given, dict):
                raise SearchError("The body must be an object.")
            fields |= given
        lists = {
            field.name for field in msgspec.structs.fields(one.ask) if "list" in str(field.type)
        }
        for key in request.query_params:
            values = request.query_params.getlist(key)
            fields[key] = values if key in lists else values[-1]
        return msgspec.convert(fields | request.scope["path_params"], one.ask, strict=False)
    except msgspec.MsgspecError as error:
        raise SearchError(f"The request is invalid: {error}.") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise SearchError("The request is invalid.") from error


def _write(found: Any, accept: str) -> Response:
    if MSGPACK in accept:
        if isinstance(found, RunDetails):
            return Response(pack_details(found), media_type=MSGPACK)
        return Response(msgspec.msgpack.encode(found), media_type=MSGPACK)
    return Response(encode_numbers(found), media_type=_JSON)


def answer_problems(endpoint: Endpoint) -> Endpoint:
    """Wrap an endpoint so that its errors become a `Problem` response."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except TooLargeError:
            return _problem(Problem(error="StoreError", message="The body is too long."), 413)
        except TreadleError as error:
            # A store that fails may recover: clients keep their data and retry.
            status = 503 if type(error) is StoreError else error.http_status
            return _problem(
                Problem(error=type(error).__name__, message=error.message, hint=error.hint), status
            )

    return answer


def _problem(problem: Problem, status: int) -> Response:
    return Response(msgspec.json.encode(problem), status, media_type=_JSON)
