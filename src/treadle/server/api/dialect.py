"""How the native API reads requests, and writes responses and errors."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.errors import (
    AccessError,
    DataNotFoundError,
    ExperimentNotFoundError,
    RunNotFoundError,
    SearchError,
    StoreError,
    TreadleError,
)
from treadle.records import RunDetails
from treadle.records.json_numbers import encode_numbers
from treadle.server.operation import Operation
from treadle.server.rejections import MissingError, RejectedError, TooLargeError
from treadle.server.service import Dialect, Encoding
from treadle.store.http.details import pack_details

PREFIX: Final = "/api/v1"
MSGPACK: Final = "application/msgpack"
_JSON: Final = "application/json"
_INVALID: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

T = TypeVar("T")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an error response."""

    error: str
    """The name of the error in `treadle.errors`."""
    message: str
    hint: str = ""


async def _decode(operation: Operation, request: Request) -> msgspec.Struct:
    body = b"" if request.method == "GET" else await request.body()
    fields: dict[str, Any] = {}
    if body or request.method == "POST":
        fields |= _decode_body(body, request.headers.get("content-type", ""))
    for key in request.query_params:
        values = request.query_params.getlist(key)
        fields[key] = values if key in operation.lists else values[-1]
    return convert(fields | request.scope["path_params"], operation.message)


def _decode_body(body: bytes, content_type: str) -> dict[str, Any]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in (_JSON, MSGPACK):
        raise SearchError(f"The content type must be {_JSON} or {MSGPACK}.")
    decode = msgspec.json.decode if kind == _JSON else msgspec.msgpack.decode
    try:
        fields = decode(body or b"{}")
    except _INVALID as error:
        raise SearchError(f"The request is invalid: {error}.") from error
    if not isinstance(fields, dict):
        raise SearchError("The body must be an object.")
    return fields


def convert(fields: Mapping[str, Any], kind: type[T]) -> T:
    """Convert the fields of a body, a query string and a path to a message.

    Raises:
        SearchError: They do not match.
    """
    try:
        return msgspec.convert(fields, kind, strict=False)
    except _INVALID as error:
        raise SearchError(f"The request is invalid: {error}.") from error


def _pack(result: Any) -> bytes:
    return (
        pack_details(result) if isinstance(result, RunDetails) else msgspec.msgpack.encode(result)
    )


_AS_JSON: Final = Encoding(_JSON, encode_numbers)
_AS_MSGPACK: Final = Encoding(MSGPACK, _pack)


def _encoding(request: Request) -> Encoding:
    return _AS_MSGPACK if MSGPACK in request.headers.get("accept", "") else _AS_JSON


def _reject(error: RejectedError | TreadleError, request: Request, pause: int) -> Response:
    if isinstance(error, TooLargeError):
        return _respond(Problem(error="StoreError", message="The body is too long."), 413)
    found = error if isinstance(error, TreadleError) else _translate(error)
    # A store that fails may recover: clients keep their data and retry.
    status = 503 if type(found) is StoreError else found.http_status
    problem = Problem(error=type(found).__name__, message=found.message, hint=found.hint)
    return _respond(problem, status)


def _respond(problem: Problem, status: int) -> Response:
    return Response(msgspec.json.encode(problem), status, media_type=_JSON)


def _translate(error: RejectedError) -> TreadleError:
    """Return the error that the client raises for a rejection: of a run, or of an experiment."""
    kind, name = error.args[:2]
    if not isinstance(error, MissingError):
        subject = f'{kind} "{name}"' if name else kind
        return AccessError(f"You may not change the {subject}.")
    if kind == "experiment":
        return ExperimentNotFoundError(f'There is no experiment "{name}".')
    if kind == "run":
        return RunNotFoundError(f'There is no run "{name}".')
    return DataNotFoundError(f'There is no {kind} "{name}".')


def _identify(operation: Operation, _: str) -> str:
    function = operation.function
    return f"{function.__module__.rpartition('.')[2]} {function.__name__}"


TREADLE: Final = Dialect(
    name="treadle",
    prefixes=(PREFIX,),
    decode=_decode,
    encoding=_encoding,
    reject=_reject,
    identify=_identify,
)
"""The dialect of the native API."""
